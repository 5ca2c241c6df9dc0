//! What the README shows, a host accepts.

use std::path::Path;

use super::world::World;

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
        validates(&world, &whole).await;
    }
}

async fn validates(world: &World, configuration: &str) {
    // It brings its own requirements.
    let _ = world.terraform.remove("versions.tf");
    world.write("main.tf", configuration);
    let run = world.run(&["validate"]).await;
    assert!(run.success(), "{configuration}\n{run}");
    assert!(world.requests().is_empty(), "validation asks nothing");
}
