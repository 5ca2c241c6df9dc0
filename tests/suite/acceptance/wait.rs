//! What comes after an accepted start: the wait for STARTED, and the ways in which it ends.

use atlas_simulator::{Effect, Fault, Operation, StartBehaviour};
use serde_json::Value;

use super::world::World;

pub(super) async fn without_wait_the_start_is_all(world: World) {
    // It would never get there.
    world
        .atlas
        .settings(|settings| "STARTING".clone_into(&mut settings.start.ends));
    world.start_of_orders("wait = false\n  keep_started = false");
    let apply = world.apply().await;
    assert!(apply.says("1 added"), "{apply}");
    assert_eq!(world.happened(), [":start orders"]);
    assert_ne!(world.orders()["started_at"], Value::Null);
}

pub(super) async fn a_processor_that_fails_meanwhile_is_an_error(world: World) {
    world.atlas.settings(|settings| {
        settings.start = StartBehaviour::failing("STARTING", atlas_simulator::Lag::Polls(1));
    });
    world.start_of_orders("");
    let apply = world.apply_fails().await;
    assert!(
        apply.says("Cannot start stream processor \"orders\": it turned FAILED"),
        "{apply}"
    );
    assert_eq!(
        world.happened(),
        [":start orders"],
        "never a second start without being asked"
    );
    assert_eq!(
        world.orders()["state"],
        "FAILED",
        "an accepted start is never forgotten"
    );
}

pub(super) async fn patience_ends_at_the_timeout(world: World) {
    world
        .atlas
        .settings(|settings| "STARTING".clone_into(&mut settings.start.ends));
    world.start_of_orders("timeouts {\n    create = \"2s\"\n  }");
    let apply = world.apply_fails().await;
    assert!(apply.says("STARTING"), "the last state is told\n{apply}");
    assert!(apply.says("2s"), "and how long it was waited for\n{apply}");
    assert_eq!(world.happened(), [":start orders"]);
    assert_eq!(world.orders()["state"], "STARTING");
}

pub(super) async fn a_start_that_cannot_be_read_back_is_a_success(world: World) {
    let forbidden = Effect::access_forbidden();
    // The look before the start is let through, every later one is not.
    world.atlas.fault(
        Fault::on(Operation::Get, forbidden.clone())
            .skip(1)
            .always(),
    );
    world
        .atlas
        .fault(Fault::on(Operation::List, forbidden).always());
    world.start_of_orders("");
    let apply = world.apply().await;
    assert!(apply.says("Warning"), "{apply}");
    assert_eq!(world.happened(), [":start orders"]);
    assert_eq!(world.orders()["state"], Value::Null);

    // The plans after it warn, and have nothing to do.
    let plan = world.plan_is_empty().await;
    assert!(plan.says("Warning"), "{plan}");
    world.apply().await;
    assert!(world.happened().is_empty());

    // Once it can be read again, that is seen.
    world.atlas.clear_faults();
    world.apply().await;
    assert_eq!(world.orders()["state"], "STARTED");
    assert!(world.happened().is_empty());
    let plan = world.plan_is_empty().await;
    assert!(!plan.says("Warning: Cannot"), "{plan}");
}

pub(super) async fn a_tainted_start_that_runs_by_now_is_not_bounced(world: World) {
    world
        .atlas
        .settings(|settings| "STARTING".clone_into(&mut settings.start.ends));
    world.start_of_orders("stop_on_destroy = true\n  if_started = \"restart\"\n  timeouts {\n    create = \"2s\"\n  }");
    world.apply_fails().await;
    assert_eq!(world.happened(), [":start orders"]);

    // Terraform has tainted it and replaces it, whatever we would prefer; by now it runs.
    world.atlas.set_state("orders", "STARTED");
    world
        .atlas
        .settings(|settings| "STARTED".clone_into(&mut settings.start.ends));
    let apply = world.apply().await;
    assert!(apply.says("1 added, 0 changed, 1 destroyed"), "{apply}");
    assert!(
        world.happened().is_empty(),
        "neither stopped nor started again"
    );
    assert_eq!(world.state_of_orders(), "STARTED");
    world.plan_is_empty().await;
}

pub(super) async fn a_start_that_is_not_over_in_time_twice_is_taken_over_in_the_end(world: World) {
    let ends_as = |state: &str| {
        world
            .atlas
            .settings(|settings| settings.start.ends = state.to_owned())
    };
    ends_as("STARTING");
    world.start_of_orders("stop_on_destroy = true\n  if_started = \"restart\"\n  timeouts {\n    create = \"2s\"\n  }");
    let first = world.apply_fails().await;
    assert!(first.says("in time"), "{first}");
    assert_eq!(world.happened(), [":start orders"]);
    let second = world.apply_fails().await;
    assert!(second.says("in time"), "{second}");
    assert!(world.happened().is_empty());

    // By now it runs: it is neither stopped nor started again.
    ends_as("STARTED");
    world.atlas.set_state("orders", "STARTED");
    world.apply().await;
    assert!(world.happened().is_empty());
    world.plan_is_empty().await;
}
