//! The rules of Terraform's core that a provider's answers must keep.

use std::sync::Arc;

use terraform_provider_atlas::framework::{
    PlanRequest, PlanResponse, Provider, Resource, Type, Value,
};
use terraform_provider_atlas::provider::AtlasProvider;

use super::terraform::Stored;

pub(super) fn schema() -> terraform_provider_atlas::framework::Schema {
    let provider = AtlasProvider::of_process();
    provider.resources()[0].schema()
}

pub(super) fn create_plan(
    resource: &Arc<dyn Resource>,
    config: &Value,
    private: &[u8],
    planned_private: &[u8],
) -> PlanResponse {
    let response = resource.plan(PlanRequest {
        prior: &Value::Null,
        config,
        proposed: config,
        private,
        planned_private,
        identity: None,
    });
    valid(config, &Value::Null, &response.planned);
    // Core cannot write an identity with unknowns into a plan that it shows as JSON.
    assert!(
        response
            .identity
            .as_ref()
            .is_none_or(Value::is_wholly_known)
    );
    response
}

pub(super) fn destroy_plan(resource: &Arc<dyn Resource>, stored: &Stored) -> PlanResponse {
    let response = resource.plan(PlanRequest {
        prior: &stored.value,
        config: &Value::Null,
        proposed: &Value::Null,
        private: &stored.private,
        planned_private: &[],
        identity: stored.identity.as_ref(),
    });
    assert!(response.planned.is_null(), "a destroy plans nothing");
    response
}

/// Core's proposal: the configuration, and the prior value of what is computed.
pub(super) fn proposed(config: &Value, prior: &Value) -> Value {
    let mut proposed = config.clone();
    for name in COMPUTED {
        proposed.set(name, prior.attribute(name).clone());
    }
    proposed
}

/// `AssertPlanValid`: what is not computed is as configured.
pub(super) fn valid(config: &Value, prior: &Value, planned: &Value) {
    for name in attributes().filter(|name| !COMPUTED.contains(&name.as_str())) {
        let (wanted, got) = (config.attribute(&name), planned.attribute(&name));
        let kept = got == prior.attribute(&name) && !got.is_null() && !wanted.is_null();
        assert!(
            wanted == got || kept,
            "{name} was configured as {wanted:?} and planned as {got:?}"
        );
    }
}

/// `AssertObjectCompatible`: what was known stays as it was.
pub(super) fn compatible(before: &Value, after: &Value) {
    for name in attributes() {
        let (before, after) = (before.attribute(&name), after.attribute(&name));
        assert!(
            before.is_unknown() || before == after,
            "{name} was planned as {before:?} and became {after:?}"
        );
    }
}

fn attributes() -> impl Iterator<Item = String> {
    match schema().ty() {
        Type::Object(attributes) => attributes.into_keys(),
        other => panic!("a schema implies an object, not {other:?}"),
    }
}

const COMPUTED: [&str; 4] = ["id", "processor_id", "state", "started_at"];
