//! One interruption: the run is brought to a step, the signal is sent, and everything that must hold afterwards is looked at.

use std::fmt;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use atlas_simulator::Operation;
use plugin_host::terraform::Run;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::super::world::World;
use super::record;
use super::signals::Signal;
use super::step::{Left, Step};

/// How soon a run is to have ended, beside what its step still waits for. Terraform and the provider together need a tenth of a second
/// for it, and with a load of 20 on two cores half a second.
const SOON: Duration = Duration::from_secs(2);

/// The same where the provider has to find out by itself that its host is dead.
const ORPHAN_FINDS_OUT: Duration = Duration::from_secs(10);

/// How long anything may take to begin.
pub(super) const BEGIN: Duration = Duration::from_secs(60);

/// [`SOON`], or as long as the run took to come to its step: where that is longer, the machine has so much else to do that the end takes
/// longer too.
pub(super) fn soon(began: Duration) -> Duration {
    SOON.max(began)
}

/// Runs all cases of a way to interrupt, and prints what they took.
pub(super) async fn run_all(world: World, signal: Signal, steps: &[Step]) {
    let turns = Arc::new(Semaphore::new(signal.cases_at_once()));
    let mut cases = JoinSet::new();
    for (number, step) in steps.iter().copied().enumerate() {
        let (turns, host) = (Arc::clone(&turns), world.terraform.host().clone());
        cases.spawn(async move {
            let _turn = turns.acquire().await.unwrap();
            let took = run(World::new(&host).await, signal, &step).await;
            (number, step.name, took)
        });
    }
    let mut rows = Vec::new();
    let mut red = None;
    while let Some(case) = cases.join_next().await {
        match case {
            Ok(row) => rows.push(row),
            // All of them are to be seen, even if one is red.
            Err(failed) => red = Some(failed),
        }
    }
    rows.sort_by_key(|(number, ..)| *number);
    print(signal, &world, &rows);
    if let Some(failed) = red {
        std::panic::resume_unwind(failed.into_panic());
    }
}

/// What a case took.
struct Took {
    /// From the signal until the host had ended.
    end: Duration,
    /// From then until no process was left.
    nobody: Duration,
    status: i32,
    left: Left,
    starts: usize,
}

async fn run(mut world: World, signal: Signal, step: &Step) -> Took {
    let case = format!("{signal}, {}", step.name);
    if let Some(arguments) = step.before {
        world.write("main.tf", &(step.configuration)(arguments));
        world.apply().await;
    }
    (step.prepare)(&mut world);
    world.write("main.tf", &(step.configuration)(step.arguments));
    world.atlas.clear_record();

    let started = Instant::now();
    let mut running = world.terraform.start(step.command).unwrap();
    let (operation, calls) = step.reached;
    let reached = async {
        while world.atlas.calls(operation) < calls || !running.stdout().contains(step.heard) {
            sleep(Duration::from_millis(5)).await;
        }
    };
    if timeout(BEGIN, reached).await.is_err() {
        panic!(
            "{case} was not reached:{}",
            record::story(&world.requests())
        );
    }
    let soon = soon(started.elapsed());
    let waits = match signal {
        Signal::KillOfProvider => Duration::ZERO,
        _ => step.waits,
    };
    let sent = Instant::now();
    signal.send(&mut running, &world.terraform).await;
    let run = timeout(BEGIN, running.finish())
        .await
        .unwrap_or_else(|_| panic!("{case}: the run does not end"))
        .unwrap();
    let end = sent.elapsed();
    let limit = match signal {
        Signal::KillOfHost => soon,
        _ => waits + soon,
    };
    assert!(
        end <= limit,
        "{case}: the run ended after {end:?}, not {limit:?}\n{run}"
    );
    says_what_happened(signal, step, &run, &case);
    if signal != Signal::KillOfHost {
        nobody_is_left(&world, soon, &case).await;
    }
    let mut nobody = sent.elapsed() - end;
    if signal.can_be_caught() {
        let given_back = world.atlas.calls(Operation::Revoke);
        assert_eq!(given_back, step.gives_back, "{case}: tokens given back");
    }

    let left = left(&world);
    // Where nobody was left to tell, what is stored is what was stored.
    let untold = step.before.map_or(Left::Absent, |_| Left::Kept);
    let expected = match signal {
        Signal::CtrlC | Signal::InterruptOfHost | Signal::TerminationOfAll => vec![step.leaves],
        Signal::KillOfProvider | Signal::KillOfHost => vec![untold],
        // The second may come too late.
        Signal::CtrlCTwice => vec![untold, step.leaves],
    };
    assert!(
        expected.contains(&left),
        "{case}: {left:?}, not {expected:?}\n{run}"
    );
    let starts = world.atlas.starts("orders").len();
    assert!(starts <= step.starts, "{case}: started {starts} times");

    // The next run sees an Atlas that is well again, and an orphan that is still at it.
    (step.recover)(&world);
    let starts_of_an_orphan = match signal {
        Signal::KillOfHost => step.starts_of_an_orphan,
        _ => 0,
    };
    has_started(&world, starts + starts_of_an_orphan, &case).await;
    let next = world.run(step.next).await;
    assert!(next.success(), "{case}: the next run\n{next}");
    if signal == Signal::KillOfHost {
        nobody_is_left(&world, ORPHAN_FINDS_OUT + waits + soon, &case).await;
        nobody = sent.elapsed() - end;
    }
    let asked = record::asked_for(&world.requests());
    let then = world.run(step.then).await;
    assert_eq!(then.status, 0, "{case}: the run after it\n{then}");
    let requests = world.requests();
    assert_eq!(
        record::asked_for(&requests),
        asked,
        "{case}: the run after it"
    );
    record::is_sensible(&requests, &case);
    let starts = world.atlas.starts("orders").len();
    assert_eq!(
        starts,
        step.starts + starts_of_an_orphan,
        "{case}: started {starts} times:{}",
        record::story(&requests)
    );
    assert_eq!(world.state_of_orders(), step.ends, "{case}");
    nobody_is_left(&world, soon, &case).await;
    Took {
        end,
        nobody,
        status: run.status,
        left,
        starts,
    }
}

