//! Replaces: the ones that were asked for, create-before-destroy, and another name.

use super::world::World;

pub(super) async fn a_replace_that_was_asked_for_follows_if_started(world: World) {
    // Forgotten and found running: kept.
    world.start_of_orders("");
    world.apply().await;
    world.happened();
    let replace = [
        "apply",
        "-auto-approve",
        "-replace=atlas_stream_processor_start.orders",
    ];
    let run = world.run(&replace).await;
    assert!(
        run.success() && run.says("1 added, 0 changed, 1 destroyed"),
        "{run}"
    );
    assert!(world.happened().is_empty());
    world.plan_is_empty().await;

    // Stopped by the first half, started by the second.
    world.start_of_orders("stop_on_destroy = true");
    world.apply().await;
    world.happened();
    let run = world.run(&replace).await;
    assert!(run.success(), "{run}");
    assert_eq!(world.happened(), [":stop orders", ":start orders"]);
    assert_eq!(world.state_of_orders(), "STARTED");
    world.plan_is_empty().await;
}

pub(super) async fn create_before_destroy_does_not_stop_what_it_just_started(world: World) {
    let release = |number: u32| {
        format!(
            "resource \"terraform_data\" \"release\" {{\n  triggers_replace = \"{number}\"\n}}\n"
        )
    };
    let lifecycle = r#"stop_on_destroy = true
  lifecycle {
    create_before_destroy = true
    replace_triggered_by  = [terraform_data.release]
  }"#;
    world.start_of_orders(lifecycle);
    world.write("release.tf", &release(1));
    world.apply().await;
    assert_eq!(world.happened(), [":start orders"]);

    world.write("release.tf", &release(2));
    let apply = world.apply().await;
    assert!(
        world.happened().is_empty(),
        "kept by the create half, and not stopped by the destroy half"
    );
    assert_eq!(world.state_of_orders(), "STARTED");
    assert!(
        apply.says("Warning"),
        "a warning says why it was not stopped\n{apply}"
    );
    world.plan_is_empty().await;
}

pub(super) async fn a_rename_warns_that_the_old_one_runs_on(world: World) {
    world.atlas.add_processor("invoices", "CREATED");
    world.start_of_orders("");
    world.apply().await;
    world.happened();

    world.write("main.tf", &super::world::start("orders", "invoices", ""));
    let plan = world.plan().await;
    assert_eq!(plan.actions(), ["delete", "create"]);
    assert!(
        plan.run.says("Warning") && plan.run.says("billed"),
        "{}",
        plan.run
    );
    world.apply().await;
    assert_eq!(world.happened(), [":start invoices"]);
    assert_eq!(world.state_of_orders(), "STARTED");
    world.plan_is_empty().await;
}
