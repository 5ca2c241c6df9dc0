//! The steps of an apply, a plan and a destroy at which they are interrupted, as a table.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Operation};

use super::step::{
    CREATE, END, LAST_WORD, Left, OPTIONS, PLAN, RESTART, Step, answer_soon, come_to_rest,
    come_to_run, fail, hold, run_already, stay_on_the_way, stop_for_long, use_service_account,
};

/// The steps of these names.
pub(super) fn some(of: &[Step], names: &[&str]) -> Vec<Step> {
    let step = |name: &&str| {
        let found = of.iter().find(|step| step.name == *name);
        *found.unwrap_or_else(|| panic!("there is no step {name}"))
    };
    names.iter().map(step).collect()
}

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
        waits: LAST_WORD,
        ..CREATE
    },
    Step {
        // What was tainted is replaced, and by then runs: it is neither stopped nor started again.
        name: ":start, accepted, to be restarted",
        prepare: |world| hold(world, Operation::Start, true),
        arguments: "stop_on_destroy = true\n  if_started = \"restart\"",
        reached: (Operation::Start, 1),
        leaves: Left::InDoubt,
        waits: LAST_WORD,
        ..CREATE
    },
    Step {
        name: ":start, not accepted, no answer",
        prepare: |world| hold(world, Operation::Start, false),
        reached: (Operation::Start, 1),
        leaves: Left::InDoubt,
        waits: LAST_WORD,
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
        waits: LAST_WORD,
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
        waits: LAST_WORD,
        ..CREATE
    },
    Step {
        name: ":startWith, accepted, no answer",
        prepare: |world| hold(world, Operation::StartWith, true),
        arguments: r#"tier = "SP10""#,
        reached: (Operation::StartWith, 1),
        leaves: Left::InDoubt,
        waits: LAST_WORD,
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
        // A token that Atlas does not take back in time is left to expire: nobody waits longer for that.
        name: "until STARTED, token to give back",
        prepare: |world| {
            use_service_account(world);
            hold(world, Operation::Revoke, false);
            stay_on_the_way(world);
        },
        reached: (Operation::Get, 2),
        gives_back: 1,
        recover: come_to_run,
        leaves: Left::Accepted,
        ..CREATE
    },
    Step {
        name: ":start, accepted, token to give back",
        prepare: |world| {
            use_service_account(world);
            hold(world, Operation::Revoke, false);
            hold(world, Operation::Start, true);
        },
        reached: (Operation::Start, 1),
        gives_back: 1,
        leaves: Left::InDoubt,
        waits: LAST_WORD,
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
            run_already(world);
            hold(world, Operation::Stop, true);
        },
        waits: LAST_WORD,
        leaves: Left::InDoubt,
        ..RESTART
    },
    Step {
        name: ":stop, not accepted, to restart",
        prepare: |world| {
            run_already(world);
            hold(world, Operation::Stop, false);
        },
        waits: LAST_WORD,
        leaves: Left::InDoubt,
        ..RESTART
    },
    Step {
        name: ":stop, accepted, for other options",
        prepare: |world| hold(world, Operation::Stop, true),
        waits: LAST_WORD,
        ..OPTIONS
    },
    Step {
        name: ":stop, not accepted, for other options",
        prepare: |world| hold(world, Operation::Stop, false),
        waits: LAST_WORD,
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
        name: "the look after a stop, for other options",
        prepare: |world| {
            stop_for_long(world);
            let silence = Effect::NoAnswer { processed: false };
            world
                .atlas
                .fault(Fault::on(Operation::Get, silence).skip(3));
        },
        reached: (Operation::Get, 4),
        recover: come_to_rest,
        // Its orphan does not come to see it STOPPED, so that one start is all.
        starts_of_an_orphan: 0,
        ..OPTIONS
    },
    Step {
        name: ":startWith, accepted, after the stop",
        prepare: |world| hold(world, Operation::StartWith, true),
        reached: (Operation::StartWith, 1),
        waits: LAST_WORD,
        ..OPTIONS
    },
    Step {
        name: ":stop, accepted, to destroy",
        prepare: |world| hold(world, Operation::Stop, true),
        waits: LAST_WORD,
        ..END
    },
    Step {
        name: ":stop, not accepted, to destroy",
        prepare: |world| hold(world, Operation::Stop, false),
        waits: LAST_WORD,
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
