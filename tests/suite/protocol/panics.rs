//! A provider that panics whatever it is asked, served as the real one is, in a process of its own.

use super::answers;
use super::by_hand::attachable;
use super::core::errors;
use super::host::{decode, encode};
use async_trait::async_trait;
use plugin_host::tfplugin6::invoke_action::{self, event::Type as Event};
use plugin_host::tfplugin6::provider_client::ProviderClient;
use plugin_host::tfplugin6::{
    Diagnostic, DynamicValue, apply_resource_change, configure_provider, import_resource_state,
    plan_resource_change, read_resource, validate_resource_config,
};
use plugin_host::{Network, attach, dynamic};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value as Json, json};
use std::process::{ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;
use terraform_provider_atlas::framework::{
    Action, ApplyRequest, ApplyResponse, Attribute, Block, ConfigureRequest, DataSource,
    Diagnostics, ImportRequest, ImportedState, InvokeRequest, PlanRequest, PlanResponse, Provider,
    ReadRequest, ReadResponse, Resource, Schema, Type, Value,
};
use terraform_provider_atlas::plugin::{self, Mode, Plugin};
use terraform_provider_atlas::wire;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

const NAME: &str = "test_bomb";

/// What every panic says, as if it quoted a value.
const SECRET: &str = "hunter2";

/// Asks this very executable for the provider.
const SERVES: &str = "SERVES_THE_PROVIDER_THAT_PANICS";

struct Bomb;

impl Provider for Bomb {
    fn schema(&self) -> Schema {
        Schema::new(0, Block::new("Bombs"))
    }
    fn validate(&self, _: &Value) -> Diagnostics {
        panic!("{SECRET}")
    }
    fn configure(&self, _: ConfigureRequest) -> Diagnostics {
        panic!("{SECRET}")
    }
    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        vec![Arc::new(Self)]
    }
    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        Vec::new()
    }
    fn actions(&self) -> Vec<Arc<dyn Action>> {
        vec![Arc::new(Self)]
    }
}

#[async_trait]
impl Resource for Bomb {
    fn type_name(&self) -> &'static str {
        NAME
    }
    fn schema(&self) -> Schema {
        let block = Block::new("A bomb")
            .attribute(Attribute::required("name", Type::String, "Name"))
            .attribute(Attribute::computed("id", Type::String, "Id"));
        Schema::new(0, block)
    }
    fn validate(&self, _: &Value) -> Diagnostics {
        panic!("{SECRET}")
    }
    fn plan(&self, _: PlanRequest<'_>) -> PlanResponse {
        panic!("{SECRET}")
    }
    async fn read(&self, _: ReadRequest) -> ReadResponse {
        panic!("{SECRET}")
    }
    async fn create(&self, _: ApplyRequest) -> ApplyResponse {
        panic!("{SECRET}")
    }
    async fn update(&self, _: ApplyRequest) -> ApplyResponse {
        panic!("{SECRET}")
    }
    async fn delete(&self, _: ApplyRequest) -> ApplyResponse {
        panic!("{SECRET}")
    }
    fn import(&self, _: ImportRequest) -> Result<ImportedState, Diagnostics> {
        panic!("{SECRET}")
    }
}

#[async_trait]
impl Action for Bomb {
    fn type_name(&self) -> &'static str {
        NAME
    }
    fn schema(&self) -> Schema {
        Schema::new(0, Block::new("A bomb"))
    }
    fn validate(&self, _: &Value) -> Diagnostics {
        panic!("{SECRET}")
    }
    async fn invoke(&self, _: InvokeRequest) -> Diagnostics {
        panic!("{SECRET}")
    }
}

/// The process of the test below, which starts it; without being asked it serves nobody. Even its farewell panics.
#[test]
fn a_provider_that_panics() -> ExitCode {
    if std::env::var_os(SERVES).is_none() {
        return ExitCode::SUCCESS;
    }
    plugin::guard(|| {
        let (routes, on_stop) = wire::routes(Arc::new(Bomb));
        let plugin = Plugin {
            routes,
            address: "registry.terraform.io/test/bomb",
            on_stop,
            farewell: Box::pin(async { panic!("{SECRET}") }),
        };
        match plugin::run(plugin, Mode::Reattach) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => plugin::explain(&error),
        }
    })
}

fn value(value: &Json) -> Option<DynamicValue> {
    Some(encode(value))
}

fn assert_panicked(doing: &str, diagnostics: &[Diagnostic]) {
    let errors = errors(diagnostics);
    assert_eq!(errors.len(), 1, "{doing}: {errors:?}");
    let expected = format!("The provider panicked while {doing}");
    assert!(errors[0].starts_with(&expected), "{errors:?}");
    assert!(!errors[0].contains(SECRET), "{errors:?}");
}

