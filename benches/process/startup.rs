//! From the spawn to the handshake line, and from there to the first answer: what every command of a host begins with.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use plugin_host::Launch;
use tokio::time::Instant;

use super::Outcome;
use super::bare;
use super::figures::{ms, quantile};
use super::table::Table;

const RUNS: usize = 500;

/// Executables of other providers, as far as they are at hand.
pub(crate) struct Peers {
    pub(crate) executables: Vec<PathBuf>,
    /// What is to be said of those that are not.
    pub(crate) skipped: Vec<String>,
}

impl Peers {
    /// Those that `ATLAS_BENCH_PEERS` names, each of which is started once to see that it is one.
    pub(crate) async fn of_environment() -> Self {
        let named = std::env::var_os("ATLAS_BENCH_PEERS").unwrap_or_default();
        let mut peers = Self {
            executables: Vec::new(),
            skipped: Vec::new(),
        };
        for peer in std::env::split_paths(&named).filter(|peer| !peer.as_os_str().is_empty()) {
            match Launch::new(&peer).spawn().await {
                Ok(_process) => peers.executables.push(peer),
                Err(error) => peers
                    .skipped
                    .push(format!("{} skipped: {error}", name(&peer))),
            }
        }
        if peers.executables.is_empty() && peers.skipped.is_empty() {
            let none = "other providers: ATLAS_BENCH_PEERS names none";
            peers.skipped.push(none.to_owned());
        }
        peers
    }
}

/// What a peer is called in the table.
pub(crate) fn name(peer: &Path) -> std::path::Display<'_> {
    Path::new(peer.file_name().unwrap_or_default()).display()
}

/// Each is spawned in each run, so that whatever else the machine does falls on all of them.
pub(crate) fn measure(table: &mut Table, binary: &Path, peers: &Peers) -> Outcome {
    let mut commands = vec![Command::new("/bin/true"), Command::new(bare::compiled()?)];
    for plugin in [binary]
        .into_iter()
        .chain(peers.executables.iter().map(PathBuf::as_path))
    {
        commands.push(of(Launch::new(plugin))?);
    }
    let mut times = vec![Vec::with_capacity(RUNS); commands.len()];
    for _ in 0..RUNS {
        for (command, times) in commands.iter_mut().zip(&mut times) {
            times.push(to_the_first_line(command)?);
        }
    }
    let p99 = quantile(&mut times[2], 0.99);
    let medians: Vec<Duration> = times.iter_mut().map(|all| quantile(all, 0.5)).collect();
    let [truth, bare, ours, ref others @ ..] = medians[..] else {
        return Err("nothing was spawned".into());
    };
    let over = |time: Duration| ours.as_secs_f64() / time.as_secs_f64();
    let mut beside = format!(
        "/bin/true {}, {:.1}x; a bare tokio program {}, {:.1}x",
        ms(truth),
        over(truth),
        ms(bare),
        over(bare)
    );
    for (peer, time) in peers.executables.iter().zip(others) {
        beside.push_str(&format!("; {} {}", name(peer), ms(*time)));
    }
    for skipped in &peers.skipped {
        beside.push_str(&format!("; {skipped}"));
    }
    table.row(
        format!("spawn to handshake line, median of {RUNS} paired runs"),
        format!("{} (p99 {})", ms(ours), ms(p99)),
        "2 ms where /bin/true takes 0.6 ms",
        beside,
    );
    Ok(())
}

/// The command as hosts give it, with a certificate of theirs.
fn of(launch: Launch) -> Outcome<Command> {
    let (template, _) = launch.command()?;
    let template = template.as_std();
    let mut command = Command::new(template.get_program());
    for (name, value) in template.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Ok(command)
}

/// Until there is a line, or the end where none is printed.
fn to_the_first_line(command: &mut Command) -> Outcome<Duration> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let began = Instant::now();
    let mut child = command.spawn()?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    if line.is_empty() {
        child.wait()?;
        return Ok(began.elapsed());
    }
    let time = began.elapsed();
    child.kill()?;
    child.wait()?;
    Ok(time)
}
