//! What the process takes of the machine: memory, threads, and room on the disk.

use std::path::Path;
use std::sync::Arc;

use plugin_host::Launch;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Outcome;
use super::provider::Provider;
use super::startup::{Peers, name};
use super::table::Table;

const APPLIES: usize = 1_000;

/// What Terraform does at a time unless it is told otherwise.
const AT_A_TIME: usize = 10;

pub(crate) async fn measure(table: &mut Table, binary: &Path, peers: &Peers) -> Outcome {
    let size = std::fs::metadata(binary)?.len();
    #[allow(clippy::cast_precision_loss, reason = "a few megabytes")]
    let size = size as f64 / 1e6;
    table.row(
        "size of the executable",
        format!("{size:.2} MB"),
        "9 MB",
        "",
    );

    let mut beside = Vec::new();
    for peer in &peers.executables {
        let peak = mib(at_the_line(peer).await?);
        beside.push(format!("{} {peak}", name(peer)));
    }
    beside.extend(peers.skipped.iter().cloned());
    table.row(
        "peak memory at the handshake line",
        mib(at_the_line(binary).await?),
        "6 MiB",
        beside.join("; "),
    );

    let provider = Arc::new(Provider::start(binary).await?);
    let permits = Arc::new(Semaphore::new(AT_A_TIME));
    let mut applies = JoinSet::new();
    let began = Instant::now();
    for number in 0..APPLIES {
        let (provider, permits) = (provider.clone(), permits.clone());
        applies.spawn(async move {
            let _permit = permits.acquire_owned().await;
            let applied = provider.apply(&format!("processor-{number}")).await;
            applied.map_err(|error| error.to_string())
        });
    }
    for applied in applies.join_all().await {
        applied?;
    }
    let took = began.elapsed();
    let peak = status(provider.plugin.id(), "VmHWM")?;
    let threads = status(provider.plugin.id(), "Threads")?;
    let requests = provider.atlas.record().len();
    table.row(
        format!("peak memory after {APPLIES} applies, {AT_A_TIME} at a time"),
        mib(peak),
        "16 MiB",
        format!("in {:.2} s, {requests} requests", took.as_secs_f64()),
    );
    table.row("threads by then", threads.to_string(), "", "");
    Ok(())
}

async fn at_the_line(binary: &Path) -> Outcome<u64> {
    let process = Launch::new(binary).spawn().await?;
    status(process.id(), "VmHWM")
}

/// A figure of `/proc/<pid>/status`; of memory, in KiB.
fn status(id: Option<u32>, name: &str) -> Outcome<u64> {
    let id = id.ok_or("the process has ended")?;
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let mut lines = status.lines().filter_map(|line| line.split_once(':'));
    let value = lines.find(|(found, _)| *found == name);
    let (_, value) = value.ok_or_else(|| format!("there is no {name} here"))?;
    Ok(value.trim().trim_end_matches(" kB").parse()?)
}

fn mib(kib: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "a few megabytes")]
    let mib = kib as f64 / 1_024.0;
    format!("{mib:.1} MiB")
}
