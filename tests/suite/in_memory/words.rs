//! Configurations, providers and what diagnostics say: the words of the tests.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use atlas_simulator::{Lag, Operation, Recorded, Simulator, StartBehaviour, known};
use terraform_provider_atlas::atlas::{Client, Clock, Exchange};
use terraform_provider_atlas::framework::{
    ConfigureRequest, Diagnostics, Provider, Severity, Value,
};
use terraform_provider_atlas::provider::AtlasProvider;
use terraform_provider_atlas::provider::config::Environment;

use super::rules::schema;
use super::terraform::{Action, Terraform};
use super::way::Way;

/// The processor that all configurations here start.
pub(crate) const NAME: &str = "orders";

/// As whom a provider asks, in the words of the environment.
pub(crate) type Caller = &'static [(&'static str, &'static str)];

pub(crate) const ACCESS_TOKEN: Caller = &[("MONGODB_ATLAS_ACCESS_TOKEN", known::ACCESS_TOKEN)];
pub(crate) const NOBODY: Caller = &[];
pub(crate) const SERVICE_ACCOUNT: Caller = &[
    ("MONGODB_ATLAS_CLIENT_ID", known::CLIENT_ID),
    ("MONGODB_ATLAS_CLIENT_SECRET", known::CLIENT_SECRET),
];

pub(crate) const API_KEY: Caller = &[
    ("MONGODB_ATLAS_PUBLIC_API_KEY", known::PUBLIC_KEY),
    ("MONGODB_ATLAS_PRIVATE_API_KEY", known::PRIVATE_KEY),
];

/// A provider process that was configured to talk to this Atlas.
pub(crate) fn provider(atlas: &Simulator) -> AtlasProvider {
    provider_of(atlas, ACCESS_TOKEN, &[])
}

/// The same, asking as somebody else and with these arguments in its block.
pub(crate) fn provider_of(
    atlas: &Simulator,
    caller: Caller,
    block: &[(&str, Value)],
) -> AtlasProvider {
    Way::Alone.provider(atlas, caller, block)
}

/// A provider process whose requests go through this exchange, and whose time of day is this; not configured yet.
pub(crate) fn provider_through(
    exchange: Arc<dyn Exchange>,
    clock: Arc<dyn Clock>,
    caller: Caller,
) -> AtlasProvider {
    AtlasProvider::new(environment(caller, "http://127.0.0.1:1"), move |settings| {
        Client::new(settings, exchange.clone(), clock.clone())
    })
}

