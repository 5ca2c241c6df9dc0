//! A step of a run at which it can be interrupted: how it is brought about, and what an interruption there leaves.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, known};

use super::super::world::{World, action, start, start_action};

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
    /// And when the host has printed this.
    pub(super) heard: &'static str,
    /// How long the provider still waits for an answer there, where the signal could be caught.
    pub(super) waits: Duration,
    /// What the run says where the signal could be caught.
    pub(super) told: &'static str,
    /// How many tokens it tries to give back at its end, where the signal could be caught.
    pub(super) gives_back: usize,
    /// What has become of Atlas before the next run.
    pub(super) recover: fn(&World),
    /// What the state holds after it, where the signal could be caught.
    pub(super) leaves: Left,
    /// How often Atlas has started the processor in the end.
    pub(super) starts: usize,
    /// How often more where the provider goes on without its host.
    pub(super) starts_of_an_orphan: usize,
    /// The next run.
    pub(super) next: &'static [&'static str],
    /// The run after it, which finds nothing to do.
    pub(super) then: &'static [&'static str],
    /// The state of the processor in the end.
    pub(super) ends: &'static str,
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

const APPLY: &[&str] = &["apply", "-auto-approve"];
const DESTROY: &[&str] = &["destroy", "-auto-approve"];
pub(super) const INVOKE: &[&str] = &[
    "apply",
    "-auto-approve",
    "-invoke=action.atlas_stream_processor_start.orders",
];
const INVOKE_STOP: &[&str] = &[
    "apply",
    "-auto-approve",
    "-invoke=action.atlas_stream_processor_stop.orders",
];
pub(super) const PLAN: &[&str] = &["plan", "-detailed-exitcode"];

/// What a request that may change something is given to be answered after a signal.
pub(super) const LAST_WORD: Duration = Duration::from_secs(1);

/// A create at whose step Atlas has started nothing.
pub(super) const CREATE: Step = Step {
    name: "",
    configuration: |arguments| start("orders", "orders", arguments),
    before: None,
    prepare: |_| {},
    arguments: "",
    command: APPLY,
    reached: (Operation::Get, 1),
    heard: "",
    waits: Duration::ZERO,
    told: "interrupted",
    gives_back: 0,
    recover: |world| world.atlas.clear_faults(),
    leaves: Left::Absent,
    starts: 1,
    // A create's start is looked for by the next run, whoever has sent it.
    starts_of_an_orphan: 0,
    next: APPLY,
    then: PLAN,
    ends: "STARTED",
};

/// Another option than before: stopped, then started with it.
pub(super) const OPTIONS: Step = Step {
    before: Some(r#"tier = "SP5""#),
    arguments: r#"tier = "SP10""#,
    reached: (Operation::Stop, 1),
    leaves: Left::Kept,
    starts: 2,
    // A stop is half of a change, which its orphan carries through: it starts with the other option as soon as Atlas has stopped. A host
    // that was killed has stored nothing of that, so that the next run finds in its state what was before and has the change still to
    // make: it stops and starts once more.
    starts_of_an_orphan: 1,
    ..CREATE
};

/// A destroy that stops.
pub(super) const END: Step = Step {
    before: Some("stop_on_destroy = true"),
    arguments: "stop_on_destroy = true",
    command: DESTROY,
    reached: (Operation::Stop, 1),
    leaves: Left::Kept,
    next: DESTROY,
    then: &["plan", "-detailed-exitcode", "-destroy"],
    ends: "STOPPED",
    ..CREATE
};

/// A start that is called for, of which nothing is stored.
pub(super) const ACTION: Step = Step {
    configuration: |arguments| start_action("orders", "orders", arguments),
    command: INVOKE,
    next: INVOKE,
    then: INVOKE,
    ..CREATE
};

/// A stop that is called for.
pub(super) const ACTION_STOP: Step = Step {
    configuration: |arguments| action("atlas_stream_processor_stop", "orders", "orders", arguments),
    command: INVOKE_STOP,
    reached: (Operation::Stop, 1),
    heard: "Stopping stream processor",
    starts: 0,
    next: INVOKE_STOP,
    then: INVOKE_STOP,
    ends: "STOPPED",
    ..CREATE
};

/// A change of something else, whose own triggers stop the processor before it and start it afterwards.
pub(super) const CHANGE_AT_REST: Step = Step {
    configuration: |version| {
        start_action("orders", "orders", "")
            + &action("atlas_stream_processor_stop", "orders", "orders", "")
            + &PIPELINE.replace("VERSION", version)
    },
    before: Some("1"),
    arguments: "2",
    reached: (Operation::Stop, 1),
    leaves: Left::Kept,
    ..CREATE
};

const PIPELINE: &str = r#"
resource "terraform_data" "pipeline" {
  input = "VERSION"
  lifecycle {
    action_trigger {
      events  = [before_update]
      actions = [action.atlas_stream_processor_stop.orders]
    }
    action_trigger {
      events  = [after_update]
      actions = [action.atlas_stream_processor_start.orders]
    }
  }
}
"#;

/// A create that finds the processor STARTED and stops it first.
pub(super) const RESTART: Step = Step {
    arguments: r#"if_started = "restart""#,
    reached: (Operation::Stop, 1),
    ..CREATE
};

/// Longer than a test lasts.
const HOURS: Duration = Duration::from_secs(10_000);

/// These requests get no answer.
pub(super) fn hold(world: &World, operation: Operation, processed: bool) {
    fail(world, operation, Effect::NoAnswer { processed });
}

pub(super) fn fail(world: &World, operation: Operation, effect: Effect) {
    world.atlas.fault(Fault::on(operation, effect).always());
}

/// Later than the interruption comes, and within the second after it.
pub(super) fn answer_soon(world: &World, operation: Operation) {
    let soon = Effect::AsUsual.after(Duration::from_millis(850));
    world.atlas.fault(Fault::on(operation, soon));
}

pub(super) fn use_service_account(world: &mut World) {
    world
        .terraform
        .env_remove("MONGODB_ATLAS_ACCESS_TOKEN")
        .env("MONGODB_ATLAS_CLIENT_ID", known::CLIENT_ID)
        .env("MONGODB_ATLAS_CLIENT_SECRET", known::CLIENT_SECRET);
}

pub(super) fn stay_on_the_way(world: &World) {
    world
        .atlas
        .settings(|settings| "STARTING".clone_into(&mut settings.start.ends));
}

pub(super) fn come_to_run(world: &World) {
    world.atlas.clear_faults();
    world
        .atlas
        .settings(|settings| "STARTED".clone_into(&mut settings.start.ends));
    world.atlas.set_state("orders", "STARTED");
}

pub(super) fn run_already(world: &World) {
    world.atlas.set_state("orders", "STARTED");
}

pub(super) fn stop_for_long(world: &mut World) {
    world
        .atlas
        .settings(|settings| settings.stop_lag = Some(Lag::Time(HOURS)));
}

pub(super) fn come_to_rest(world: &World) {
    world.atlas.settings(|settings| settings.stop_lag = None);
    world.atlas.set_state("orders", "STOPPED");
}
