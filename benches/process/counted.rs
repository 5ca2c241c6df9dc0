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
    let arguments = [
        "stat",
        "-x",
        ",",
        "-e",
        "instructions:u",
        "-o",
        &counts.display().to_string(),
    ];
    let counted = match runtime.block_on(met(Launch::new(binary).through("perf", &arguments))) {
        Ok(process) => {
            let ended = runtime.block_on(async {
                let plugin = process.into_plugin().await?;
                plugin.shutdown().await
            });
            ended?;
            let counts = std::fs::read_to_string(&counts).map_err(|e| format!("counts: {e}"))?;
            let count = counts.lines().find(|line| line.contains("instructions"));
            count
                .and_then(|line| line.split(',').next())
                .unwrap_or("none")
                .to_owned()
        }
        Err(error) => format!("not counted here, perf: {error}"),
    };
    table.row(
        "instructions of a start, a connection and an end",
        counted,
        "",
        "",
    );
    Ok(())
}

async fn met(launch: Launch) -> Result<Process, PluginError> {
    launch.spawn().await
}