pub(super) fn environment(caller: Caller, base_url: &str) -> Environment {
    let base_url = ("MONGODB_ATLAS_BASE_URL", base_url);
    let variables = caller.iter().chain([&base_url]);
    Environment::from_iter(variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

/// What the reader of a green run is to see too: the harness of the tests captures what the print macros write.
pub(crate) fn tell(text: &str) {
    std::io::stderr()
        .write_all(text.as_bytes())
        .expect("there is a standard error");
}

/// ConfigureProvider, with these arguments in the block.
pub(crate) fn configure(provider: &AtlasProvider, block: &[(&str, Value)]) {
    let mut config = provider.schema().null_object();
    for (name, value) in block {
        config.set(name, value.clone());
    }
    let diagnostics = provider.configure(ConfigureRequest {
        config,
        terraform_version: "1.15.5".to_owned(),
    });
    assert!(!diagnostics.has_error(), "{diagnostics:?}");
}

/// A configuration of the resource for the known processor, with these arguments besides.
pub(crate) fn configuration(arguments: &[(&str, Value)]) -> Value {
    let mut config = schema().null_object();
    config.set("group_id", known::GROUP_ID);
    config.set("tenant_name", known::TENANT);
    config.set("processor_name", NAME);
    for (name, value) in arguments {
        config.set(name, value.clone());
    }
    config
}

/// A `triggers` map of one entry.
pub(crate) fn triggers(value: &str) -> (&'static str, Value) {
    (
        "triggers",
        Value::Map(BTreeMap::from([("version".to_owned(), Value::from(value))])),
    )
}

/// A `timeouts` block that gives every operation the same time.
pub(crate) fn timeouts(time: &str) -> (&'static str, Value) {
    let all =
        ["create", "read", "update", "delete"].map(|name| (name.to_owned(), Value::from(time)));
    ("timeouts", Value::Object(BTreeMap::from(all)))
}

pub(crate) fn errors(diagnostics: &Diagnostics) -> Vec<String> {
    texts(diagnostics, Severity::Error)
}

pub(crate) fn warnings(diagnostics: &Diagnostics) -> Vec<String> {
    texts(diagnostics, Severity::Warning)
}

pub(crate) fn is_start(request: &Recorded) -> bool {
    matches!(request.operation, Operation::Start | Operation::StartWith)
}

fn texts(diagnostics: &Diagnostics, severity: Severity) -> Vec<String> {
    let of_severity = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == severity);
    of_severity
        .map(|diagnostic| format!("{}\n{}", diagnostic.summary, diagnostic.detail))
        .collect()
}

/// Applies, sees that no start was sent blindly, and tells errors and warnings.
pub(crate) async fn applied(terraform: &mut Terraform) -> (Vec<String>, Vec<String>) {
    let diagnostics = terraform.apply().await;
    never_blind(&terraform.atlas);
    (errors(&diagnostics), warnings(&diagnostics))
}

/// Between two starts there is always a look.
fn never_blind(atlas: &Simulator) {
    let mut looked = true;
    for request in atlas.record() {
        if is_start(&request) && !matches!(request.status, Some(401)) {
            assert!(
                looked,
                "a start was sent twice without a look in between: {:#?}",
                atlas.record()
            );
            looked = false;
        } else if request.operation == Operation::Get {
            looked = true;
        }
    }
}

/// Plans, checks the action and what is unknown in the plan, and applies.
pub(crate) async fn expect(terraform: &mut Terraform, action: Action, unknown: &[&str]) {
    let plan = terraform.plan().await;
    assert_eq!(plan.action, action, "{:?}", plan.diagnostics);
    for name in ["id", "processor_id", "state", "started_at"] {
        if action != Action::Delete {
            assert_eq!(
                plan.value.attribute(name).is_unknown(),
                unknown.contains(&name),
                "{name} in {:?}",
                plan.value
            );
        }
    }
    let diagnostics = terraform.apply_plan(plan).await;
    assert_eq!(errors(&diagnostics), Vec::<String>::new());
}

/// A plan without any change.
pub(crate) async fn nothing_is_planned(terraform: &mut Terraform) {
    let plan = terraform.plan().await;
    assert_eq!(
        plan.action,
        Action::NoOp,
        "{:?} instead of {:?}",
        plan.value,
        terraform.state
    );
    assert_eq!(errors(&plan.diagnostics), Vec::<String>::new());
}

/// What a start makes new.
pub(crate) const MADE_BY_A_START: [&str; 3] = ["processor_id", "state", "started_at"];

/// An apply whose start is accepted and not over in time; by the next apply it runs.
pub(crate) async fn fails_although_accepted(terraform: &mut Terraform) {
    terraform
        .atlas
        .settings(|settings| settings.start = starting_for(1_000));
    assert!(terraform.apply().await.has_error());
    terraform
        .atlas
        .settings(|settings| settings.start = Default::default());
    terraform.atlas.set_state(NAME, "STARTED");
    terraform.atlas.clear_record();
}

/// The time of its start is that of a machine whose clock is so many seconds ahead.
pub(crate) fn dated_ahead(terraform: &mut Terraform, ahead: u64) {
    let at = jiff::Timestamp::now() + Duration::from_secs(ahead);
    let stored = terraform.state.as_mut().expect("it is in state");
    stored.value.set("started_at", at.to_string());
}

/// Does something to Atlas so many seconds from now, while the test goes on.
pub(crate) fn after(
    atlas: &Simulator,
    seconds: u64,
    happens: impl FnOnce(&Simulator) + Send + 'static,
) {
    let atlas = atlas.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        happens(&atlas);
    });
}

/// Whether an object is of the processor of this name.
pub(crate) fn named(stored: &super::terraform::Stored, name: &str) -> bool {
    stored.value.attribute("processor_name").as_str() == Some(name)
}

/// For what is recorded, too, which goes by the clock of the machine, and that is not paused.
pub(crate) async fn an_hour_passes(terraform: &mut Terraform) {
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    let long_ago = "2026-01-01T00:00:00Z".parse().expect("a time");
    for stored in terraform.state.iter_mut().chain(&mut terraform.deposed) {
        stored.change_times(|_| long_ago);
    }
}

/// A start that takes so many seconds in STARTING.
pub(crate) fn starting_for(seconds: u64) -> StartBehaviour {
    StartBehaviour::slow("STARTING", Lag::Time(Duration::from_secs(seconds)))
}
