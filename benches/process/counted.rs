//! What does not depend on how busy the machine is: system calls and instructions up to the handshake line, where they can be counted.

use std::path::Path;
use std::time::Duration;

use plugin_host::{Launch, PluginError, Process, Signal};
use tokio::time::Instant;

use super::Outcome;
use super::table::Table;

/// How long an end may take under a tool that counts.
const END: Duration = Duration::from_secs(10);

pub(crate) fn measure(table: &mut Table, binary: &Path) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let folder = tempfile::tempdir()?;
    let calls = folder.path().join("calls");
    let arguments = ["-f", "-o", &calls.display().to_string()];
    let counted = match runtime.block_on(met(Launch::new(binary).through("strace", &arguments))) {
        Ok(_process) => {
            let calls = std::fs::read_to_string(&calls).map_err(|e| format!("calls: {e}"))?;
            let before = calls
                .lines()
                .take_while(|line| !line.contains("write(1, \"1|6|"));
            format!(
                "{}",
                before.filter(|line| !line.contains("resumed>")).count()
            )
        }
        Err(error) => format!("not counted here, strace: {error}"),
    };
    table.row("system calls up to the handshake line", counted, "", "");

    for (what, connects) in [
        ("instructions of a start and an end", false),
        ("the same, with a connection", true),
    ] {
        let counted = runtime.block_on(instructions(binary, folder.path(), connects));
        table.row(what, counted, "", "");
    }
    Ok(())
}

/// Machines inside others often cannot count them; valgrind counts them by itself.
async fn instructions(binary: &Path, folder: &Path, connects: bool) -> String {
    let counts = folder.join("counts");
    let place = counts.display().to_string();
    let by_perf = ["stat", "-x", ",", "-e", "instructions:u", "-o", &place];
    let file = format!("--callgrind-out-file={place}");
    let by_valgrind = ["--quiet", "--tool=callgrind", &file];
    let mut why = Vec::new();
    for (tool, arguments) in [("perf", &by_perf[..]), ("valgrind", &by_valgrind[..])] {
        match once(binary, tool, arguments, connects).await {
            Ok(()) => {
                let counts = std::fs::read_to_string(&counts).unwrap_or_default();
                if let Some(count) = instructions_in(&counts) {
                    return format!("{:.1} million ({tool})", count / 1e6);
                }
                why.push(format!("{tool}: cannot"));
            }
            Err(error) => why.push(format!("{tool}: {error}")),
        }
    }
    format!("not counted here, {}", why.join("; "))
}

/// The number in what perf (`1234,,instructions:u,…`) or callgrind (`summary: 1234`, `totals: 1234`) has written.
fn instructions_in(counts: &str) -> Option<f64> {
    counts.lines().find_map(|line| {
        let count = match line.strip_prefix("summary: ") {
            Some(count) => count,
            None => line.split_once(",,instructions")?.0,
        };
        count.trim().parse().ok()
    })
}

/// A start and an end, by Terraform's Shutdown, or without a connection by a signal.
async fn once(
    binary: &Path,
    tool: &str,
    arguments: &[&str],
    connects: bool,
) -> Result<(), PluginError> {
    let mut process = met(Launch::new(binary).through(tool, arguments)).await?;
    if connects {
        process.into_plugin().await?.shutdown().await?;
    } else {
        process.signal(Signal::Terminate)?;
        process.ended(Instant::now(), END).await?;
    }
    Ok(())
}

async fn met(launch: Launch) -> Result<Process, PluginError> {
    launch.spawn().await
}
