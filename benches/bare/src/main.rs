//! A tokio runtime that prints a line, and nothing else: what the provider's start is measured beside.

use tokio::io::AsyncWriteExt as _;

fn main() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut output = tokio::io::stdout();
        output.write_all(b"1\n").await?;
        output.flush().await
    })
}
