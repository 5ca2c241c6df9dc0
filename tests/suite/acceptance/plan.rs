//! What a plan needs and what it must not need: no credentials for a new start, no API at all without a refresh.

use atlas_simulator::known;

use super::world::World;

pub(super) async fn without_credentials_a_new_start_can_be_planned(mut world: World) {
    world.terraform.env_remove("MONGODB_ATLAS_ACCESS_TOKEN");
    world.start_of_orders("");
    let plan = world.plan().await;
    assert_eq!(plan.actions(), ["create"]);
    assert!(world.requests().is_empty());

    let apply = world.apply_fails().await;
    assert!(
        apply.says("MONGODB_ATLAS_ACCESS_TOKEN") || apply.says("access_token"),
        "{apply}"
    );
    assert!(world.requests().is_empty());
}

pub(super) async fn with_state_and_without_credentials_the_error_names_the_way_out(
    mut world: World,
) {
    world.start_of_orders("");
    world.apply().await;
    world.happened();
    world.terraform.env_remove("MONGODB_ATLAS_ACCESS_TOKEN");
    let plan = world.run(&["plan"]).await;
    assert_eq!(plan.status, 1, "{plan}");
    assert!(plan.says("-refresh=false"), "{plan}");
    let plan = world
        .run(&["plan", "-refresh=false", "-detailed-exitcode"])
        .await;
    assert_eq!(plan.status, 0, "{plan}");
    assert!(world.requests().is_empty());
}

pub(super) async fn an_unknown_project_is_known_at_apply(world: World) {
    let (group, tenant) = (known::GROUP_ID, known::TENANT);
    world.write(
        "main.tf",
        &format!(
            r#"
resource "terraform_data" "project" {{
  input = "{group}"
}}

resource "atlas_stream_processor_start" "orders" {{
  group_id       = terraform_data.project.output
  tenant_name    = "{tenant}"
  processor_name = "orders"
}}
"#
        ),
    );
    let plan = world.plan().await;
    assert_eq!(plan.actions(), ["create"]);
    assert_eq!(
        plan.unknown(),
        ["group_id", "id", "processor_id", "started_at", "state"]
    );
    world.apply().await;
    assert_eq!(world.happened(), [":start orders"]);
    world.plan_is_empty().await;
}

pub(super) async fn an_unknown_provider_block_keeps_the_prior_state(world: World) {
    let provider = |generation: u32| {
        format!(
            r#"
resource "terraform_data" "url" {{
  input            = "{}"
  triggers_replace = "{generation}"
}}

provider "atlas" {{
  base_url = terraform_data.url.output
}}
"#,
            world.base_url
        )
    };
    world.start_of_orders("");
    world.write("provider.tf", &provider(1));
    let plan = world.plan().await;
    assert_eq!(
        plan.actions(),
        ["create"],
        "the plan goes on without the API"
    );
    world.apply().await;
    assert_eq!(world.happened(), [":start orders"]);

    world.write("provider.tf", &provider(2));
    let plan = world.plan().await;
    assert_eq!(plan.actions(), ["no-op"]);
    assert!(plan.run.says("Warning"), "{}", plan.run);
    assert!(world.requests().is_empty(), "nobody knows where to ask");
    world.apply().await;
    assert!(world.happened().is_empty());
    world.plan_is_empty().await;
}

pub(super) async fn without_refresh_nothing_is_asked(world: World) {
    world.start_of_orders("");
    world.apply().await;
    world.happened();
    world.atlas.set_state("orders", "STOPPED");
    let plan = world
        .run(&["plan", "-refresh=false", "-detailed-exitcode"])
        .await;
    assert_eq!(plan.status, 0, "{plan}");
    assert!(world.requests().is_empty());
}
