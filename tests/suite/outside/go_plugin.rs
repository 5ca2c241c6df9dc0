//! HashiCorp's own go-plugin as the host: what our host and our plugin agree on may still be wrong.

use super::not_here;
use crate::protocol::core::START;
use plugin_host::terraform::target_directory;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn hashicorps_own_host_starts_calls_and_ends_the_provider() {
    let go = Command::new("go").arg("version").output();
    if !go.is_ok_and(|output| output.status.success()) {
        not_here("that HashiCorp's go-plugin is served", "no `go` on PATH");
        return;
    }
    let output = Command::new(build())
        .args([env!("CARGO_BIN_EXE_terraform-provider-atlas"), START])
        // It would have the connection unencrypted or the socket elsewhere.
        .env_remove("TF_DISABLE_PLUGIN_TLS")
        .env_remove("PLUGIN_UNIX_SOCKET_DIR")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let mut seen: Value = serde_json::from_slice(&output.stdout).unwrap();

    let size = seen["schema_bytes"].take().as_u64().unwrap();
    assert!(size > 1000, "the schema is {size} bytes long");
    let microseconds = seen["ended_us"].take();
    assert!(microseconds.is_u64(), "{microseconds}");
    assert_eq!(
        seen,
        json!({
            "protocol": 6,
            "tls": "TLS 1.3",
            "alpn": "h2",
            "schema_bytes": null,
            "has_type": true,
            // Of its own accord; one that go-plugin had to kill after two seconds has none.
            "exit_code": 0,
            "ended_us": null,
        }),
        "{said}"
    );
    assert!(!said.contains("failed to exit gracefully"), "{said}");
}

/// The client, built with what go.sum promises.
fn build() -> PathBuf {
    let client = target_directory().join("go-plugin-client");
    let output = Command::new("go")
        .args(["build", "-mod=readonly", "-buildvcs=false", "-o"])
        .arg(&client)
        .arg(".")
        .current_dir(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/outside/go-plugin-client"),
        )
        // Neither flags nor a workspace of this machine have a say.
        .env("GOFLAGS", "")
        .env("GOWORK", "off")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    client
}
