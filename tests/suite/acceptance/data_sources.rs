//! Data sources: what CI plans look at, and what a configuration for a whole workspace is made of.

use std::fs;
use std::path::Path;

use atlas_simulator::known;

use super::world::World;

/// The data source `type_name`, labelled `these`.
fn data(type_name: &str, arguments: &str) -> String {
    let (group, tenant) = (known::GROUP_ID, known::TENANT);
    format!(
        r#"
data "{type_name}" "these" {{
  group_id    = "{group}"
  tenant_name = "{tenant}"
  {arguments}
}}
"#
    )
}

fn one(arguments: &str) -> String {
    let arguments = format!("processor_name = \"orders\"\n  {arguments}");
    data("atlas_stream_processor", &arguments)
}

pub(super) async fn a_plan_reads_what_atlas_says(world: World) {
    let outputs = r#"
output "told" {
  value = jsonencode([
    data.atlas_stream_processor.these.state,
    data.atlas_stream_processor.these.dlq == null,
    try(length(jsondecode(data.atlas_stream_processor.these.pipeline)), -1) >= 0,
  ])
}
"#;
    world.write("main.tf", &format!("{}{outputs}", one("")));
    world.apply().await;
    let told = world.run(&["output", "-raw", "told"]).await;
    assert_eq!(told.stdout.trim(), r#"["CREATED",true,true]"#, "{told}");
    assert!(world.happened().is_empty());
    world.plan_is_empty().await;
    world.atlas.set_state("orders", "STARTED");
    let plan = world.plan().await;
    assert!(plan.run.says("STARTED"), "{}", plan.run);
}

pub(super) async fn a_failed_processor_fails_the_plan(world: World) {
    let postcondition = r#"
  lifecycle {
    postcondition {
      condition     = self.state != "FAILED"
      error_message = "The stream processor ${self.processor_name} is FAILED."
    }
  }"#;
    world.write("main.tf", &one(postcondition));
    world.plan_is_empty().await;
    world.atlas.set_state("orders", "FAILED");
    let plan = world.run(&["plan"]).await;
    assert_eq!(plan.status, 1, "{plan}");
    assert!(
        plan.says("The stream processor orders is FAILED."),
        "{plan}"
    );
}

pub(super) async fn a_check_warns_of_what_is_failed(world: World) {
    let check = r#"
check "none_failed" {
  assert {
    condition     = !contains(data.atlas_stream_processors.these.processors[*].state, "FAILED")
    error_message = "Some stream processors are FAILED."
  }
}
"#;
    let all = data("atlas_stream_processors", "");
    world.write("main.tf", &format!("{all}{check}"));
    let plan = world.plan_is_empty().await;
    assert!(!plan.says("Check block assertion failed"), "{plan}");
    world.atlas.set_state("orders", "FAILED");
    let plan = world.plan_is_empty().await;
    assert!(plan.says("Some stream processors are FAILED."), "{plan}");
}

pub(super) async fn what_is_known_at_apply_is_read_then(world: World) {
    world.write(
        "main.tf",
        r#"
resource "terraform_data" "name" {
  input = "orders"
}

data "atlas_stream_processor" "these" {
  group_id       = "0123456789abcdef01234567"
  tenant_name    = "workspace-1"
  processor_name = terraform_data.name.output
}

output "state" {
  value = data.atlas_stream_processor.these.state
}
"#,
    );
    let apply = world.apply().await;
    assert!(apply.says("state = \"CREATED\""), "{apply}");
    world.plan_is_empty().await;
}

pub(super) async fn one_that_does_not_exist_fails_the_plan(world: World) {
    world.write("main.tf", &one("").replace("\"orders\"", "\"nobody\""));
    let plan = world.run(&["plan"]).await;
    assert_eq!(plan.status, 1, "{plan}");
    for words in [
        "Cannot read stream processor \"nobody\"",
        "404",
        "processor_name",
    ] {
        assert!(plan.says(words), "{words}\n{plan}");
    }
}

/// How many processors a workspace has here; they fill several pages.
const MANY: usize = 200;

/// The whole configuration, as it is documented.
fn documented(path: &str) -> String {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    fs::read_to_string(examples.join(path)).expect("an example")
}

pub(super) async fn a_whole_workspace_is_started(world: World) {
    for number in 1..MANY {
        let state = ["CREATED", "STOPPED", "STARTED", "FAILED"][number % 4];
        world.atlas.add_processor(&format!("p{number:03}"), state);
    }
    let all = documented("data-sources/atlas_stream_processors/data-source.tf");
    world.write("main.tf", &all);
    let apply = world.apply().await;
    assert!(apply.says("200 added"), "{apply}");
    let happened = world.happened();
    // A quarter ran already, but for `orders`.
    assert_eq!(happened.len(), MANY - 50, "{happened:?}");
    assert!(happened.iter().all(|one| one.starts_with(":start ")));
    world.plan_is_empty().await;
    let destroy = world.destroy().await;
    assert!(destroy.says("200 destroyed"), "{destroy}");
    assert!(world.happened().is_empty());
}

pub(super) async fn those_that_were_stopped_are_started_and_stay_in_the_plan(world: World) {
    for number in 1..MANY {
        let state = ["CREATED", "STOPPED"][number % 2];
        world.atlas.add_processor(&format!("p{number:03}"), state);
    }
    world.write("main.tf", &documented("guides/workspaces/main.tf"));
    let apply = world.apply().await;
    assert!(apply.says("100 added"), "{apply}");
    assert_eq!(world.happened().len(), 100);
    assert_eq!(world.state_of_orders(), "CREATED");
    world.plan_is_empty().await;
}
