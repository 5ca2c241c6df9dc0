//! The example files do what they show: each folder of them is formatted, validated, applied, found settled, and destroyed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use atlas_simulator::known;
use plugin_host::terraform::Host;

use super::world::World;
use crate::in_memory::words::tell;

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

pub(super) async fn all_are_formatted(world: World) {
    let examples = examples();
    let folder = examples.to_str().expect("a path in Unicode");
    let run = world
        .run(&["fmt", "-check", "-diff", "-recursive", folder])
        .await;
    assert!(run.success(), "{run}");
}

pub(super) async fn all_are_applied_and_destroyed(mut world: World) {
    // What the example of ephemeral variables asks for.
    world
        .terraform
        .env("TF_VAR_client_id", known::CLIENT_ID)
        .env("TF_VAR_client_secret", known::CLIENT_SECRET);
    let _ = world.terraform.remove("versions.tf");
    world.atlas.add_processor("replay", "STOPPED");
    let folders = folders();
    assert!(folders.len() >= 9, "{folders:?}");
    let mut happened = Vec::new();
    for (folder, files) in folders {
        let names: Vec<String> = files
            .into_iter()
            .filter(|file| is_tried_by(world.terraform.host(), file))
            .map(|file| copied(&world, &file))
            .collect();
        if names.is_empty() {
            continue;
        }
        let texts = names.iter().map(|name| {
            fs::read_to_string(world.terraform.path().join(name)).expect("it was copied")
        });
        let text = texts.collect::<String>();
        if !text.contains("required_providers") {
            let provider = examples().join("provider/provider.tf");
            world.write(
                "provider.tf",
                &fs::read_to_string(provider).expect("a file"),
            );
        }
        for name in ["orders", "replay"] {
            world.atlas.set_state(name, "STOPPED");
        }
        world.apply().await;
        world.plan_is_empty().await;
        for action in actions(&text) {
            let invoke = format!("-invoke={action}");
            let run = world.run(&["apply", "-auto-approve", &invoke]).await;
            assert!(run.success(), "{folder}, {action}: {run}");
        }
        world.destroy().await;
        happened.extend(world.happened());
        for name in names.iter().map(String::as_str).chain(["provider.tf"]) {
            let _ = world.terraform.remove(name);
        }
    }
    let has_happened = |what: &str| happened.iter().any(|one| one.starts_with(what));
    assert!(has_happened(":start orders"), "{happened:?}");
    assert!(has_happened(":startWith replay"), "{happened:?}");
    if world.terraform.host().knows_actions() {
        assert!(has_happened(":stop orders"), "{happened:?}");
        let moves = |one: &&String| one.contains("OREGON_USA");
        assert_eq!(happened.iter().filter(moves).count(), 2, "{happened:?}");
    }
}

pub(super) async fn the_tests_of_ones_own_configuration_pass(world: World) {
    let folder = examples().join("guides/testing");
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("a file");
    world.write("main.tf", &read("main.tf"));
    fs::create_dir(world.terraform.path().join("tests")).expect("a folder");
    world.write("tests/start.tftest.hcl", &read("tests/start.tftest.hcl"));
    let run = world.run(&["test"]).await;
    assert!(run.success(), "{run}");
    assert!(run.says("2 passed, 0 failed"), "{run}");
    assert!(world.requests().is_empty(), "a mock asks nobody");
    // What it asserts is true of the simulator too, where nothing is made up.
    world.atlas.add_processor("replay", "STOPPED");
    world.apply().await;
    let states = world.run(&["output", "-json", "states"]).await;
    assert_eq!(
        states.stdout.trim(),
        r#"{"orders":"STARTED","replay":"STARTED"}"#
    );
}

pub(super) async fn a_failed_processor_fails_the_plan_of_the_ci_guide(world: World) {
    let guide = examples().join("guides/ci/main.tf");
    world.write("main.tf", &fs::read_to_string(guide).expect("a file"));
    let plan = world.plan_is_empty().await;
    assert!(!plan.says("FAILED"), "{plan}");

    // One that the postcondition is not about: the check warns of it, and the plan goes on.
    world.atlas.add_processor("replay", "FAILED");
    let plan = world.plan_is_empty().await;
    let warning = "Some stream processors of workspace-1 are FAILED.";
    assert!(plan.says(warning), "{plan}");

    world.atlas.set_state("replay", "STARTED");
    world.atlas.set_state("orders", "FAILED");
    let plan = world.run(&["plan", "-detailed-exitcode"]).await;
    assert_eq!(plan.status, 1, "{plan}");
    let error = "The stream processor orders is FAILED: read its Logs tab in Atlas.";
    assert!(plan.says(error), "{plan}");

    world.atlas.set_state("orders", "STARTED");
    let plan = world.plan_is_empty().await;
    assert!(!plan.says("FAILED"), "{plan}");
    assert!(world.happened().is_empty(), "a look changes nothing");
}

/// The `.tf` files of each folder that has some, but for the provider's own, which goes with all of them.
fn folders() -> BTreeMap<String, Vec<PathBuf>> {
    let mut found = BTreeMap::new();
    let mut left = vec![examples()];
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|extension| extension == "tf") {
                let name = folder.strip_prefix(examples()).expect("it is below");
                let files: &mut Vec<PathBuf> = found.entry(name.display().to_string()).or_default();
                files.push(path);
            }
        }
    }
    found.remove("provider");
    found
}

/// Whether this host knows what is in the file. Where it does not, the reader of a green run is told.
fn is_tried_by(host: &Host, file: &Path) -> bool {
    let is_known = is_known_to(host, file);
    if !is_known {
        let file = file.strip_prefix(examples()).expect("it is below");
        tell(&format!("examples: {} is not for {host}\n", file.display()));
    }
    is_known
}

/// Whether this host is as new as the file's first line asks for; without such a line any host is.
fn is_known_to(host: &Host, file: &Path) -> bool {
    let text = fs::read_to_string(file).expect("a file");
    let asked = text
        .strip_prefix("# Terraform ")
        .and_then(|rest| rest.split_once(" and later"))
        .and_then(|(version, _)| version.split_once('.'));
    let Some((major, minor)) = asked else {
        return true;
    };
    let number = |text: &str| text.parse::<u32>().expect("a version");
    // OpenTofu counts otherwise, and has no actions.
    host.is_at_least(number(major), number(minor))
        && (host.knows_actions() || !text.contains("\naction \""))
        && (host.knows_ephemeral_values() || !text.contains("ephemeral = true"))
}

fn copied(world: &World, file: &Path) -> String {
    let name = file.file_name().and_then(|name| name.to_str());
    let name = name.expect("a name in Unicode").to_owned();
    world.write(&name, &fs::read_to_string(file).expect("a file"));
    name
}

/// The addresses of the actions in a configuration.
fn actions(text: &str) -> Vec<String> {
    let labels = text.lines().filter_map(|line| {
        let labels = line.strip_prefix("action \"")?.strip_suffix("\" {")?;
        let (type_name, name) = labels.split_once("\" \"")?;
        Some(format!("action.{type_name}.{name}"))
    });
    labels.collect()
}
