//! The steps of an action at which it is interrupted, as a table.

use atlas_simulator::{Effect, Fault, Operation};

use super::step::{ACTION, LAST_WORD, Step, answer_soon, come_to_run, hold, stay_on_the_way};

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
];
