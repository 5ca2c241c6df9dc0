//! The registry's own tool reads the pages beside the schema, as it does before it shows them.

use std::env;
use std::process::Command;

use serde_json::{Value, json};

use super::super::root;
use crate::in_memory::words::tell;

/// Names the tool's executable.
const TOOL: &str = "ATLAS_TEST_TFPLUGINDOCS";

/// Of a schema file the tool reads the entry of this provider alone, or that of this address: it is made for providers that it
/// builds itself, and those it installs there, whatever the address that they will have.
const ADDRESS: &str = "registry.terraform.io/hashicorp/atlas";

#[test]
fn the_pages_and_the_schema_are_accepted() {
    let Some(tool) = env::var_os(TOOL) else {
        tell(&format!(
            "tfplugindocs validate: not run here, {TOOL} names no executable\n"
        ));
        return;
    };
    // What a real host printed.
    let golden = include_str!("../../acceptance/golden/schema.snap");
    let (_, schema) = golden
        .split_once("\n---\n")
        .expect("a head, and the schema");
    let schema: Value = serde_json::from_str(schema).expect("JSON");
    let printed = json!({ "format_version": "1.0", "provider_schemas": { ADDRESS: schema } });
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("schema.json");
    std::fs::write(&file, printed.to_string()).expect("written");
    let run = Command::new(tool)
        .args(["validate", "--provider-name", "atlas", "--provider-dir"])
        .arg(root())
        .arg("--providers-schema")
        .arg(&file)
        .output()
        .expect("it runs");
    let said = [run.stdout, run.stderr].concat();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&said));
}
