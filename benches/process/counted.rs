//! What does not depend on how busy the machine is: system calls and instructions up to the handshake line, where they can be counted.

use std::path::Path;

use plugin_host::{Launch, PluginError, Process};

use super::Outcome;
use super::table::Table;

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

    let counts = folder.path().join("counts");
    let place = counts.display().to_string();
    let by_perf = ["stat", "-x", ",", "-e", "instructions:u", "-o", &place];
    let file = format!("--callgrind-out-file={place}");
    let by_valgrind = ["--quiet", "--tool=callgrind", &file];
    // Machines inside others often cannot count them; valgrind counts them by itself.
    let mut counted = String::new();
    for (tool, arguments) in [("perf", &by_perf[..]), ("valgrind", &by_valgrind[..])] {
        match runtime.block_on(once(binary, tool, arguments)) {
            Ok(()) => {
                let counts = std::fs::read_to_string(&counts).unwrap_or_default();
                if let Some(count) = instructions_in(&counts) {
                    counted = format!("{:.1} million ({tool})", count / 1e6);
                    break;
                }
                counted.push_str(&format!("not counted here, {tool}: cannot; "));
            }
            Err(error) => counted.push_str(&format!("not counted here, {tool}: {error}; ")),
        }
    }
    table.row(
        "instructions of a start, a connection and an end",
        counted.trim_end_matches("; "),
        "",
        "",
    );
    Ok(())
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

/// A start, a connection and an end.
async fn once(binary: &Path, tool: &str, arguments: &[&str]) -> Result<(), PluginError> {
    let process = met(Launch::new(binary).through(tool, arguments)).await?;
    process.into_plugin().await?.shutdown().await?;
    Ok(())
}

async fn met(launch: Launch) -> Result<Process, PluginError> {
    launch.spawn().await
}
