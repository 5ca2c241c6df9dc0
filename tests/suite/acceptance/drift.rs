//! Drift: what was changed outside, and what a plan makes of it.

use serde_json::Value;

use super::world::World;

pub(super) async fn stopped_outside_is_planned_and_started_again(world: World) {
    for state in ["STOPPED", "FAILED", "CREATED"] {
        world.start_of_orders("");
        world.apply().await;
        world.happened();
        world.atlas.set_state("orders", state);

        let plan = world.plan().await;
        assert_eq!(plan.actions(), ["update"], "{state}");
        assert_eq!(
            plan.unknown(),
            ["processor_id", "started_at", "state"],
            "{state}"
        );
        assert!(
            plan.run.says(state),
            "the plan shows what was found\n{}",
            plan.run
        );
        assert!(world.happened().is_empty(), "a plan only looks");

        world.apply().await;
        assert_eq!(world.happened(), [":start orders"], "{state}");
        assert_eq!(world.state_of_orders(), "STARTED");
        world.plan_is_empty().await;
    }
}

pub(super) async fn stopped_outside_is_left_alone_where_that_was_asked_for(world: World) {
    world.start_of_orders("keep_started = false");
    world.apply().await;
    assert_eq!(world.happened(), [":start orders"]);
    world.atlas.set_state("orders", "STOPPED");
    world.plan_is_empty().await;
    world.apply().await;
    assert!(world.happened().is_empty());
    assert_eq!(world.orders()["state"], "STOPPED", "but it is told");
}

pub(super) async fn a_removed_processor_is_planned_anew(world: World) {
    world.start_of_orders("");
    world.apply().await;
    world.happened();
    world.atlas.remove_processor("orders");
    let plan = world.plan().await;
    assert_eq!(plan.actions(), ["create"]);

    // There is nothing to start; Atlas says so.
    let apply = world.apply_fails().await;
    assert!(apply.says("orders"), "{apply}");

    world.atlas.add_processor("orders", "CREATED");
    world.happened();
    world.apply().await;
    assert_eq!(world.happened(), [":start orders"]);
    world.plan_is_empty().await;
}

pub(super) async fn drift_does_not_process_data_twice(world: World) {
    world.start_of_orders(
        r#"tier = "SP10"
  resume_from_checkpoint  = false
  start_at_operation_time = "2026-01-02T03:04:05Z""#,
    );
    world.apply().await;
    world.happened();
    world.atlas.set_state("orders", "STOPPED");
    world.apply().await;
    assert_eq!(
        world.happened(),
        [r#":startWith orders {"tier":"SP10"}"#],
        "from the checkpoint"
    );
    assert_ne!(world.orders()["started_at"], Value::Null);
    world.plan_is_empty().await;
}
