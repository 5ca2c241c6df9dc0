//! The steps of a run at which it can be interrupted: how one is brought about, and what an interruption there leaves.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, known};

use super::super::world::{World, start, start_action};

/// One step.
#[derive(Clone, Copy)]
pub(super) struct Step {
    pub(super) name: &'static str,
    /// The configuration with these arguments.
    pub(super) configuration: fn(&str) -> String,
    /// The arguments with which it was applied before, if it was.
    pub(super) before: Option<&'static str>,
    /// What makes the run stay at this step.
    pub(super) prepare: fn(&mut World),
    /// The arguments with which it is applied.
    pub(super) arguments: &'static str,
    /// The run that is interrupted.
    pub(super) command: &'static [&'static str],
    /// It is there when Atlas has seen so many of these requests.
    pub(super) reached: (Operation, usize),
    /// What the run says where the signal could be caught.
    pub(super) told: &'static str,
    /// What has become of Atlas before the next run.
    pub(super) recover: fn(&World),
    /// What the state holds after it, where the signal could be caught.
    pub(super) leaves: Left,
    /// How often Atlas has started the processor in the end.
    pub(super) starts: usize,
    /// The next run.
    pub(super) next: &'static [&'static str],
    /// The plan after it, which is empty.
    pub(super) plan: &'static [&'static str],
}

/// What the state holds of the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// Nothing, as certainly nothing was started.
    Absent,
    /// Tainted; nobody knows whether it was started.
    InDoubt,
    /// Tainted, with the time of the start that Atlas has accepted.
    Accepted,
    /// What was there before, not tainted.
    Kept,
}

/// The steps of these names.
pub(super) fn some(names: &[&str]) -> Vec<Step> {
    let step = |name: &&str| {
        let found = STEPS.iter().find(|step| step.name == *name);
        *found.unwrap_or_else(|| panic!("there is no step {name}"))
    };
    names.iter().map(step).collect()
}

const APPLY: &[&str] = &["apply", "-auto-approve"];
const DESTROY: &[&str] = &["destroy", "-auto-approve"];
const INVOKE: &[&str] = &[
    "apply",
    "-auto-approve",
    "-invoke=action.atlas_stream_processor_start.orders",
];
const PLAN: &[&str] = &["plan", "-detailed-exitcode"];

/// A create at whose step Atlas has started nothing.
const CREATE: Step = Step {
    name: "",
    configuration: |arguments| start("orders", "orders", arguments),
    before: None,
    prepare: |_| {},
    arguments: "",
    command: APPLY,
    reached: (Operation::Get, 1),
    told: "interrupted",
    recover: |world| world.atlas.clear_faults(),
    leaves: Left::Absent,
    starts: 1,
    next: APPLY,
    plan: PLAN,
};

