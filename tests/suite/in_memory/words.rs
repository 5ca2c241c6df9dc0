//! Configurations, providers and what diagnostics say: the words of the tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use atlas_simulator::{Operation, Recorded, Simulator, known};
use terraform_provider_atlas::atlas::{Client, SystemClock};
use terraform_provider_atlas::framework::{
    ConfigureRequest, Diagnostics, Provider, Severity, Value,
};
use terraform_provider_atlas::provider::AtlasProvider;
use terraform_provider_atlas::provider::config::Environment;

use super::exchange::InMemory;
use super::rules::schema;
use super::terraform::{Action, Terraform};

/// The processor that all configurations here start.
pub(crate) const NAME: &str = "orders";

/// A provider process that was configured to talk to this Atlas.
pub(crate) fn provider(atlas: &Simulator) -> AtlasProvider {
    let atlas = atlas.clone();
    let environment = Environment::from_iter([
        (
            "MONGODB_ATLAS_ACCESS_TOKEN".to_owned(),
            known::ACCESS_TOKEN.to_owned(),
        ),
        (
            "MONGODB_ATLAS_BASE_URL".to_owned(),
            "http://127.0.0.1:1".to_owned(),
        ),
    ]);
    let provider = AtlasProvider::new(environment, move |settings| {
        Client::new(
            settings,
            Arc::new(InMemory(atlas.clone())),
            Arc::new(SystemClock),
        )
    });
    let diagnostics = provider.configure(ConfigureRequest {
        config: provider.schema().null_object(),
        terraform_version: "1.15.5".to_owned(),
    });
    assert!(!diagnostics.has_error(), "{diagnostics:?}");
    provider
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
