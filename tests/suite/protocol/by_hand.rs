//! What a person does with the binary: arguments, and the provider that hosts attach to.

use super::{answers, launch};
use plugin_host::{Network, attach};
use serde_json::Value;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};

#[tokio::test]
async fn arguments_are_answered_without_a_host() {
    let version = launch()
        .cookie(None)
        .argument("--version")
        .output()
        .await
        .unwrap();
    assert!(version.status.success());
    assert_eq!(
        String::from_utf8(version.stdout).unwrap().trim(),
        env!("CARGO_PKG_VERSION")
    );
    let help = launch()
        .cookie(None)
        .argument("-help")
        .output()
        .await
        .unwrap();
    assert!(help.status.success() && String::from_utf8(help.stdout).unwrap().contains("-debug"));
    let unknown = launch().argument("-port").output().await.unwrap();
    assert_eq!(unknown.status.code(), Some(2));
    assert!(
        unknown.stdout.is_empty() && String::from_utf8(unknown.stderr).unwrap().contains("-port")
    );
}

/// Starts the provider for debugging, and reads from what it prints where it can be attached to.
pub(crate) async fn debug() -> (Child, BufReader<ChildStdout>, Value) {
    let (mut command, _) = launch().cookie(None).argument("-debug").command().unwrap();
    attachable(command.stderr(Stdio::null())).await
}

/// Starts a provider, and reads from what it prints where it can be attached to.
pub(super) async fn attachable(command: &mut Command) -> (Child, BufReader<ChildStdout>, Value) {
    let mut child = command.spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("TF_REATTACH_PROVIDERS='") {
        line.clear();
        assert_ne!(
            stdout.read_line(&mut line).await.unwrap(),
            0,
            "no variable was printed"
        );
    }
    let variable = line
        .trim()
        .strip_prefix("TF_REATTACH_PROVIDERS='")
        .unwrap()
        .strip_suffix('\'')
        .unwrap();
    let reattach: Value = serde_json::from_str(variable).unwrap();
    (child, stdout, reattach)
}

#[tokio::test]
async fn a_provider_for_debugging_serves_one_host_after_another_until_it_is_interrupted() {
    use rustix::process::{Pid, Signal, kill_process};
    let (mut child, _stdout, reattach) = debug().await;
    let providers = reattach.as_object().unwrap();
    // A short source is looked for in its own registry by each of the two products.
    let addresses: Vec<_> = providers.keys().map(String::as_str).collect();
    assert_eq!(
        addresses,
        [
            "registry.opentofu.org/stream-start/atlas",
            "registry.terraform.io/stream-start/atlas"
        ]
    );
    let plugin = &providers[addresses[0]];
    assert_eq!(plugin, &providers[addresses[1]]);
    assert_eq!(
        (&plugin["Protocol"], plugin["ProtocolVersion"].as_u64()),
        (&Value::from("grpc"), Some(6))
    );
    assert_eq!(
        (plugin["Pid"].as_u64(), &plugin["Test"]),
        (child.id().map(u64::from), &Value::Bool(true))
    );
    assert_eq!(plugin["Addr"]["Network"], "unix");
    let socket = Network::Unix(plugin["Addr"]["String"].as_str().unwrap().into());
    for _ in 0..3 {
        answers(attach(socket.clone()).await.unwrap())
            .await
            .unwrap();
    }
    kill_process(
        Pid::from_raw(child.id().unwrap().try_into().unwrap()).unwrap(),
        Signal::INT,
    )
    .unwrap();
    let status = tokio::time::timeout(Duration::from_secs(2), child.wait())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(status.code(), Some(0));
    let Network::Unix(path) = socket else {
        panic!("no Unix socket")
    };
    assert!(!path.exists());
}
