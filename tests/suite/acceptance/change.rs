//! Changes of configuration: which of them start, which of them stop, and which do nothing to Atlas.

use super::world::World;

const UNKNOWN_WHEN_STARTED: [&str; 3] = ["processor_id", "started_at", "state"];

/// Applies with `triggers` of release 1, then plans and applies release 2, and tells what that did.
async fn released_again(world: &World, arguments: &str, state_before: &str) -> Vec<String> {
    let release = |number: u32| format!("triggers = {{ release = \"{number}\" }}\n  {arguments}");
    world.start_of_orders(&release(1));
    world.apply().await;
    world.atlas.set_state("orders", state_before);
    world.happened();

    world.start_of_orders(&release(2));
    let plan = world.plan().await;
    assert_eq!(plan.actions(), ["update"]);
    assert_eq!(plan.unknown(), UNKNOWN_WHEN_STARTED);
    world.apply().await;
    let happened = world.happened();
    world.plan_is_empty().await;
    assert!(world.happened().is_empty());
    assert_eq!(world.state_of_orders(), "STARTED");
    happened
}

pub(super) async fn triggers_keep_what_runs(world: World) {
    assert!(released_again(&world, "", "STARTED").await.is_empty());
}

pub(super) async fn triggers_start_what_rests(world: World) {
    assert_eq!(
        released_again(&world, "keep_started = false", "STOPPED").await,
        [":start orders"]
    );
}

pub(super) async fn triggers_restart_where_that_was_asked_for(world: World) {
    let happened = released_again(&world, r#"if_started = "restart""#, "STARTED").await;
    assert_eq!(happened, [":stop orders", ":start orders"]);
}

pub(super) async fn triggers_after_if_started_error_keep_what_runs(world: World) {
    assert!(
        released_again(&world, r#"if_started = "error""#, "STARTED")
            .await
            .is_empty()
    );
}

pub(super) async fn a_changed_option_stops_and_starts_with_it(world: World) {
    world.start_of_orders(r#"tier = "SP10""#);
    world.apply().await;
    assert_eq!(world.happened(), [r#":startWith orders {"tier":"SP10"}"#]);

    world.start_of_orders("tier = \"SP30\"\n  resume_from_checkpoint = false");
    let plan = world.plan().await;
    assert_eq!(plan.actions(), ["update"]);
    assert_eq!(plan.unknown(), UNKNOWN_WHEN_STARTED);
    assert!(
        plan.run.says("Warning") && plan.run.says("stopped and started"),
        "{}",
        plan.run
    );
    world.happened();
    world.apply().await;
    assert_eq!(
        world.happened(),
        [
            ":stop orders",
            r#":startWith orders {"resumeFromCheckpoint":false,"tier":"SP30"}"#
        ]
    );
    world.plan_is_empty().await;
}

pub(super) async fn a_removed_option_sends_nothing(world: World) {
    world.start_of_orders("tier = \"SP10\"\n  resume_from_checkpoint = false");
    world.apply().await;
    world.happened();
    world.start_of_orders(r#"tier = "SP10""#);
    let plan = world.plan().await;
    assert_eq!(plan.actions(), ["update"]);
    assert!(plan.unknown().is_empty(), "{:?}", plan.unknown());
    world.apply().await;
    assert!(world.happened().is_empty());
    world.plan_is_empty().await;
}
