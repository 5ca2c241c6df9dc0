//! Replaces of which one half fails: nothing is forgotten, and what runs by the next apply is neither stopped nor started again.

use atlas_simulator::{Effect, Fault, Operation};

use super::world::World;

const ARGUMENTS: &str = "stop_on_destroy = true
  if_started = \"restart\"
  timeouts {
    create = \"2s\"
  }";

/// Before Terraform 1.16 the create half cannot be told what it takes over, and the default of `if_started` is right there.
const CREATE_BEFORE_DESTROY: &str = "stop_on_destroy = true
  timeouts {
    create = \"2s\"
  }
  lifecycle {
    create_before_destroy = true
  }";

/// A create that was accepted and not over in time; it runs by now.
async fn failed_create(world: &World, arguments: &str) {
    let ends_as = |state: &str| {
        world
            .atlas
            .settings(|settings| settings.start.ends = state.to_owned());
    };
    ends_as("STARTING");
    world.start_of_orders(arguments);
    world.apply_fails().await;
    assert_eq!(world.happened(), [":start orders"]);
    ends_as("STARTED");
    world.atlas.set_state("orders", "STARTED");
}

pub(super) async fn a_refused_stop_leaves_what_the_object_remembers(world: World) {
    failed_create(&world, ARGUMENTS).await;
    world.atlas.add_processor("invoices", "CREATED");
    let forbidden = Effect::access_forbidden();
    world
        .atlas
        .fault(Fault::on(Operation::Stop, forbidden).always());
    let renamed = super::world::start("orders", "invoices", ARGUMENTS);
    world.write("main.tf", &renamed);
    let apply = world.apply_fails().await;
    assert!(apply.says("Cannot stop stream processor"), "{apply}");
    world.atlas.clear_faults();
    world.happened();

    // The rename is taken back, and the start is still its own.
    world.start_of_orders(ARGUMENTS);
    world.apply().await;
    assert!(world.happened().is_empty());
    assert_eq!(world.state_of_orders(), "STARTED");
    world.plan_is_empty().await;
}

pub(super) async fn a_create_before_destroy_that_is_refused_keeps_the_object_there_was(
    world: World,
) {
    failed_create(&world, CREATE_BEFORE_DESTROY).await;
    world.atlas.set_state("orders", "STOPPED");
    let forbidden = Effect::access_forbidden();
    world
        .atlas
        .fault(Fault::on(Operation::Start, forbidden).always());
    let apply = world.apply_fails().await;
    assert!(apply.says("Cannot start stream processor"), "{apply}");
    world.atlas.clear_faults();
    world.happened();

    world.atlas.set_state("orders", "STARTED");
    world.apply().await;
    assert!(world.happened().is_empty());
    assert_eq!(world.state_of_orders(), "STARTED");
    world.plan_is_empty().await;
}

pub(super) async fn a_create_before_destroy_in_doubt_ends_with_one_object(world: World) {
    failed_create(&world, CREATE_BEFORE_DESTROY).await;
    world.atlas.set_state("orders", "STOPPED");
    world
        .atlas
        .settings(|settings| "STARTING".clone_into(&mut settings.start.ends));
    // Two objects of one processor are in state now.
    world.apply_fails().await;
    assert_eq!(world.happened(), [":start orders"]);
    world.atlas.set_state("orders", "STARTED");
    world.apply().await;
    assert!(world.happened().is_empty());
    assert_eq!(world.state_of_orders(), "STARTED");
    world.plan_is_empty().await;
}
