//! The provider's process with an Atlas beside it, and the calls that are measured.

use std::path::Path;

use atlas_simulator::{Simulator, known};
use plugin_host::tfplugin6::provider_client::ProviderClient;
use plugin_host::tfplugin6::{
    DynamicValue, apply_resource_change, configure_provider, get_provider_schema,
    plan_resource_change, read_resource, validate_resource_config,
};
use plugin_host::{Launch, Plugin, dynamic};
use serde_json::{Value, json};
use tonic::transport::Channel;

use super::Outcome;

const START: &str = "atlas_stream_processor_start";

/// A provider that is configured to talk to a simulated Atlas in this process.
pub(crate) struct Provider {
    pub(crate) plugin: Plugin,
    pub(crate) atlas: Simulator,
    schemas: get_provider_schema::Response,
    block: Value,
}

/// A call that hosts make often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    GetProviderSchema,
    ValidateResourceConfig,
    ConfigureProvider,
    PlanResourceChange,
    ReadResource,
}

impl Provider {
    pub(crate) async fn start(binary: &Path) -> Outcome<Self> {
        let atlas = Simulator::new();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        tokio::spawn(atlas.clone().serve(listener));
        let plugin = Launch::new(binary).start().await?;
        let request = get_provider_schema::Request {};
        let schemas = plugin
            .provider()
            .get_provider_schema(request)
            .await?
            .into_inner();
        let block = json!({"base_url": url, "access_token": known::ACCESS_TOKEN});
        let provider = Self {
            plugin,
            atlas,
            schemas,
            block,
        };
        Call::ConfigureProvider
            .send(&provider, &mut provider.plugin.provider(), "")
            .await?;
        Ok(provider)
    }

    fn configuration(&self, processor: &str, made: &[(&str, Value)]) -> Outcome<Value> {
        let schema = self.schemas.resource_schemas.get(START);
        let block = schema
            .and_then(|schema| schema.block.as_ref())
            .ok_or("no such resource")?;
        let mut config = json!({
            "group_id": known::GROUP_ID, "tenant_name": known::TENANT, "processor_name": processor
        });
        for (name, value) in made {
            config[name] = value.clone();
        }
        Ok(dynamic::complete(block, config)?)
    }

    /// Plans the start of a new processor, and applies it.
    pub(crate) async fn apply(&self, processor: &str) -> Outcome {
        self.atlas.add_processor(processor, "CREATED");
        let config = encode(&self.configuration(processor, &[])?)?;
        let client = &mut self.plugin.provider();
        let planned = client.plan_resource_change(plan_resource_change::Request {
            type_name: START.to_owned(),
            prior_state: encode(&Value::Null)?,
            proposed_new_state: config.clone(),
            config: config.clone(),
            ..Default::default()
        });
        let planned = planned.await?.into_inner();
        let applied = client.apply_resource_change(apply_resource_change::Request {
            type_name: START.to_owned(),
            prior_state: encode(&Value::Null)?,
            planned_state: planned.planned_state,
            config,
            planned_private: planned.planned_private,
            ..Default::default()
        });
        let applied = applied.await?.into_inner();
        none(applied.diagnostics)
    }
}

impl Call {
    pub(crate) const ALL: [Self; 5] = [
        Self::GetProviderSchema,
        Self::ValidateResourceConfig,
        Self::ConfigureProvider,
        Self::PlanResourceChange,
        Self::ReadResource,
    ];

    /// One call, about this processor where it is about one.
    pub(crate) async fn send(
        self,
        provider: &Provider,
        client: &mut ProviderClient<Channel>,
        processor: &str,
    ) -> Outcome {
        match self {
            Self::GetProviderSchema => {
                let request = get_provider_schema::Request {};
                none(
                    client
                        .get_provider_schema(request)
                        .await?
                        .into_inner()
                        .diagnostics,
                )
            }
            Self::ValidateResourceConfig => {
                let request = validate_resource_config::Request {
                    type_name: START.to_owned(),
                    config: encode(&provider.configuration(processor, &[])?)?,
                    ..Default::default()
                };
                none(
                    client
                        .validate_resource_config(request)
                        .await?
                        .into_inner()
                        .diagnostics,
                )
            }
            Self::ConfigureProvider => {
                let schema = provider.schemas.provider.as_ref();
                let block = schema
                    .and_then(|schema| schema.block.as_ref())
                    .ok_or("no block")?;
                let request = configure_provider::Request {
                    terraform_version: "1.15.5".to_owned(),
                    config: encode(&dynamic::complete(block, provider.block.clone())?)?,
                    ..Default::default()
                };
                none(
                    client
                        .configure_provider(request)
                        .await?
                        .into_inner()
                        .diagnostics,
                )
            }
            Self::PlanResourceChange => {
                let config = encode(&provider.configuration(processor, &[])?)?;
                let request = plan_resource_change::Request {
                    type_name: START.to_owned(),
                    prior_state: encode(&Value::Null)?,
                    proposed_new_state: config.clone(),
                    config,
                    ..Default::default()
                };
                none(
                    client
                        .plan_resource_change(request)
                        .await?
                        .into_inner()
                        .diagnostics,
                )
            }
            Self::ReadResource => {
                let state = [("id", json!("x")), ("state", json!("STARTED"))];
                let request = read_resource::Request {
                    type_name: START.to_owned(),
                    current_state: encode(&provider.configuration(processor, &state)?)?,
                    ..Default::default()
                };
                none(
                    client
                        .read_resource(request)
                        .await?
                        .into_inner()
                        .diagnostics,
                )
            }
        }
    }
}

fn none(diagnostics: Vec<plugin_host::tfplugin6::Diagnostic>) -> Outcome {
    match diagnostics.into_iter().next() {
        None => Ok(()),
        Some(one) => Err(format!("{}: {}", one.summary, one.detail).into()),
    }
}

fn encode(value: &Value) -> Outcome<Option<DynamicValue>> {
    Ok(Some(dynamic::encode(value)?))
}
