//! Calls that nobody waits for any more, because the host is gone or has taken them back: what was begun is carried through, and
//! nothing else is begun.

use super::answers;
use super::core::{Core, PROCESSOR, atlas, outcome};
use atlas_simulator::{Effect, Fault, Lag, Operation, Simulator, StartBehaviour};
use plugin_host::Signal;
use plugin_host::tfplugin6::stop_provider;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

/// Nothing that a test waits for takes nearly as long.
const PATIENCE: Duration = Duration::from_secs(40);

/// Long enough that a host is gone, or a call taken back, before it is over; short enough to be over within the 10 s that a
/// host without any connection is waited for.
const WHILE: Duration = Duration::from_secs(2);

/// Longer than a test lasts.
const HOURS: Duration = Duration::from_secs(10_000);

/// Where in an apply nobody waits for it any more.
#[derive(Clone, Copy)]
struct Step {
    name: &'static str,
    prepare: fn(&Simulator),
    arguments: fn() -> Value,
    /// Atlas has seen so many of these requests.
    reached: (Operation, usize),
}

/// Nothing is sent before these that changes anything: whoever comes next is not to find it done behind its back.
const BEFORE: [Step; 2] = [
    Step {
        name: "the look before the start",
        prepare: |simulator| hold(simulator, Operation::Get, Effect::Delay(WHILE)),
        arguments: || json!({}),
        reached: (Operation::Get, 1),
    },
    Step {
        name: "the look before the stop",
        prepare: |simulator| {
            simulator.set_state(PROCESSOR, "STARTED");
            hold(simulator, Operation::Get, Effect::Delay(WHILE));
        },
        arguments: || json!({"if_started": "restart"}),
        reached: (Operation::Get, 1),
    },
];

/// Something is on its way or done.
const STEPS: [Step; 4] = [
    Step {
        name: "a start on its way to Atlas",
        prepare: |simulator| hold(simulator, Operation::Start, Effect::Delay(WHILE)),
        arguments: || json!({}),
        reached: (Operation::Start, 1),
    },
    Step {
        name: "a start that waits for its answer",
        prepare: |simulator| hold(simulator, Operation::Start, Effect::AsUsual.after(WHILE)),
        arguments: || json!({}),
        reached: (Operation::Start, 1),
    },
    Step {
        name: "until it is STARTED",
        prepare: |simulator| {
            simulator.settings(|settings| {
                settings.start = StartBehaviour::slow("STARTING", Lag::Time(WHILE));
            });
        },
        arguments: || json!({}),
        reached: (Operation::Get, 2),
    },
    Step {
        name: "between a stop and its start",
        prepare: |simulator| {
            simulator.set_state(PROCESSOR, "STARTED");
            simulator.settings(|settings| settings.stop_lag = Some(Lag::Time(WHILE)));
        },
        arguments: || json!({"if_started": "restart"}),
        reached: (Operation::Get, 2),
    },
];

fn hold(simulator: &Simulator, operation: Operation, effect: Effect) {
    simulator.fault(Fault::on(operation, effect));
}

