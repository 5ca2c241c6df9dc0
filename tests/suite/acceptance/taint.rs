//! After a create that failed, Terraform taints it and plans a replace: what the second apply does under a real host.

use atlas_simulator::{Effect, Fault, Lag, Operation, StartBehaviour};

use super::world::World;

const ARGUMENTS: &str = "stop_on_destroy = true
  timeouts {
    create = \"2s\"
  }";

pub(super) async fn a_start_that_failed_is_made_once_more_without_a_stop(world: World) {
    world.atlas.settings(|settings| {
        settings.start = StartBehaviour::failing("STARTING", Lag::Polls(1));
    });
    world.start_of_orders(ARGUMENTS);
    let apply = world.apply_fails().await;
    assert!(apply.says("it turned FAILED"), "{apply}");
    assert_eq!(world.happened(), [":start orders"]);
    world
        .atlas
        .settings(|settings| settings.start = StartBehaviour::default());
    world.apply().await;
    assert_eq!(world.happened(), [":start orders"]);
    assert_eq!(world.state_of_orders(), "STARTED");
    world.plan_is_empty().await;
}

pub(super) async fn a_start_whose_answer_was_lost_is_not_made_again(world: World) {
    let lost = Effect::Reset { processed: true };
    world.atlas.fault(Fault::on(Operation::Start, lost));
    // The look before the start is let through, and none of those that would settle the doubt.
    let unread = Fault::on(Operation::Get, Effect::unexpected_error(false));
    world.atlas.fault(unread.skip(1).always());
    world.start_of_orders(ARGUMENTS);
    let apply = world.apply_fails().await;
    assert!(apply.says("may have accepted the start"), "{apply}");
    assert_eq!(world.happened(), [":start orders"]);
    world.atlas.clear_faults();
    world.apply().await;
    assert!(world.happened().is_empty());
    assert_eq!(world.state_of_orders(), "STARTED");
    world.plan_is_empty().await;
}

pub(super) async fn a_replace_after_an_untaint_means_it(world: World) {
    world
        .atlas
        .settings(|settings| "STARTING".clone_into(&mut settings.start.ends));
    world.start_of_orders(ARGUMENTS);
    world.apply_fails().await;
    world.happened();
    world
        .atlas
        .settings(|settings| settings.start = StartBehaviour::default());
    world.atlas.set_state("orders", "STARTED");
    let untaint = world.run(&["untaint", super::world::ORDERS]).await;
    assert!(untaint.success(), "{untaint}");
    world.plan_is_empty().await;
    assert!(world.happened().is_empty());
    let replace = format!("-replace={}", super::world::ORDERS);
    let apply = world.run(&["apply", "-auto-approve", &replace]).await;
    assert!(apply.success(), "{apply}");
    assert_eq!(world.happened(), [":stop orders", ":start orders"]);
    assert_eq!(world.state_of_orders(), "STARTED");
    world.plan_is_empty().await;
}