fn says_what_happened(signal: Signal, step: &Step, run: &Run, case: &str) {
    match signal {
        Signal::KillOfHost => assert_eq!(run.status, -1, "{case}\n{run}"),
        Signal::CtrlCTwice | Signal::KillOfProvider => assert_eq!(run.status, 1, "{case}\n{run}"),
        Signal::CtrlC | Signal::InterruptOfHost | Signal::TerminationOfAll => {
            assert_eq!(run.status, 1, "{case}\n{run}");
            assert!(run.says(step.told), "{case}\n{run}");
            for crash in ["crashed", "did not respond", "rpc error"] {
                assert!(!run.says(crash), "{case}\n{run}");
            }
        }
    }
}

/// Waits until the processor has been started so often.
async fn has_started(world: &World, times: usize, case: &str) {
    let started = async {
        while world.atlas.starts("orders").len() < times {
            sleep(Duration::from_millis(5)).await;
        }
    };
    if timeout(BEGIN, started).await.is_err() {
        panic!(
            "{case}: no start by its orphan:{}",
            record::story(&world.requests())
        );
    }
}

pub(super) async fn nobody_is_left(world: &World, limit: Duration, case: &str) {
    let gone = async {
        while !world.terraform.processes().unwrap().is_empty() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    if timeout(limit, gone).await.is_err() {
        let left = world.terraform.processes().unwrap();
        // A red test leaves nobody either.
        left.iter().for_each(|one| drop(one.kill()));
        panic!("{case}: still there after {limit:?}: {left:?}");
    }
}

/// What the state holds of the resource.
fn left(world: &World) -> Left {
    let state = world.terraform.state().unwrap();
    let resources = state["resources"].as_array().cloned().unwrap_or_default();
    let Some(resource) = resources.first() else {
        return Left::Absent;
    };
    let instance = &resource["instances"][0];
    if resource["type"] == "atlas_stream_processor_start" {
        assert_eq!(instance["attributes"]["processor_name"], "orders");
    }
    if instance["status"] != "tainted" {
        return Left::Kept;
    }
    if instance["attributes"]["started_at"] == Value::Null {
        Left::InDoubt
    } else {
        Left::Accepted
    }
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Absent => "nothing",
            Self::InDoubt => "tainted, in doubt",
            Self::Accepted => "tainted, accepted",
            Self::Kept => "as it was",
        })
    }
}

/// The harness of the tests captures what the print macros write; this is for the reader of a green run too.
fn print(signal: Signal, world: &World, rows: &[(usize, &str, Took)]) {
    let mut out = std::io::stderr().lock();
    let _ = writeln!(
        out,
        "\n{signal} under {}\n{:<40}{:>10}{:>14}{:>6}  {:<20}{:>6}",
        world.terraform.host(),
        "during",
        "ended",
        "nobody left",
        "exit",
        "state",
        "starts"
    );
    for (_, name, took) in rows {
        let _ = writeln!(
            out,
            "{name:<40}{:>8.2} s{:>12.2} s{:>6}  {:<20}{:>6}",
            took.end.as_secs_f64(),
            took.nobody.as_secs_f64(),
            took.status,
            took.left,
            took.starts
        );
    }
}
