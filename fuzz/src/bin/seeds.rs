//! Writes the seeds where the fuzzer looks for them: a folder for each target, `corpus` unless another is named.

use std::path::Path;

use hostile_input::TARGETS;

fn main() -> std::io::Result<()> {
    let corpora = std::env::args().nth(1);
    let corpora = Path::new(corpora.as_deref().unwrap_or("corpus"));
    for target in TARGETS {
        let corpus = corpora.join(target.name);
        std::fs::create_dir_all(&corpus)?;
        for (number, (name, bytes)) in (target.seeds)().into_iter().enumerate() {
            std::fs::write(corpus.join(format!("{number:03}_{name}")), bytes)?;
        }
    }
    Ok(())
}
