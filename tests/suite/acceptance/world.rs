//! The world of one scenario: a simulator of its own, a directory of its own, and one host that works there.

use std::path::Path;

use atlas_simulator::{Operation, Recorded, Simulator, known};
use plugin_host::terraform::{Host, Run, Workdir};
use serde_json::Value;
use terraform_provider_atlas::provider::SOURCE_ADDRESS;
use tokio::task::JoinHandle;

/// The resource that most scenarios are about.
pub(super) const ORDERS: &str = "atlas_stream_processor_start.orders";

/// Everything that a scenario can touch; dropped, all of it is gone.
pub(super) struct World {
    pub(super) atlas: Simulator,
    pub(super) terraform: Workdir,
    pub(super) base_url: String,
    server: JoinHandle<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl World {
    /// One workspace with the processor `orders`, CREATED; credentials and base URL in the environment.
    pub(super) async fn new(host: &Host) -> Self {
        let atlas = Simulator::new();
        atlas.add_processor("orders", "CREATED");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(atlas.clone().serve(listener));

        let mut terraform = Workdir::new(host).unwrap();
        terraform
            .provider(
                SOURCE_ADDRESS,
                Path::new(env!("CARGO_BIN_EXE_terraform-provider-atlas")),
            )
            .unwrap();
        terraform
            // A proxy of this machine does not know the loopback of this test.
            .env("NO_PROXY", "127.0.0.1")
            .env("MONGODB_ATLAS_BASE_URL", &base_url)
            .env("MONGODB_ATLAS_ACCESS_TOKEN", known::ACCESS_TOKEN);
        terraform
            .write(
                "versions.tf",
                &format!("terraform {{\n  required_providers {{\n    atlas = {{ source = \"{SOURCE_ADDRESS}\" }}\n  }}\n}}\n"),
            )
            .unwrap();
        Self {
            atlas,
            terraform,
            base_url,
            server,
        }
    }

    /// `main.tf` becomes the start of `orders` with these further arguments.
    pub(super) fn start_of_orders(&self, arguments: &str) {
        self.write("main.tf", &start("orders", "orders", arguments));
    }

    pub(super) fn write(&self, name: &str, hcl: &str) {
        self.terraform.write(name, hcl).unwrap();
    }

    pub(super) async fn run(&self, arguments: &[&str]) -> Run {
        self.terraform.run(arguments).await.unwrap()
    }

    /// Applies, and it must go well.
    pub(super) async fn apply(&self) -> Run {
        let run = self.run(&["apply", "-auto-approve"]).await;
        assert!(run.success(), "{run}");
        run
    }

    /// Applies, and it must not go well.
    pub(super) async fn apply_fails(&self) -> Run {
        let run = self.run(&["apply", "-auto-approve"]).await;
        assert_eq!(run.status, 1, "{run}");
        assert!(!run.says("inconsistent result after apply"), "{run}");
        run
    }

    pub(super) async fn destroy(&self) -> Run {
        let run = self.run(&["destroy", "-auto-approve"]).await;
        assert!(run.success(), "{run}");
        run
    }

    /// Plans; it must go well, and must have something to do.
    pub(super) async fn plan(&self) -> Plan {
        let run = self
            .run(&["plan", "-detailed-exitcode", "-out=planned"])
            .await;
        assert_eq!(run.status, 2, "a plan with changes was expected\n{run}");
        let show = self.run(&["show", "-json", "planned"]).await;
        assert!(show.success(), "{show}");
        let json: Value = serde_json::from_str(&show.stdout).unwrap();
        Plan { run, json }
    }

    /// Plans; it must go well, and must have nothing to do.
    pub(super) async fn plan_is_empty(&self) -> Run {
        let run = self.run(&["plan", "-detailed-exitcode"]).await;
        assert_eq!(run.status, 0, "an empty plan was expected\n{run}");
        run
    }

    /// What has happened to Atlas since the last call, in words: every request that is no GET and no token, with its
    /// body. This is what a scenario is judged by.
    pub(super) fn happened(&self) -> Vec<String> {
        let words = self.atlas.record().iter().filter_map(effect).collect();
        self.atlas.clear_record();
        words
    }

    /// All requests since the last look at [`Self::happened`].
    pub(super) fn requests(&self) -> Vec<Recorded> {
        self.atlas.record()
    }

    /// The attributes of [`ORDERS`] in the state.
    pub(super) fn orders(&self) -> Value {
        self.terraform.attributes(ORDERS).unwrap()
    }

    pub(super) fn state_of_orders(&self) -> String {
        self.atlas.state("orders").unwrap()
    }
}

fn effect(request: &Recorded) -> Option<String> {
    let verb = match request.operation {
        Operation::Start => ":start",
        Operation::StartWith => ":startWith",
        Operation::Stop => ":stop",
        Operation::Create => "create",
        Operation::Modify => "modify",
        Operation::Delete => "delete",
        Operation::Other => "?",
        Operation::Get
        | Operation::List
        | Operation::Token
        | Operation::Revoke
        | Operation::Workspace
        | Operation::RateLimits => return None,
    };
    let sent: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    // A create has the name in its body alone.
    let name = request
        .processor
        .as_deref()
        .or(sent["name"].as_str())
        .unwrap_or_default();
    let body = if request.operation == Operation::StartWith {
        format!(" {sent}")
    } else {
        String::new()
    };
    Some(format!("{verb} {name}{body}"))
}

/// The resource `label` that starts `processor`.
pub(super) fn start(label: &str, processor: &str, arguments: &str) -> String {
    let (group, tenant) = (known::GROUP_ID, known::TENANT);
    format!(
        r#"
resource "atlas_stream_processor_start" "{label}" {{
  group_id       = "{group}"
  tenant_name    = "{tenant}"
  processor_name = "{processor}"
  {arguments}
}}
"#
    )
}

/// The action `label` that starts `processor`.
pub(super) fn start_action(label: &str, processor: &str, arguments: &str) -> String {
    action("atlas_stream_processor_start", label, processor, arguments)
}

/// An action of any type on a processor.
pub(super) fn action(type_name: &str, label: &str, processor: &str, arguments: &str) -> String {
    let (group, tenant) = (known::GROUP_ID, known::TENANT);
    format!(
        r#"
action "{type_name}" "{label}" {{
  config {{
    group_id       = "{group}"
    tenant_name    = "{tenant}"
    processor_name = "{processor}"
    {arguments}
  }}
}}
"#
    )
}

/// A plan with something to do: what was printed, and the same as data.
pub(super) struct Plan {
    pub(super) run: Run,
    json: Value,
}

impl Plan {
    /// The actions planned for [`ORDERS`]: `["update"]`, `["delete", "create"]`, ...
    pub(super) fn actions(&self) -> Vec<String> {
        let actions = self.change()["actions"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        actions
            .iter()
            .filter_map(|action| action.as_str().map(str::to_owned))
            .collect()
    }

    /// The attributes of [`ORDERS`] that are not known before the apply, in order.
    pub(super) fn unknown(&self) -> Vec<String> {
        let unknown = self.change()["after_unknown"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        let mut names: Vec<_> = unknown
            .into_iter()
            .filter(|(_, is)| is == &Value::Bool(true))
            .map(|(name, _)| name)
            .collect();
        names.sort();
        names
    }

    fn change(&self) -> Value {
        let changes = self.json["resource_changes"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        changes
            .iter()
            .find(|change| change["address"] == ORDERS)
            .map(|change| change["change"].clone())
            .unwrap_or_default()
    }
}
