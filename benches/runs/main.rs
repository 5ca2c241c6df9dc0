//! Measures whole runs of a real Terraform with the released executable, beside as many `terraform_data`, and prints one table.
//! Nothing here fails on time.
//!
//! `cargo bench --bench runs`. It measures the executable that `ATLAS_BENCH_BINARY` names, else one that it has released now, under
//! the Terraform that `ATLAS_BENCH_HOST` names, else under the one that the tests use. `ATLAS_BENCH_STARTS` says how many starts,
//! with a comma between the numbers.

#[path = "../shared/binary.rs"]
mod binary;
mod bucket;
mod credentials;
mod crowds;
mod curl;
#[path = "../../tests/suite/in_memory/exchange.rs"]
#[allow(clippy::expect_used, reason = "it is of the tests")]
mod in_memory;
#[path = "../shared/table.rs"]
mod table;
mod terraform;

use std::error::Error;

use plugin_host::terraform::{DEFAULT_VERSION, Host};
use table::Table;

/// What everything here may end with: it is a bench, and whoever runs it wants to see why.
type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> Outcome {
    let binary = binary::binary()?;
    let host = match std::env::var_os("ATLAS_BENCH_HOST") {
        Some(path) => Host::executable(path)?,
        None => Host::fetch(DEFAULT_VERSION)?,
    };
    let starts =
        std::env::var("ATLAS_BENCH_STARTS").unwrap_or_else(|_| "1,100,500,2000".to_owned());
    let starts: Vec<usize> = starts
        .split(',')
        .map(|number| number.trim().parse())
        .collect::<Result<_, _>>()?;
    let mut table = Table::new(format!(
        "Whole runs of {host}, {} ({})",
        binary.display(),
        table::machine()
    ));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        crowds::measure(&mut table, &host, &binary, &starts).await?;
        crowds::far(&mut table, &host, &binary).await?;
        credentials::measure(&mut table, &host, &binary).await?;
        curl::measure(&mut table).await
    })?;
    bucket::measure(&mut table)?;
    table.print()
}
