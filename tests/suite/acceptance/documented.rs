//! What the documentation shows, a host accepts: every example and every configuration in the README.

use std::path::Path;

use super::world::World;

pub(super) async fn the_examples_are_valid(world: World) {
    let resource = "resources/atlas_stream_processor_start/resource.tf";
    validates(
        &world,
        &[&example("provider/provider.tf"), &example(resource)],
    )
    .await;
}

pub(super) async fn the_example_of_an_import_by_identity_is_valid(world: World) {
    let folder = "resources/atlas_stream_processor_start";
    let files = [
        format!("{folder}/resource.tf"),
        format!("{folder}/import-by-identity.tf"),
    ];
    validates(
        &world,
        &[
            &example("provider/provider.tf"),
            &example(&files[0]),
            &example(&files[1]),
        ],
    )
    .await;
}

pub(super) async fn the_examples_of_data_sources_are_valid(world: World) {
    for source in ["atlas_stream_processor", "atlas_stream_processors"] {
        let source = format!("data-sources/{source}/data-source.tf");
        validates(
            &world,
            &[&example("provider/provider.tf"), &example(&source)],
        )
        .await;
    }
}

pub(super) async fn the_examples_of_actions_are_valid(world: World) {
    for action in ["start", "stop"] {
        let action = format!("actions/atlas_stream_processor_{action}/action.tf");
        validates(
            &world,
            &[&example("provider/provider.tf"), &example(&action)],
        )
        .await;
    }
}

pub(super) async fn the_readme_is_valid(world: World) {
    let readme =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let blocks: Vec<&str> = readme
        .split("```hcl\n")
        .skip(1)
        .filter_map(|block| block.split("```").next())
        .collect();
    assert!(blocks.len() >= 3, "the README lost its configurations");
    let address = terraform_provider_atlas::provider::SOURCE_ADDRESS;
    let requires = format!(
        "terraform {{\n  required_providers {{\n    atlas = {{ source = \"{address}\" }}\n  }}\n}}\n"
    );
    for block in blocks {
        if block.contains("action \"") && !world.terraform.host().knows_actions() {
            continue;
        }
        let whole = if block.contains("required_providers") {
            block.to_owned()
        } else {
            format!("{requires}{block}")
        };
        validates(&world, &[&whole]).await;
    }
}

fn example(path: &str) -> String {
    std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("examples")
            .join(path),
    )
    .unwrap()
}

async fn validates(world: &World, files: &[&str]) {
    // The files bring their own requirements.
    let _ = world.terraform.remove("versions.tf");
    world.write("main.tf", &files.join("\n"));
    let run = world.run(&["validate"]).await;
    assert!(run.success(), "{}\n{run}", files.join("\n"));
    assert!(world.requests().is_empty(), "validation asks nothing");
}
