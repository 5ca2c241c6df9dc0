//! Runs a scenario under every selected host, and keeps the matrix host x scenario.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use plugin_host::terraform::{Candidate, Host, matrix};

use super::SCENARIOS;
use super::world::World;

/// What a scenario needs of a host, beyond being one.
#[derive(Clone, Copy, Debug)]
pub(super) enum Need {
    Actions,
    /// Actions before and after a destroy, `on_failure` and `caller`.
    DestroyEvents,
    /// Several creates that fail at the same moment, without a crash of its own.
    FailuresAtOnce,
    Identity,
    /// `mock_provider` in the host's own `test`.
    MockProviders,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Actions => "actions",
            Self::DestroyEvents => "actions around a destroy",
            Self::FailuresAtOnce => "failures at once",
            Self::Identity => "identity",
            Self::MockProviders => "mock providers",
        })
    }
}

impl Need {
    fn is_met_by(self, host: &Host) -> bool {
        match self {
            Self::Actions => host.knows_actions(),
            Self::DestroyEvents => host.knows_destroy_events(),
            Self::FailuresAtOnce => host.bears_failures_at_once(),
            Self::Identity => host.knows_identity(),
            Self::MockProviders => host.knows_mock_providers(),
        }
    }
}

/// Far longer than any scenario takes: one that does not end is a failure, not a wait.
const PATIENCE: Duration = Duration::from_secs(180);

/// One cell of the matrix.
#[derive(Clone, Debug)]
enum Cell {
    Green,
    Red,
    /// It did not end.
    Stuck,
    /// The host does not know what the scenario needs.
    Unknown(Need),
    /// The host cannot be had, for the reason in the text.
    Absent(String),
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Green => f.write_str("green"),
            Self::Red => f.write_str("RED"),
            Self::Stuck => f.write_str("STUCK"),
            Self::Unknown(need) => write!(f, "knows no {need}"),
            Self::Absent(why) => write!(f, "cannot run here: {why}"),
        }
    }
}

/// Runs `scenario` under each host, one after the other, all of them even if one is red.
pub(super) async fn run<F, W>(name: &'static str, needs: &[Need], scenario: F)
where
    F: Fn(World) -> W,
    W: Future<Output = ()> + Send + 'static,
{
    let mut cells = Vec::new();
    for candidate in candidates() {
        let cell = match &candidate.host {
            Err(why) if candidate.by_name => panic!("{} was asked for: {why}", candidate.name),
            Err(why) => Cell::Absent(why.to_string()),
            Ok(host) => match needs.iter().find(|need| !need.is_met_by(host)) {
                Some(need) => Cell::Unknown(*need),
                // A task of its own, so that a failed assertion under one host lets the others run.
                None => {
                    let mut task = tokio::spawn(scenario(World::new(host).await));
                    match tokio::time::timeout(PATIENCE, &mut task).await {
                        Ok(Ok(())) => Cell::Green,
                        Ok(Err(_)) => Cell::Red,
                        Err(_) => {
                            // With it goes its host; the run is killed when it is dropped.
                            task.abort();
                            Cell::Stuck
                        }
                    }
                }
            },
        };
        cells.push((candidate.name.as_str(), cell));
    }
    let red: Vec<_> = cells
        .iter()
        .filter(|(_, cell)| matches!(cell, Cell::Red | Cell::Stuck))
        .map(|(host, _)| *host)
        .collect();
    keep(name, &cells);
    assert!(red.is_empty(), "{name} is red under {}", red.join(", "));
}

/// The hosts, fetched once per test process.
fn candidates() -> &'static [Candidate] {
    static CANDIDATES: OnceLock<Vec<Candidate>> = OnceLock::new();
    CANDIDATES.get_or_init(matrix)
}

/// Keeps a scenario's row, tells what a reader of a green run must not overlook, and prints the matrix when it's whole.
fn keep(name: &'static str, cells: &[(&str, Cell)]) {
    static ROWS: Mutex<BTreeMap<&str, Vec<String>>> = Mutex::new(BTreeMap::new());
    let mut rows = ROWS.lock().unwrap_or_else(PoisonError::into_inner);
    rows.insert(
        name,
        cells.iter().map(|(_, cell)| cell.to_string()).collect(),
    );

    // The harness of the tests captures what the print macros write; this is for the reader of a green run too.
    let mut out = std::io::stderr().lock();
    for (host, cell) in cells {
        if matches!(cell, Cell::Unknown(_) | Cell::Absent(_)) {
            let _ = writeln!(out, "acceptance: {name} did not run under {host}: {cell}");
        }
    }
    if cells.len() > 1 && rows.len() == SCENARIOS.len() {
        let _ = writeln!(out, "\nacceptance matrix");
        let names = cells
            .iter()
            .map(|(host, _)| format!("{host:>20}"))
            .collect::<String>();
        let _ = writeln!(out, "{:<72}{names}", "");
        for (name, row) in rows.iter() {
            let row = row
                .iter()
                .map(|cell| format!("{:>20.19}", cell))
                .collect::<String>();
            let _ = writeln!(out, "{name:<72}{row}");
        }
    }
}
