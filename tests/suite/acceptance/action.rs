//! The action: from a trigger and from the command line, on the same engine as the resource.

use atlas_simulator::{Effect, Fault, Operation, known};

use super::world::{World, start_action};

const DEPLOYMENT: &str = r#"
resource "terraform_data" "deployment" {
  input = "1"
  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.atlas_stream_processor_start.orders]
    }
  }
}
"#;

/// Invokes the action that [`start_action`] labels `orders`.
pub(super) const INVOKE: [&str; 3] = [
    "apply",
    "-auto-approve",
    "-invoke=action.atlas_stream_processor_start.orders",
];

pub(super) async fn a_trigger_starts_with_progress(world: World) {
    world.write(
        "action.tf",
        &start_action("orders", "orders", r#"tier = "SP10""#),
    );
    world.write("main.tf", DEPLOYMENT);
    let apply = world.apply().await;
    assert_eq!(world.happened(), [r#":startWith orders {"tier":"SP10"}"#]);
    assert!(
        apply.says("Action action.atlas_stream_processor_start.orders (triggered by terraform_data.deployment):"),
        "{apply}"
    );
    assert!(
        apply.says("STARTED") && apply.says("Actions: 1 invoked"),
        "{apply}"
    );
    world.plan_is_empty().await;

    // Already STARTED is a success, and a line that says so.
    world.write("main.tf", &DEPLOYMENT.replace("\"1\"", "\"2\""));
    let apply = world.apply().await;
    assert!(world.happened().is_empty());
    assert!(apply.says("STARTED"), "{apply}");
}

pub(super) async fn an_invocation_starts_with_progress(world: World) {
    world.write("action.tf", &start_action("orders", "orders", ""));
    let run = world.run(&INVOKE).await;
    assert!(
        run.success() && run.says("triggered by CLI") && run.says("STARTED"),
        "{run}"
    );
    assert_eq!(world.happened(), [":start orders"]);
}

pub(super) async fn a_failover_is_sent_to_what_runs(world: World) {
    world.atlas.set_state("orders", "STARTED");
    let failover = "failover {\n      region  = \"OREGON_USA\"\n      dry_run = true\n    }";
    world.write("action.tf", &start_action("orders", "orders", failover));
    let run = world.run(&INVOKE).await;
    assert!(run.success(), "{run}");
    assert_eq!(
        world.happened(),
        [r#":startWith orders {"failover":{"dryRun":true,"region":"OREGON_USA"}}"#]
    );
}

pub(super) async fn an_error_names_what_atlas_said(world: World) {
    let refusal = Effect::no_payment_information(known::GROUP_ID);
    world
        .atlas
        .fault(Fault::on(Operation::Start, refusal).always());
    world.write("action.tf", &start_action("orders", "orders", ""));
    world.write("main.tf", DEPLOYMENT);
    let apply = world.apply_fails().await;
    for words in [
        "No payment information was found",
        "402",
        "NO_PAYMENT_INFORMATION_FOUND",
    ] {
        assert!(apply.says(words), "{words}\n{apply}");
    }
    assert_eq!(world.happened(), [":start orders"]);
}

/// A resource of Terraform's own whose life triggers the action.
fn triggered_by(event: &str, on_failure: &str) -> String {
    format!(
        r#"
resource "terraform_data" "deployment" {{
  input = "orders"
  lifecycle {{
    action_trigger {{
      events  = [{event}]
      actions = [action.atlas_stream_processor_start.orders]
      {on_failure}
    }}
  }}
}}
"#
    )
}

pub(super) async fn it_runs_around_a_destroy_for_its_caller(world: World) {
    let action = start_action("orders", "PLACE", r#"if_started = "restart""#)
        .replace("\"PLACE\"", "caller.input");
    world.write("action.tf", &action);
    for event in ["before_destroy", "after_destroy"] {
        world.atlas.set_state("orders", "STARTED");
        world.write("main.tf", &triggered_by(event, ""));
        world.apply().await;
        assert!(world.happened().is_empty(), "{event}");
        let destroy = world.destroy().await;
        assert!(destroy.says("is STARTED"), "{destroy}");
        assert_eq!(
            world.happened(),
            [":stop orders", ":start orders"],
            "{event}"
        );
    }
}

pub(super) async fn its_failure_halts_taints_or_is_passed_over(world: World) {
    let action = start_action("orders", "nobody", r#"timeout = "2s""#);
    world.write("action.tf", &action);
    for (on_failure, fails, tainted) in [
        ("halt", true, false),
        ("taint", true, true),
        ("continue", false, false),
    ] {
        world.write(
            "main.tf",
            &triggered_by("after_create", &format!("on_failure = {on_failure}")),
        );
        let apply = world.run(&["apply", "-auto-approve"]).await;
        assert_eq!(!apply.success(), fails, "{on_failure}: {apply}");
        assert!(
            apply.says("nobody") && apply.says("404"),
            "{on_failure}: {apply}"
        );
        let shown = world
            .run(&["state", "show", "terraform_data.deployment"])
            .await;
        assert_eq!(shown.says("tainted"), tainted, "{on_failure}: {shown}");
        world.destroy().await;
    }
}