#[tokio::test]
async fn check_56_a_panic_is_told_costs_no_state_and_ends_no_process_but_the_programs_own() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "protocol::panics::a_provider_that_panics"])
        .arg("--nocapture")
        .env(SERVES, "1")
        .env("TF_LOG", "TRACE")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let (mut child, _stdout, reattach) = attachable(&mut command).await;
    let mut stderr = child.stderr.take().unwrap();
    let said = tokio::spawn(async move {
        let mut said = String::new();
        stderr.read_to_string(&mut said).await.unwrap();
        said
    });
    let plugin = &reattach["registry.terraform.io/test/bomb"];
    let socket = Network::Unix(plugin["Addr"]["String"].as_str().unwrap().into());
    let channel = attach(socket).await.unwrap();
    let mut provider = ProviderClient::new(channel.clone());

    let request = configure_provider::Request::default();
    let told = provider.configure_provider(request).await.unwrap();
    assert_panicked(
        "taking over the provider's configuration",
        &told.into_inner().diagnostics,
    );

    let (null, there) = (Json::Null, json!({"name": "a", "id": "1"}));
    let request = validate_resource_config::Request {
        type_name: NAME.to_owned(),
        config: value(&json!({"name": "a", "id": null})),
        ..Default::default()
    };
    let told = provider.validate_resource_config(request).await.unwrap();
    assert_panicked(
        "checking the configuration of test_bomb",
        &told.into_inner().diagnostics,
    );
    let request = plan_resource_change::Request {
        type_name: NAME.to_owned(),
        prior_state: value(&null),
        proposed_new_state: value(&json!({"name": "a", "id": null})),
        config: value(&json!({"name": "a", "id": null})),
        ..Default::default()
    };
    let told = provider.plan_resource_change(request).await.unwrap();
    assert_panicked("planning test_bomb", &told.into_inner().diagnostics);

    let planned = json!({"name": "a", "id": dynamic::unknown()});
    let created = json!({"name": "a", "id": null});
    for (doing, prior, planned, left, private) in [
        ("creating", &null, &planned, &created, "private"),
        ("updating", &there, &planned, &there, "private"),
        // Beside an error: nothing has changed.
        ("deleting", &there, &null, &null, ""),
    ] {
        let request = apply_resource_change::Request {
            type_name: NAME.to_owned(),
            prior_state: value(prior),
            planned_state: value(planned),
            config: value(if planned.is_null() { &null } else { &created }),
            planned_private: b"private".to_vec(),
            ..Default::default()
        };
        let told = provider.apply_resource_change(request).await.unwrap();
        let told = told.into_inner();
        assert_panicked(&format!("{doing} {NAME}"), &told.diagnostics);
        assert_eq!(&decode(told.new_state.as_ref()), left, "{doing}");
        assert_eq!(told.private, private.as_bytes(), "{doing}");
    }
    let request = read_resource::Request {
        type_name: NAME.to_owned(),
        current_state: value(&there),
        private: b"private".to_vec(),
        ..Default::default()
    };
    let told = provider.read_resource(request).await.unwrap().into_inner();
    assert_panicked("reading test_bomb", &told.diagnostics);
    assert_eq!(
        (told.new_state, &told.private[..]),
        (value(&there), &b"private"[..])
    );
    let request = import_resource_state::Request {
        type_name: NAME.to_owned(),
        id: "a".to_owned(),
        ..Default::default()
    };
    let told = provider.import_resource_state(request).await.unwrap();
    assert_panicked("importing test_bomb", &told.into_inner().diagnostics);

    let request = invoke_action::Request {
        action_type: NAME.to_owned(),
        config: value(&json!({})),
        ..Default::default()
    };
    let mut events = provider.invoke_action(request).await.unwrap().into_inner();
    let completed = match events.message().await.unwrap().unwrap().r#type {
        Some(Event::Completed(completed)) => completed,
        other => panic!("{other:?}"),
    };
    assert_panicked("invoking the action test_bomb", &completed.diagnostics);
    assert_eq!(events.message().await.unwrap(), None);

    // None of this has ended the process. A panic of the program's own does, and hosts know it for a crash.
    answers(channel).await.unwrap();
    let id = i32::try_from(child.id().unwrap()).unwrap();
    kill_process(Pid::from_raw(id).unwrap(), Signal::INT).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(10), child.wait()).await;
    assert!(!ended.unwrap().unwrap().success());
    let said = said.await.unwrap();
    assert!(
        said.lines().any(|line| line.starts_with("panic: ")),
        "{said}"
    );
    assert!(said.contains("tests/suite/protocol/panics.rs:"), "{said}");
    assert!(!said.contains(SECRET), "{said}");
}