/// Another option than before: stopped, then started with it.
const OPTIONS: Step = Step {
    before: Some(r#"tier = "SP5""#),
    arguments: r#"tier = "SP10""#,
    reached: (Operation::Stop, 1),
    leaves: Left::Kept,
    starts: 2,
    ..CREATE
};

/// A destroy that stops.
const END: Step = Step {
    before: Some("stop_on_destroy = true"),
    arguments: "stop_on_destroy = true",
    command: DESTROY,
    reached: (Operation::Stop, 1),
    leaves: Left::Kept,
    next: DESTROY,
    plan: &["plan", "-detailed-exitcode", "-destroy"],
    ..CREATE
};

/// A start that is called for, of which nothing is stored.
const ACTION: Step = Step {
    configuration: |arguments| start_action("orders", "orders", arguments),
    command: INVOKE,
    next: INVOKE,
    ..CREATE
};

/// A create that finds the processor STARTED and stops it first.
const RESTART: Step = Step {
    arguments: r#"if_started = "restart""#,
    reached: (Operation::Stop, 1),
    ..CREATE
};

pub(super) const STEPS: &[Step] = &[
    Step {
        name: "a request for a token",
        prepare: |world| {
            use_service_account(world);
            hold(world, Operation::Token, false);
        },
        reached: (Operation::Token, 1),
        ..CREATE
    },
    Step {
        name: "a refresh",
        before: Some(""),
        prepare: |world| hold(world, Operation::Get, false),
        command: PLAN,
        leaves: Left::Kept,
        ..CREATE
    },
    Step {
        name: "the look before a start",
        prepare: |world| hold(world, Operation::Get, false),
        ..CREATE
    },
    Step {
        name: "until it can be started",
        prepare: |world| world.atlas.set_state("orders", "STOPPING"),
        reached: (Operation::Get, 2),
        recover: |world| world.atlas.set_state("orders", "STOPPED"),
        ..CREATE
    },
    Step {
        name: ":start, accepted, no answer",
        prepare: |world| hold(world, Operation::Start, true),
        reached: (Operation::Start, 1),
        leaves: Left::InDoubt,
        ..CREATE
    },
    Step {
        name: ":start, not accepted, no answer",
        prepare: |world| hold(world, Operation::Start, false),
        reached: (Operation::Start, 1),
        leaves: Left::InDoubt,
        ..CREATE
    },
    Step {
        name: ":start, accepted late",
        prepare: |world| {
            let late = Effect::NoAnswer { processed: false }.processed_late(Duration::from_secs(3));
            world.atlas.fault(Fault::on(Operation::Start, late));
        },
        reached: (Operation::Start, 1),
        leaves: Left::InDoubt,
        ..CREATE
    },
    Step {
        name: ":start, answered within the second",
        prepare: |world| {
            answer_soon(world, Operation::Start);
            // Whoever sees the answer before the interruption is still not done.
            stay_on_the_way(world);
        },
        reached: (Operation::Start, 1),
        recover: come_to_run,
        leaves: Left::Accepted,
        ..CREATE
    },
    Step {
        name: ":startWith, accepted, no answer",
        prepare: |world| hold(world, Operation::StartWith, true),
        arguments: r#"tier = "SP10""#,
        reached: (Operation::StartWith, 1),
        leaves: Left::InDoubt,
        ..CREATE
    },
    Step {
        name: "the look after a lost answer",
        prepare: |world| {
            let lost = Effect::Reset { processed: true };
            world.atlas.fault(Fault::on(Operation::Start, lost));
            let silence = Effect::NoAnswer { processed: false };
            world
                .atlas
                .fault(Fault::on(Operation::Get, silence).skip(1).always());
        },
        reached: (Operation::Get, 2),
        leaves: Left::InDoubt,
        ..CREATE
    },
    Step {
        name: "until STARTED",
        prepare: |world| stay_on_the_way(world),
        reached: (Operation::Get, 2),
        recover: come_to_run,
        leaves: Left::Accepted,
        ..CREATE
    },
    Step {
        name: "until STARTED, token to give back",
        prepare: |world| {
            use_service_account(world);
            hold(world, Operation::Revoke, false);
            stay_on_the_way(world);
        },
        reached: (Operation::Get, 2),
        recover: come_to_run,
        leaves: Left::Accepted,
        ..CREATE
    },
    Step {
        name: "a pause after a look answered 503",
        prepare: |world| fail(world, Operation::Get, Effect::service_unavailable(false)),
        ..CREATE
    },
    Step {
        name: "a pause after a :start answered 503",
        prepare: |world| fail(world, Operation::Start, Effect::service_unavailable(false)),
        reached: (Operation::Start, 1),
        leaves: Left::InDoubt,
        ..CREATE
    },
    Step {
        name: "a rate limit on a look",
        prepare: |world| fail(world, Operation::Get, Effect::rate_limited(60)),
        ..CREATE
    },
    Step {
        name: "a rate limit on a :start",
        prepare: |world| fail(world, Operation::Start, Effect::rate_limited(60)),
        reached: (Operation::Start, 1),
        ..CREATE
    },
    Step {
        name: ":stop, accepted, to restart",
        prepare: |world| {
            world.atlas.set_state("orders", "STARTED");
            hold(world, Operation::Stop, true);
        },
        ..RESTART
    },
    Step {
        name: ":stop, not accepted, to restart",
        prepare: |world| {
            world.atlas.set_state("orders", "STARTED");
            hold(world, Operation::Stop, false);
        },
        ..RESTART
    },
    Step {
        name: ":stop, accepted, for other options",
        prepare: |world| hold(world, Operation::Stop, true),
        ..OPTIONS
    },
    Step {
        name: ":stop, not accepted, for other options",
        prepare: |world| hold(world, Operation::Stop, false),
        ..OPTIONS
    },
    Step {
        name: "until STOPPED, for other options",
        prepare: stop_for_long,
        // The refresh, the look before, and one after.
        reached: (Operation::Get, 3),
        recover: come_to_rest,
        ..OPTIONS
    },
    Step {
        name: ":startWith, accepted, after the stop",
        prepare: |world| hold(world, Operation::StartWith, true),
        reached: (Operation::StartWith, 1),
        ..OPTIONS
    },
    Step {
        name: ":stop, accepted, to destroy",
        prepare: |world| hold(world, Operation::Stop, true),
        ..END
    },
    Step {
        name: ":stop, not accepted, to destroy",
        prepare: |world| hold(world, Operation::Stop, false),
        ..END
    },
    Step {
        name: "until STOPPED, to destroy",
        prepare: stop_for_long,
        reached: (Operation::Get, 3),
        recover: come_to_rest,
        ..END
    },
];

pub(super) const STEPS_OF_AN_ACTION: &[Step] = &[
    Step {
        name: "the look before a start",
        prepare: |world| hold(world, Operation::Get, false),
        ..ACTION
    },
    Step {
        name: ":start, accepted, no answer",
        prepare: |world| hold(world, Operation::Start, true),
        reached: (Operation::Start, 1),
        ..ACTION
    },
    Step {
        name: ":start, answered, not to be waited for",
        prepare: |world| {
            answer_soon(world, Operation::Start);
            let silence = Effect::NoAnswer { processed: false };
            world
                .atlas
                .fault(Fault::on(Operation::Get, silence).skip(1).always());
        },
        arguments: "wait = false",
        reached: (Operation::Start, 1),
        told: "execution halted",
        ..ACTION
    },
    Step {
        // What Atlas answers is told as progress.
        name: "a dry run, answered within the second",
        prepare: |world| answer_soon(world, Operation::StartWith),
        arguments: "failover {\n      region  = \"OREGON_USA\"\n      dry_run = true\n    }",
        reached: (Operation::StartWith, 1),
        told: "execution halted",
        starts: 0,
        ..ACTION
    },
    Step {
        name: "until STARTED",
        prepare: |world| stay_on_the_way(world),
        // Terraform has read by then what it was told before. One that gets two messages of an action after an
        // interruption may crash (seen of 1.15.5), and this is not about those that were on their way.
        reached: (Operation::Get, 4),
        recover: come_to_run,
        ..ACTION
    },
];

/// Longer than a test lasts.
const HOURS: Duration = Duration::from_secs(10_000);

/// These requests get no answer.
fn hold(world: &World, operation: Operation, processed: bool) {
    fail(world, operation, Effect::NoAnswer { processed });
}

fn fail(world: &World, operation: Operation, effect: Effect) {
    world.atlas.fault(Fault::on(operation, effect).always());
}

/// Later than the interruption comes, and within the second after it.
fn answer_soon(world: &World, operation: Operation) {
    let soon = Effect::AsUsual.after(Duration::from_millis(700));
    world.atlas.fault(Fault::on(operation, soon));
}

fn use_service_account(world: &mut World) {
    world
        .terraform
        .env_remove("MONGODB_ATLAS_ACCESS_TOKEN")
        .env("MONGODB_ATLAS_CLIENT_ID", known::CLIENT_ID)
        .env("MONGODB_ATLAS_CLIENT_SECRET", known::CLIENT_SECRET);
}

fn stay_on_the_way(world: &World) {
    world
        .atlas
        .settings(|settings| "STARTING".clone_into(&mut settings.start.ends));
}

fn come_to_run(world: &World) {
    world.atlas.clear_faults();
    world
        .atlas
        .settings(|settings| "STARTED".clone_into(&mut settings.start.ends));
    world.atlas.set_state("orders", "STARTED");
}

fn stop_for_long(world: &mut World) {
    world
        .atlas
        .settings(|settings| settings.stop_lag = Some(Lag::Time(HOURS)));
}

fn come_to_rest(world: &World) {
    world.atlas.settings(|settings| settings.stop_lag = None);
    world.atlas.set_state("orders", "STOPPED");
}
