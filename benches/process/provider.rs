//! The provider's process with an Atlas beside it.

use std::collections::HashMap;
use std::path::Path;

use atlas_simulator::{Simulator, known};
use plugin_host::tfplugin6::{
    DynamicValue, Schema, apply_resource_change, get_provider_schema, plan_resource_change, schema,
};
use plugin_host::{Launch, Plugin, dynamic};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::Outcome;
use super::call::{Call, encode, none};

pub(crate) const START: &str = "atlas_stream_processor_start";
pub(crate) const LOOK: &str = "atlas_stream_processor";

/// A provider that is configured to talk to a simulated Atlas in this process.
pub(crate) struct Provider {
    pub(crate) plugin: Plugin,
    pub(crate) atlas: Simulator,
    schemas: get_provider_schema::Response,
    block: Value,
    plans: Mutex<HashMap<String, apply_resource_change::Request>>,
}

impl Provider {
    pub(crate) async fn start(binary: &Path) -> Outcome<Self> {
        let atlas = Simulator::new();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        tokio::spawn(atlas.clone().serve(listener));
        let plugin = Launch::new(binary).start().await?;
        let request = get_provider_schema::Request {};
        let schemas = plugin.provider().get_provider_schema(request).await?;
        let provider = Self {
            plugin,
            atlas,
            schemas: schemas.into_inner(),
            block: json!({"base_url": url, "access_token": known::ACCESS_TOKEN}),
            plans: Mutex::default(),
        };
        let client = &mut provider.plugin.provider();
        Call::ConfigureProvider.send(&provider, client, "").await?;
        Ok(provider)
    }

    /// The provider block, for this Atlas.
    pub(crate) fn provider_block(&self) -> Outcome<Option<DynamicValue>> {
        let block = block(self.schemas.provider.as_ref())?;
        encode(&dynamic::complete(block, self.block.clone())?)
    }

    pub(crate) fn resource(&self) -> Outcome<&schema::Block> {
        block(self.schemas.resource_schemas.get(START))
    }

    pub(crate) fn data_source(&self) -> Outcome<&schema::Block> {
        block(self.schemas.data_source_schemas.get(LOOK))
    }

    pub(crate) fn action(&self) -> Outcome<&schema::Block> {
        let action = self.schemas.action_schemas.get(START);
        block(action.and_then(|action| action.schema.as_ref()))
    }

    /// Plans the start of a new processor, and applies it.
    pub(crate) async fn apply(&self, processor: &str) -> Outcome {
        self.atlas.add_processor(processor, "CREATED");
        self.applied(self.planned(processor).await?).await
    }

    /// Applies the start of a processor that is there, which was planned once.
    pub(crate) async fn apply_again(&self, processor: &str) -> Outcome {
        let known = self.plans.lock().await.get(processor).cloned();
        let planned = match known {
            Some(planned) => planned,
            None => self.planned(processor).await?,
        };
        let mut plans = self.plans.lock().await;
        plans.insert(processor.to_owned(), planned.clone());
        drop(plans);
        self.applied(planned).await
    }

    async fn planned(&self, processor: &str) -> Outcome<apply_resource_change::Request> {
        let names = json!({
            "group_id": known::GROUP_ID, "tenant_name": known::TENANT, "processor_name": processor
        });
        let config = encode(&dynamic::complete(self.resource()?, names)?)?;
        let client = &mut self.plugin.provider();
        let planned = client.plan_resource_change(plan_resource_change::Request {
            type_name: START.to_owned(),
            prior_state: encode(&Value::Null)?,
            proposed_new_state: config.clone(),
            config: config.clone(),
            ..Default::default()
        });
        let planned = planned.await?.into_inner();
        none(planned.diagnostics)?;
        Ok(apply_resource_change::Request {
            type_name: START.to_owned(),
            prior_state: encode(&Value::Null)?,
            planned_state: planned.planned_state,
            config,
            planned_private: planned.planned_private,
            ..Default::default()
        })
    }

    async fn applied(&self, planned: apply_resource_change::Request) -> Outcome {
        let client = &mut self.plugin.provider();
        let applied = client.apply_resource_change(planned).await?;
        none(applied.into_inner().diagnostics)
    }
}

fn block(schema: Option<&Schema>) -> Outcome<&schema::Block> {
    let block = schema.and_then(|schema| schema.block.as_ref());
    block.ok_or_else(|| "no such schema".into())
}
