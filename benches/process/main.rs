//! Measures the released executable as hosts have it, as a process, and prints one table. Nothing here fails on time.
//!
//! `cargo bench --bench process`. It measures the executable that `ATLAS_BENCH_BINARY` names, else one that it has released now.
//! `ATLAS_BENCH_PEERS` may name executables of other providers of protocol 6, with `:` between them: their starts and their memory are measured beside.

mod bare;
#[path = "../shared/binary.rs"]
mod binary;
mod call;
mod calls;
mod counted;
mod figures;
mod memory;
mod provider;
mod startup;
#[path = "../shared/table.rs"]
mod table;

use std::error::Error;

use table::Table;

/// What everything here may end with: it is a bench, and whoever runs it wants to see why.
type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome {
    let binary = binary::binary()?;
    let mut table = Table::new(format!(
        "The process, {} ({})",
        binary.display(),
        table::machine()
    ));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let peers = runtime.block_on(startup::Peers::of_environment());
    startup::measure(&mut table, &binary, &peers)?;
    runtime.block_on(async {
        calls::measure(&mut table, &binary).await?;
        memory::measure(&mut table, &binary, &peers).await
    })?;
    counted::measure(&mut table, &binary)?;
    table.print()
}
