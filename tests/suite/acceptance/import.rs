//! Import: what somebody else has started becomes ours without being touched.

use std::fs;
use std::path::{Path, PathBuf};

use atlas_simulator::known::{GROUP_ID, TENANT};

use super::world::{ORDERS, World, start};

pub(super) async fn by_id_then_a_clean_plan(world: World) {
    world.atlas.set_state("orders", "STARTED");
    world.start_of_orders("");
    let import = world
        .run(&["import", ORDERS, &format!("{GROUP_ID}/{TENANT}/orders")])
        .await;
    assert!(import.success(), "{import}");
    assert_eq!(world.orders()["state"], "STARTED");
    world.plan_is_empty().await;
    assert!(world.happened().is_empty());
}

pub(super) async fn the_documented_command_then_a_clean_plan(world: World) {
    let scripts = commands();
    assert!(!scripts.is_empty());
    for script in scripts {
        let text = fs::read_to_string(&script).unwrap();
        let address = text
            .split_whitespace()
            .find(|word| word.starts_with("atlas_"))
            .unwrap();
        let (type_name, label) = address.split_once('.').unwrap();
        assert_eq!(script.parent().unwrap().file_name().unwrap(), type_name);
        world.atlas.set_state("orders", "STARTED");
        world.write("main.tf", &start(label, "orders", ""));
        let import = world.terraform.run_script(&text).await.unwrap();
        assert!(import.success(), "{import}");
        assert!(import.says("Import successful!"), "{import}");
        let imported = world.terraform.attributes(address).unwrap();
        assert_eq!(imported["state"], "STARTED", "{imported}");
        world.plan_is_empty().await;
        assert!(world.happened().is_empty());
    }
}

/// The files with the command that a resource is imported by.
fn commands() -> Vec<PathBuf> {
    let resources = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/resources");
    let folders = fs::read_dir(resources).unwrap();
    let files = folders.map(|folder| folder.unwrap().path().join("import.sh"));
    files.filter(|file| file.exists()).collect()
}

pub(super) async fn by_identity_then_a_clean_plan(world: World) {
    world.atlas.set_state("orders", "STARTED");
    world.start_of_orders("");
    world.write(
        "import.tf",
        &format!(
            r#"
import {{
  to = {ORDERS}
  identity = {{
    group_id       = "{GROUP_ID}"
    tenant_name    = "{TENANT}"
    processor_name = "orders"
  }}
}}
"#
        ),
    );
    let apply = world.apply().await;
    assert!(
        apply.says("1 imported, 0 added, 0 changed, 0 destroyed"),
        "{apply}"
    );
    assert_eq!(world.orders()["id"], format!("{GROUP_ID}/{TENANT}/orders"));
    world.plan_is_empty().await;
    assert!(world.happened().is_empty());
}

pub(super) async fn the_first_change_after_an_import_bounces_nothing(world: World) {
    world.atlas.set_state("orders", "STARTED");
    world.start_of_orders(
        "tier = \"SP10\"\n  triggers = { release = \"1\" }\n  if_started = \"restart\"",
    );
    let import = world
        .run(&["import", ORDERS, &format!("{GROUP_ID}/{TENANT}/orders")])
        .await;
    assert!(import.success(), "{import}");

    let plan = world.plan().await;
    assert_eq!(plan.actions(), ["update"]);
    assert!(plan.unknown().is_empty(), "{:?}", plan.unknown());
    world.apply().await;
    assert!(world.happened().is_empty(), "adopted");
    assert_eq!(world.orders()["tier"], "SP10");
    world.plan_is_empty().await;

    // The second change is one like any other.
    world.start_of_orders(
        "tier = \"SP30\"\n  triggers = { release = \"1\" }\n  if_started = \"restart\"",
    );
    world.apply().await;
    assert_eq!(
        world.happened(),
        [":stop orders", r#":startWith orders {"tier":"SP30"}"#]
    );
}
