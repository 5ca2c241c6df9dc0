//! Create and destroy: what a start does to Atlas, and what its end does.

use serde_json::Value;

use super::world::World;

pub(super) async fn create_starts_and_the_second_plan_is_empty(world: World) {
    world.start_of_orders("");

    let plan = world.plan().await;
    assert_eq!(plan.actions(), ["create"]);
    assert_eq!(
        plan.unknown(),
        ["processor_id", "started_at", "state"],
        "the id is known before"
    );
    assert!(
        world.requests().is_empty(),
        "a plan of a new start asks nothing"
    );

    let apply = world.apply().await;
    assert!(apply.says("1 added"), "{apply}");
    assert_eq!(world.happened(), [":start orders"]);
    assert_eq!(world.state_of_orders(), "STARTED");

    let orders = world.orders();
    assert_eq!(orders["id"], "0123456789abcdef01234567/workspace-1/orders");
    assert_eq!(orders["state"], "STARTED");
    assert_eq!(
        orders["processor_id"],
        Value::from(world.atlas.processor_id("orders"))
    );
    assert!(
        orders["started_at"]
            .as_str()
            .is_some_and(|at| at.ends_with('Z')),
        "{orders}"
    );
    for omitted in [
        "if_started",
        "keep_started",
        "wait",
        "stop_on_destroy",
        "tier",
        "triggers",
    ] {
        assert_eq!(
            orders[omitted],
            Value::Null,
            "{omitted} is a default of the provider's, not of the state's"
        );
    }

    world.plan_is_empty().await;
    assert!(world.happened().is_empty());
}

pub(super) async fn a_start_with_options_sends_them_once(world: World) {
    world.start_of_orders(
        r#"tier = "SP10"
  resume_from_checkpoint = false
  start_at_operation_time = "2026-01-02T03:04:05Z""#,
    );
    world.apply().await;
    let happened = world.happened();
    assert_eq!(
        happened,
        [
            r#":startWith orders {"resumeFromCheckpoint":false,"startAtOperationTime":"2026-01-02T03:04:05Z","tier":"SP10"}"#
        ]
    );
    world.plan_is_empty().await;
    assert!(world.happened().is_empty());
}

pub(super) async fn what_runs_already_is_kept(world: World) {
    world.atlas.set_state("orders", "STARTED");
    world.start_of_orders("");
    world.apply().await;
    assert!(world.happened().is_empty());
    assert_eq!(
        world.orders()["started_at"],
        Value::Null,
        "we did not start it"
    );
    world.plan_is_empty().await;

    // Options that were therefore not applied are worth a warning.
    world.write("main.tf", "");
    world.apply().await;
    world.start_of_orders(r#"tier = "SP10""#);
    let apply = world.apply().await;
    assert!(world.happened().is_empty());
    assert!(apply.says("Warning") && apply.says("tier"), "{apply}");
}

pub(super) async fn what_runs_already_is_an_error_where_that_was_asked_for(world: World) {
    world.atlas.set_state("orders", "STARTED");
    world.start_of_orders(r#"if_started = "error""#);
    let apply = world.apply_fails().await;
    assert!(apply.says("if_started") && apply.says("orders"), "{apply}");
    assert!(world.happened().is_empty());
}

pub(super) async fn what_runs_already_is_restarted_where_that_was_asked_for(world: World) {
    world.atlas.set_state("orders", "STARTED");
    world.start_of_orders(r#"if_started = "restart""#);
    world.apply().await;
    assert_eq!(world.happened(), [":stop orders", ":start orders"]);
    assert_eq!(world.state_of_orders(), "STARTED");
    world.plan_is_empty().await;
}

pub(super) async fn destroy_forgets_and_warns(world: World) {
    world.start_of_orders("");
    world.apply().await;
    world.happened();
    let destroy = world.destroy().await;
    assert!(
        destroy.says("Warning") && destroy.says("billed"),
        "{destroy}"
    );
    assert!(world.happened().is_empty());
    assert_eq!(world.state_of_orders(), "STARTED");
    assert_eq!(world.orders(), Value::Null);
}

pub(super) async fn destroy_stops_where_that_was_asked_for(world: World) {
    world.start_of_orders("stop_on_destroy = true");
    world.apply().await;
    world.happened();
    let destroy = world.destroy().await;
    assert!(!destroy.says("billed"), "{destroy}");
    assert_eq!(world.happened(), [":stop orders"]);
    assert_eq!(world.state_of_orders(), "STOPPED");
}

pub(super) async fn a_change_of_only_stop_on_destroy_sends_nothing(world: World) {
    world.start_of_orders("");
    world.apply().await;
    let before = world.orders();
    world.happened();

    world.start_of_orders("stop_on_destroy = true");
    let plan = world.plan().await;
    assert_eq!(plan.actions(), ["update"]);
    assert!(
        plan.unknown().is_empty(),
        "nothing will be started: {:?}",
        plan.unknown()
    );
    world.happened();
    let apply = world.run(&["apply", "planned"]).await;
    assert!(apply.success(), "{apply}");
    assert!(
        world.requests().is_empty(),
        "not even a look: {:?}",
        world.requests()
    );
    let after = world.orders();
    assert_eq!(after["stop_on_destroy"], true);
    assert_eq!(after["started_at"], before["started_at"]);
    world.plan_is_empty().await;
}

pub(super) async fn one_hundred_starts_in_one_apply(world: World) {
    for number in 0..100 {
        world.atlas.add_processor(&format!("p-{number}"), "STOPPED");
    }
    let group = atlas_simulator::known::GROUP_ID;
    let tenant = atlas_simulator::known::TENANT;
    world.write(
        "main.tf",
        &format!(
            r#"
resource "atlas_stream_processor_start" "all" {{
  count          = 100
  group_id       = "{group}"
  tenant_name    = "{tenant}"
  processor_name = "p-${{count.index}}"
}}
"#
        ),
    );
    let apply = world.apply().await;
    assert!(apply.says("100 added"), "{apply}");
    let mut happened = world.happened();
    happened.sort();
    let mut expected: Vec<_> = (0..100)
        .map(|number| format!(":start p-{number}"))
        .collect();
    expected.sort();
    assert_eq!(happened, expected, "each exactly once");
    world.plan_is_empty().await;
    assert!(world.happened().is_empty());
}
