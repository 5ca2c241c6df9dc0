//! The steps of an action at which it is interrupted, as a table.

use atlas_simulator::{Effect, Fault, Operation};

use super::step::{
    ACTION, ACTION_STOP, CHANGE_AT_REST, INVOKE, LAST_WORD, PLAN, Step, answer_soon, come_to_rest,
    come_to_run, hold, run_already, stay_on_the_way, stop_for_long,
};

/// Terraform up to 1.15 may crash when two messages of an action reach it after an interruption. What was on its way before
/// is nobody's to take back, so that each step begins when it has been printed.
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
        heard: "Starting stream processor",
        waits: LAST_WORD,
        ..ACTION
    },
    Step {
        name: ":start, not accepted, no answer",
        prepare: |world| hold(world, Operation::Start, false),
        reached: (Operation::Start, 1),
        heard: "Starting stream processor",
        waits: LAST_WORD,
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
        heard: "Starting stream processor",
        told: "execution halted",
        waits: LAST_WORD,
        ..ACTION
    },
    Step {
        // What Atlas answers is told as progress.
        name: "a dry run, answered within the second",
        prepare: |world| answer_soon(world, Operation::StartWith),
        arguments: "failover {\n      region  = \"OREGON_USA\"\n      dry_run = true\n    }",
        reached: (Operation::StartWith, 1),
        heard: "Asking Atlas",
        told: "execution halted",
        starts: 0,
        ends: "CREATED",
        waits: LAST_WORD,
        ..ACTION
    },
    Step {
        name: "until STARTED",
        prepare: |world| stay_on_the_way(world),
        reached: (Operation::Get, 2),
        heard: "is STARTING",
        recover: come_to_run,
        ..ACTION
    },
    Step {
        name: "until STOPPED, to restart",
        prepare: |world| {
            run_already(world);
            stop_for_long(world);
        },
        arguments: r#"if_started = "restart""#,
        reached: (Operation::Get, 2),
        heard: "is STOPPING",
        recover: come_to_rest,
        // As with a change of options: its orphan starts what it has stopped, and who calls for a restart again gets one.
        starts_of_an_orphan: 1,
        then: PLAN,
        ..ACTION
    },
    Step {
        name: ":stop, accepted, no answer",
        prepare: |world| {
            run_already(world);
            hold(world, Operation::Stop, true);
        },
        waits: LAST_WORD,
        ..ACTION_STOP
    },
    Step {
        name: ":stop, not accepted, no answer",
        prepare: |world| {
            run_already(world);
            hold(world, Operation::Stop, false);
        },
        waits: LAST_WORD,
        ..ACTION_STOP
    },
    Step {
        name: "until STOPPED",
        prepare: |world| {
            run_already(world);
            stop_for_long(world);
        },
        reached: (Operation::Get, 2),
        heard: "is STOPPING",
        recover: come_to_rest,
        ..ACTION_STOP
    },
    Step {
        // What was to be changed at rest is not changed, so that the next run makes the change, and starts the processor after it.
        name: "until STOPPED, before a change",
        prepare: |world| {
            run_already(world);
            stop_for_long(world);
        },
        reached: (Operation::Get, 2),
        heard: "is STOPPING",
        recover: come_to_rest,
        ..CHANGE_AT_REST
    },
    Step {
        // The change is made and stored, so that no run calls for the start once more by itself.
        name: "until STARTED, after a change",
        prepare: |world| {
            run_already(world);
            stay_on_the_way(world);
        },
        reached: (Operation::Start, 1),
        heard: "is STARTING",
        recover: come_to_run,
        next: INVOKE,
        ..CHANGE_AT_REST
    },
];
