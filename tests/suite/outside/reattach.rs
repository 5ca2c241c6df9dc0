//! A provider that runs for debugging, under real Terraform: several commands, one after another, attach to one process.

use crate::protocol::by_hand::debug;
use crate::protocol::core::{PROCESSOR, START, atlas};
use atlas_simulator::{Operation, known};
use plugin_host::terraform::{DEFAULT_VERSION, Host, Run, Workdir};
use rustix::process::{Pid, Signal, kill_process};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;
use terraform_provider_atlas::provider::SOURCE_ADDRESS;
use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixStream;

/// A run that must end with this exit code.
async fn run(terraform: &Workdir, arguments: &[&str], status: i32) -> Run {
    let run = terraform.run(arguments).await.unwrap();
    assert_eq!(run.status, status, "{run}");
    run
}

/// How many come who are no host.
const CROWD: usize = 200;

/// The socket has no TLS, and so whoever could reach it could call.
fn assert_private(socket: &Path) {
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(socket), 0o600);
    assert_eq!(mode(socket.parent().unwrap()), 0o700);
}

/// A crowd at the door: some say nothing, some what no host would say. They stay for as long as what is returned.
async fn crowd(socket: &Path) -> Vec<UnixStream> {
    let mut guests = Vec::new();
    for words in ["", "GET / HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n"]
        .into_iter()
        .cycle()
        .take(CROWD)
    {
        let mut guest = UnixStream::connect(socket).await.unwrap();
        // One that has been sent away already has nobody to talk to.
        let _ = guest.write_all(words.as_bytes()).await;
        guests.push(guest);
    }
    guests
}

#[tokio::test]
async fn one_process_serves_terraforms_commands_until_it_is_interrupted() {
    let (simulator, base_url) = atlas().await;
    let (mut provider, _stdout, reattach) = debug().await;
    let host = Host::fetch(DEFAULT_VERSION).unwrap();
    // Terraform is told of no executable: whatever works, works with the process that runs already.
    let mut terraform = Workdir::new(&host).unwrap();
    terraform.env("TF_REATTACH_PROVIDERS", reattach.to_string());
    let (group, tenant, token) = (known::GROUP_ID, known::TENANT, known::ACCESS_TOKEN);
    let configuration = format!(
        r#"
terraform {{
  required_providers {{
    atlas = {{ source = "{SOURCE_ADDRESS}" }}
  }}
}}

provider "atlas" {{
  base_url     = "{base_url}"
  access_token = "{token}"
}}

resource "{START}" "orders" {{
  group_id        = "{group}"
  tenant_name     = "{tenant}"
  processor_name  = "{PROCESSOR}"
  stop_on_destroy = true
}}
"#
    );
    terraform.write("main.tf", &configuration).unwrap();
    run(&terraform, &["init"], 0).await;

    let socket = reattach[SOURCE_ADDRESS]["Addr"]["String"].as_str();
    let socket = Path::new(socket.unwrap());
    assert_private(socket);
    let _guests = crowd(socket).await;

    for round in 1..=2 {
        run(
            &terraform,
            &["plan", "-detailed-exitcode", "-out=planned"],
            2,
        )
        .await;
        let apply = run(&terraform, &["apply", "planned"], 0).await;
        assert!(apply.says("1 added"), "{apply}");
        assert_eq!(simulator.state(PROCESSOR).as_deref(), Some("STARTED"));
        assert_eq!(simulator.calls(Operation::Start), round);

        run(&terraform, &["plan", "-detailed-exitcode"], 0).await;
        let destroy = run(&terraform, &["destroy", "-auto-approve"], 0).await;
        assert!(destroy.says("1 destroyed"), "{destroy}");
        assert_eq!(simulator.state(PROCESSOR).as_deref(), Some("STOPPED"));
        assert_eq!(simulator.calls(Operation::Stop), round);
    }

    assert_eq!(provider.try_wait().unwrap(), None, "a host has ended it");
    let id = i32::try_from(provider.id().unwrap()).unwrap();
    kill_process(Pid::from_raw(id).unwrap(), Signal::INT).unwrap();
    let end = tokio::time::timeout(Duration::from_secs(10), provider.wait());
    assert_eq!(end.await.unwrap().unwrap().code(), Some(0));
    assert!(!socket.exists());
}
