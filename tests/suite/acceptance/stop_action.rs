//! The action that stops: from the command line, and around a change that needs the processor at rest.

use atlas_simulator::{Effect, Fault, Operation};

use super::world::{World, action, start_action};

const STOP: &str = "atlas_stream_processor_stop";

const INVOKE: [&str; 3] = [
    "apply",
    "-auto-approve",
    "-invoke=action.atlas_stream_processor_stop.orders",
];

pub(super) async fn an_invocation_stops_with_progress(world: World) {
    world.write("action.tf", &action(STOP, "orders", "orders", ""));
    world.atlas.set_state("orders", "STARTED");
    let run = world.run(&INVOKE).await;
    assert!(
        run.success() && run.says("triggered by CLI") && run.says("is STOPPED"),
        "{run}"
    );
    assert_eq!(world.happened(), [":stop orders"]);

    // At rest already: success, and no request to stop it.
    let run = world.run(&INVOKE).await;
    assert!(run.success() && run.says("Nothing to do"), "{run}");
    assert!(world.happened().is_empty());
}

/// A resource of Terraform's own in the place of the official provider's, whose change wants the processor at rest.
fn pipeline(version: &str, triggers: &str) -> String {
    format!(
        r#"
resource "terraform_data" "pipeline" {{
  input = "{version}"
  lifecycle {{
{triggers}
  }}
}}
"#
    )
}

fn trigger(event: &str, action: &str) -> String {
    format!(
        "    action_trigger {{\n      events  = [{event}]\n      actions = [action.{action}.orders]\n    }}"
    )
}

pub(super) async fn a_change_finds_the_processor_at_rest_and_leaves_it_started(world: World) {
    let actions = action(STOP, "orders", "orders", "") + &start_action("orders", "orders", "");
    world.write("action.tf", &actions);
    world.atlas.set_state("orders", "STARTED");
    let triggers = [
        trigger("before_update", STOP),
        trigger("after_update", "atlas_stream_processor_start"),
    ];
    let triggers = triggers.join("\n");
    world.write("main.tf", &pipeline("1", &triggers));
    world.apply().await;
    assert!(world.happened().is_empty());
    world.write("main.tf", &pipeline("2", &triggers));
    let apply = world.apply().await;
    assert!(apply.says("Actions: 2 invoked"), "{apply}");
    assert_eq!(world.happened(), [":stop orders", ":start orders"]);
    world.plan_is_empty().await;
}

pub(super) async fn what_is_destroyed_is_stopped_before(world: World) {
    let stop = action(STOP, "orders", "PLACE", "").replace("\"PLACE\"", "caller.input");
    world.write("action.tf", &stop);
    world.atlas.set_state("orders", "STARTED");
    world.write(
        "main.tf",
        &pipeline("orders", &trigger("before_destroy", STOP)),
    );
    world.apply().await;
    assert!(world.happened().is_empty());
    let destroy = world.destroy().await;
    assert!(destroy.says("is STOPPED"), "{destroy}");
    assert_eq!(world.happened(), [":stop orders"]);
}

/// As where the resource that is replaced is the processor's own, or takes it with it.
pub(super) async fn a_replace_whose_processor_is_gone_goes_on(world: World) {
    world.write("action.tf", &action(STOP, "orders", "orders", ""));
    world.atlas.set_state("orders", "STARTED");
    let triggers = trigger("before_destroy", STOP);
    world.write("main.tf", &pipeline("1", &triggers));
    world.apply().await;
    world.atlas.remove_processor("orders");
    let replace = ["apply", "-auto-approve", "-replace=terraform_data.pipeline"];
    let apply = world.run(&replace).await;
    assert!(
        apply.success()
            && apply.says("1 added")
            && apply.says("Nothing to stop: there is no stream processor"),
        "{apply}"
    );
    assert!(world.happened().is_empty());
}

pub(super) async fn a_refused_stop_halts_the_change(world: World) {
    world
        .atlas
        .fault(Fault::on(Operation::Stop, Effect::access_forbidden()).always());
    world.write("action.tf", &action(STOP, "orders", "orders", ""));
    world.atlas.set_state("orders", "STARTED");
    let triggers = trigger("before_update", STOP);
    world.write("main.tf", &pipeline("1", &triggers));
    world.apply().await;
    world.write("main.tf", &pipeline("2", &triggers));
    let apply = world.apply_fails().await;
    for words in [
        "Cannot stop stream processor",
        "403",
        "Project Stream Processing Owner",
    ] {
        assert!(apply.says(words), "{words}\n{apply}");
    }
    assert_eq!(world.happened(), [":stop orders"]);
    assert_eq!(world.atlas.state("orders").as_deref(), Some("STARTED"));
}
