//! One provider process in the middle of a run: several calls to it, without the core around them.

use atlas_simulator::Simulator;
use std::sync::Arc;

use terraform_provider_atlas::framework::{
    ApplyRequest, ApplyResponse, CancellationToken, Diagnostics, Provider, ReadRequest, Resource,
    Value,
};
use terraform_provider_atlas::provider::AtlasProvider;

use super::rules::{create_plan, destroy_plan};
use super::terraform::{Planned, Stored};
use super::words::{configuration, provider};

/// The process, and Ctrl-C for all its calls.
pub(crate) struct Run {
    pub(crate) provider: AtlasProvider,
    resource: Arc<dyn Resource>,
    pub(crate) cancel: CancellationToken,
}

impl Run {
    pub(crate) fn on(atlas: &Simulator) -> Self {
        Self::of(provider(atlas))
    }

    pub(crate) fn of(provider: AtlasProvider) -> Self {
        let resource = provider
            .resources()
            .into_iter()
            .next()
            .expect("the provider has a resource");
        Self {
            provider,
            resource,
            cancel: CancellationToken::new(),
        }
    }

    /// The `planned_private` of a create, after a plan that gave this one.
    pub(crate) fn plan_create(
        &self,
        arguments: &[(&str, Value)],
        planned_private: &[u8],
    ) -> Vec<u8> {
        create_plan(
            &self.resource,
            &configuration(arguments),
            &[],
            planned_private,
        )
        .private
    }

    pub(crate) fn plan_destroy(&self, stored: &Stored) {
        destroy_plan(&self.resource, stored);
    }

    pub(crate) async fn create(&self, arguments: &[(&str, Value)]) -> ApplyResponse {
        let config = configuration(arguments);
        let plan = create_plan(&self.resource, &config, &[], &[]);
        let request = ApplyRequest {
            prior: Value::Null,
            planned: plan.planned,
            config,
            private: plan.private,
            identity: None,
            cancel: self.cancel.clone(),
            abandoned: CancellationToken::new(),
        };
        self.resource.create(request).await
    }

    /// Destroys a resource that has `stop_on_destroy` and these arguments.
    pub(crate) async fn destroy(&self, arguments: &[(&str, Value)]) -> ApplyResponse {
        let mut prior = configuration(arguments);
        prior.set("stop_on_destroy", true);
        prior.set("state", "STARTED");
        self.delete(prior, Vec::new()).await
    }

    pub(crate) async fn delete(&self, prior: Value, private: Vec<u8>) -> ApplyResponse {
        let request = ApplyRequest {
            prior,
            planned: Value::Null,
            config: Value::Null,
            private,
            identity: None,
            cancel: self.cancel.clone(),
            abandoned: CancellationToken::new(),
        };
        self.resource.delete(request).await
    }

    pub(crate) async fn read(&self, stored: &Stored) -> Diagnostics {
        let request = ReadRequest {
            state: stored.value.clone(),
            private: stored.private.clone(),
            identity: stored.identity.clone(),
            cancel: self.cancel.clone(),
        };
        self.resource.read(request).await.diagnostics
    }

    /// What is stored when the apply of this plan panics half-way, beside the prior state.
    pub(crate) fn private_after_panic(&self, prior: &Value, plan: &Planned) -> Vec<u8> {
        self.resource
            .private_after_panic(prior, &plan.value, &plan.private)
    }
}
