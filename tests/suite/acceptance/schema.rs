//! The schema as a host prints it: a change in what configurations may hold shows in a diff, and is meant.

use serde_json::Value;
use terraform_provider_atlas::provider::SOURCE_ADDRESS;

use super::world::World;

/// How to renew the golden file; it goes with every failure.
const RENEWAL: &str = "If the change is meant: INSTA_UPDATE=always cargo test --test suite acceptance::under_real_hosts::schema";

/// Older hosts print less, so that only one that knows actions can tell.
pub(super) async fn the_host_prints_the_schema_that_is_committed(world: World) {
    let run = world.run(&["providers", "schema", "-json"]).await;
    assert!(run.success(), "{run}");
    let printed: Value = serde_json::from_str(&run.stdout).unwrap();
    let schema = &printed["provider_schemas"][SOURCE_ADDRESS];
    for part in [
        "provider",
        "resource_schemas",
        "data_source_schemas",
        "resource_identity_schemas",
        "action_schemas",
    ] {
        assert!(schema[part].is_object(), "{part} is missing\n{run}");
    }
    assert!(world.requests().is_empty(), "a schema asks nothing");

    // serde_json's objects are sorted by key. The envelope is the host's own: its version changes without us.
    let text = format!("{schema:#}");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("golden");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(RENEWAL);
    settings.bind(|| insta::assert_snapshot!("schema", text));
}