/// An apply that has come to a step, and what it works on.
async fn begin(step: &Step) -> (Core, Simulator, JoinHandle<()>) {
    let (simulator, url) = atlas().await;
    (step.prepare)(&simulator);
    let core = Core::start(&url).await;
    let request = core.plan((step.arguments)()).await;
    let mut provider = core.provider();
    let apply = tokio::spawn(async move {
        let answer = provider.apply_resource_change(request).await;
        panic!("answered too soon: {answer:?}");
    });
    let (operation, calls) = step.reached;
    let reached = async {
        while simulator.calls(operation) < calls {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(
        tokio::time::timeout(PATIENCE, reached).await.is_ok(),
        "{} was not reached",
        step.name
    );
    (core, simulator, apply)
}

/// Drops the call, and with it what it holds of the connection.
async fn take_back(apply: JoinHandle<()>) {
    apply.abort();
    assert!(apply.await.is_err_and(|ended| ended.is_cancelled()));
}

async fn is_started_once(simulator: &Simulator, step: &Step) {
    let started = async {
        while simulator.state(PROCESSOR).as_deref() != Some("STARTED")
            || simulator.starts(PROCESSOR).is_empty()
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let in_time = tokio::time::timeout(PATIENCE, started).await.is_ok();
    assert!(in_time, "{}: {:#?}", step.name, simulator.record());
    assert_eq!(simulator.calls(Operation::Start), 1, "{}", step.name);
}

/// Does the same at every step, at the same time.
async fn at_every_step<F: Future<Output = ()> + Send + 'static>(case: impl Fn(Step) -> F) {
    let mut cases = JoinSet::new();
    for step in STEPS {
        cases.spawn(case(step));
    }
    cases.join_all().await;
}

#[tokio::test]
async fn check_16_a_connection_that_is_closed_abandons_nothing_half_way() {
    at_every_step(async |step| {
        let (core, simulator, apply) = begin(&step).await;
        take_back(apply).await;
        let closed = Instant::now();
        let mut process = core.plugin.into_process();
        let ended = process.ended(closed, PATIENCE).await.unwrap();
        assert_eq!(ended.status.code(), Some(0), "{}", step.name);
        is_started_once(&simulator, &step).await;
    })
    .await;
}

#[tokio::test]
async fn check_16_what_was_not_begun_when_the_host_was_gone_is_not_begun() {
    for step in BEFORE {
        let (core, simulator, apply) = begin(&step).await;
        let before = simulator.state(PROCESSOR);
        take_back(apply).await;
        let closed = Instant::now();
        let mut process = core.plugin.into_process();
        let ended = process.ended(closed, PATIENCE).await.unwrap();
        assert_eq!(ended.status.code(), Some(0), "{}", step.name);
        for operation in [Operation::Start, Operation::Stop] {
            assert_eq!(simulator.calls(operation), 0, "{}", step.name);
        }
        assert_eq!(simulator.state(PROCESSOR), before, "{}", step.name);
    }
}

#[tokio::test]
async fn check_16_a_wait_without_end_ends_when_the_host_has_been_gone_for_a_while() {
    let step = Step {
        name: "until it is STARTED, for hours",
        prepare: |simulator| {
            simulator.settings(|settings| {
                settings.start = StartBehaviour::slow("STARTING", Lag::Time(HOURS));
            });
        },
        arguments: || json!({}),
        reached: (Operation::Get, 2),
    };
    let (core, simulator, apply) = begin(&step).await;
    take_back(apply).await;
    let closed = Instant::now();
    let ended = core.plugin.into_process().ended(closed, PATIENCE).await;
    assert_eq!(ended.unwrap().status.code(), Some(0));
    assert_eq!(simulator.calls(Operation::Start), 1);
}

#[tokio::test]
async fn check_16_a_provider_told_to_terminate_waits_for_a_call_that_was_taken_back() {
    let step = Step {
        // It would not arrive if the process ended at once.
        prepare: |simulator| {
            let soon = Effect::Delay(Duration::from_millis(800));
            hold(simulator, Operation::Start, soon);
        },
        ..STEPS[0]
    };
    let (mut core, simulator, apply) = begin(&step).await;
    take_back(apply).await;
    core.plugin.signal(Signal::Terminate).unwrap();
    let ended = core.plugin.ended(Instant::now(), PATIENCE).await.unwrap();
    assert_eq!(ended.status.code(), Some(0));
    is_started_once(&simulator, &step).await;
}

#[tokio::test]
async fn check_17_a_call_that_is_taken_back_is_carried_through() {
    at_every_step(async |step| {
        let (core, simulator, apply) = begin(&step).await;
        take_back(apply).await;
        is_started_once(&simulator, &step).await;
        answers(core.plugin.channel()).await.unwrap();
        let ended = core.plugin.shutdown().await.unwrap();
        assert_eq!(ended.status.code(), Some(0), "{}", step.name);
    })
    .await;
}

#[tokio::test]
async fn check_17_stop_ends_a_call_that_was_taken_back_before() {
    let step = Step {
        prepare: |simulator| {
            simulator.set_state(PROCESSOR, "STARTED");
            simulator.settings(|settings| settings.stop_lag = Some(Lag::Time(HOURS)));
        },
        ..STEPS[3]
    };
    let (core, simulator, apply) = begin(&step).await;
    take_back(apply).await;
    let stop = stop_provider::Request {};
    core.provider().stop_provider(stop).await.unwrap();
    // The next one gets its turn on the processor when that one has ended, and it is the one that starts it.
    let next = core.plan(json!({})).await;
    let mut provider = core.provider();
    let next = tokio::spawn(async move { provider.apply_resource_change(next).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    simulator.settings(|settings| settings.stop_lag = None);
    simulator.set_state(PROCESSOR, "STOPPED");
    let answer = tokio::time::timeout(PATIENCE, next).await.unwrap().unwrap();
    let (state, errors) = outcome(answer.unwrap().into_inner());
    assert_eq!((&state["state"], errors), (&json!("STARTED"), vec![]));
    assert_ne!(state["started_at"], Value::Null);
    assert_eq!(simulator.calls(Operation::Start), 1);
}
