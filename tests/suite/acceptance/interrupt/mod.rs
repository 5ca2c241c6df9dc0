//! Interruptions of a run: at every step, in every way that one comes. How long each took is printed.

mod case;
mod many;
mod record;
mod signals;
mod step;
mod steps;
mod steps_of_an_action;

pub(super) use many::ctrl_c_with_many_starts_on_their_way;

use super::world::World;
use signals::Signal;
use steps::{STEPS, some};
use steps_of_an_action::STEPS_OF_AN_ACTION;

pub(super) async fn ctrl_c_at_every_step(world: World) {
    case::run_all(world, Signal::CtrlC, STEPS).await;
}

pub(super) async fn ctrl_c_at_every_step_of_an_action(world: World) {
    case::run_all(world, Signal::CtrlC, STEPS_OF_AN_ACTION).await;
}

pub(super) async fn ctrl_c_of_somebody_who_does_not_wait(world: World) {
    let steps = [
        ":start, accepted, no answer",
        ":start, not accepted, no answer",
        ":stop, accepted, for other options",
    ];
    case::run_all(world, Signal::CtrlCTwice, &some(STEPS, &steps)).await;
}

pub(super) async fn an_interrupt_of_the_host_alone(world: World) {
    case::run_all(world, Signal::InterruptOfHost, &some(STEPS, HOSTS_SHARE)).await;
}

pub(super) async fn the_end_of_a_job_as_ci_runners_send_it(world: World) {
    let others: &[&str] = &[
        "a request for a token",
        "a refresh",
        "the look before a start",
        ":startWith, accepted, after the stop",
        "until STOPPED, to destroy",
        ":start, accepted, token to give back",
    ];
    let steps = [HOSTS_SHARE, others].concat();
    case::run_all(world, Signal::TerminationOfAll, &some(STEPS, &steps)).await;
}

pub(super) async fn the_end_of_a_job_during_an_action(world: World) {
    let steps = [
        ":start, accepted, no answer",
        "until STARTED",
        ":stop, accepted, no answer",
        "until STOPPED, before a change",
    ];
    let steps = some(STEPS_OF_AN_ACTION, &steps);
    case::run_all(world, Signal::TerminationOfAll, &steps).await;
}

pub(super) async fn a_provider_that_is_killed(world: World) {
    case::run_all(world, Signal::KillOfProvider, &some(STEPS, BEGUN)).await;
}

pub(super) async fn a_host_that_is_killed(world: World) {
    let steps = [BEGUN, &["the look after a stop, for other options"]].concat();
    case::run_all(world, Signal::KillOfHost, &some(STEPS, &steps)).await;
}

pub(super) async fn a_provider_that_is_killed_during_an_action(world: World) {
    let steps = some(STEPS_OF_AN_ACTION, BEGUN_BY_AN_ACTION);
    case::run_all(world, Signal::KillOfProvider, &steps).await;
}

pub(super) async fn a_host_that_is_killed_during_an_action(world: World) {
    let steps = some(STEPS_OF_AN_ACTION, BEGUN_BY_AN_ACTION);
    case::run_all(world, Signal::KillOfHost, &steps).await;
}

/// Where it makes a difference whether the host or the provider learns of the interruption first.
const HOSTS_SHARE: &[&str] = &[
    ":start, accepted, no answer",
    ":start, answered within the second",
    "until STARTED",
    "until STOPPED, for other options",
];

/// Where something has begun that a process takes with it when it is killed.
const BEGUN: &[&str] = &[
    ":start, accepted, no answer",
    ":start, not accepted, no answer",
    ":start, accepted late",
    "until STARTED",
    "until STOPPED, for other options",
    "until STOPPED, to destroy",
];

/// The same of an action.
const BEGUN_BY_AN_ACTION: &[&str] = &[
    ":start, accepted, no answer",
    ":start, not accepted, no answer",
    "until STARTED",
    "until STOPPED, to restart",
    ":stop, accepted, no answer",
    ":stop, not accepted, no answer",
    "until STOPPED, before a change",
];
