//! Just enough of Terraform's core to have the real binary work on a simulated Atlas: configure, plan, apply.

use super::launch;
use atlas_simulator::{Simulator, known};
use plugin_host::tfplugin6::diagnostic::Severity;
use plugin_host::tfplugin6::provider_client::ProviderClient;
use plugin_host::tfplugin6::{
    Diagnostic, apply_resource_change, configure_provider, get_provider_schema,
    plan_resource_change, schema,
};
use plugin_host::{Launch, Plugin, dynamic};
use serde_json::{Value, json};
use tonic::transport::Channel;

/// The resource, and the action of the same name.
pub(crate) const START: &str = "atlas_stream_processor_start";

/// The processor that the tests start.
pub(crate) const PROCESSOR: &str = "orders";

/// A simulated Atlas with one processor at rest, and where it is.
pub(crate) async fn atlas() -> (Simulator, String) {
    let simulator = Simulator::new();
    simulator.add_processor(PROCESSOR, "STOPPED");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(simulator.clone().serve(listener));
    (simulator, url)
}

/// A provider process with the schemas that it told.
pub(crate) struct Core {
    pub(crate) plugin: Plugin,
    schemas: get_provider_schema::Response,
}

impl Core {
    /// Starts the provider and configures it with an access token.
    pub(crate) async fn start(base_url: &str) -> Self {
        Self::start_with(
            launch(),
            json!({"base_url": base_url, "access_token": known::ACCESS_TOKEN}),
        )
        .await
    }

    pub(crate) async fn start_with(launch: Launch, configuration: Value) -> Self {
        let plugin = launch.start().await.unwrap();
        let request = get_provider_schema::Request {};
        let schemas = plugin
            .provider()
            .get_provider_schema(request)
            .await
            .unwrap()
            .into_inner();
        let core = Self { plugin, schemas };
        let block = core
            .schemas
            .provider
            .as_ref()
            .unwrap()
            .block
            .as_ref()
            .unwrap();
        let request = configure_provider::Request {
            terraform_version: "1.15.5".to_owned(),
            config: Some(dynamic::encode(&object(block, configuration)).unwrap()),
            client_capabilities: None,
        };
        let response = core
            .provider()
            .configure_provider(request)
            .await
            .unwrap()
            .into_inner();
        assert!(
            response
                .diagnostics
                .iter()
                .all(|d| d.severity() != Severity::Error),
            "{:?}",
            response.diagnostics
        );
        core
    }

    pub(crate) fn provider(&self) -> ProviderClient<Channel> {
        self.plugin.provider()
    }

    /// Plans a create, and returns what its apply sends.
    pub(crate) async fn plan(&self, arguments: Value) -> apply_resource_change::Request {
        let block = self.schemas.resource_schemas[START].block.as_ref().unwrap();
        let config = dynamic::encode(&object(block, named(arguments))).unwrap();
        let null = dynamic::encode(&Value::Null).unwrap();
        let request = plan_resource_change::Request {
            type_name: START.to_owned(),
            prior_state: Some(null.clone()),
            proposed_new_state: Some(config.clone()),
            config: Some(config.clone()),
            ..Default::default()
        };
        let plan = self
            .provider()
            .plan_resource_change(request)
            .await
            .unwrap()
            .into_inner();
        assert_eq!(plan.diagnostics, []);
        apply_resource_change::Request {
            type_name: START.to_owned(),
            prior_state: Some(null),
            planned_state: plan.planned_state,
            config: Some(config),
            planned_private: plan.planned_private,
            planned_identity: plan.planned_identity,
            ..Default::default()
        }
    }

    /// The configuration of the action.
    pub(crate) fn action(&self, arguments: Value) -> plugin_host::tfplugin6::DynamicValue {
        let schema = self.schemas.action_schemas[START].schema.as_ref().unwrap();
        dynamic::encode(&object(schema.block.as_ref().unwrap(), named(arguments))).unwrap()
    }
}

/// The state in an answer, and the texts of its errors.
pub(crate) fn outcome(response: apply_resource_change::Response) -> (Value, Vec<String>) {
    (
        dynamic::decode(&response.new_state.unwrap_or_default()).unwrap(),
        errors(&response.diagnostics),
    )
}

/// Summaries and details of those diagnostics that are errors.
pub(crate) fn errors(diagnostics: &[Diagnostic]) -> Vec<String> {
    let errors = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity() == Severity::Error);
    errors
        .map(|error| format!("{}: {}", error.summary, error.detail))
        .collect()
}

/// The arguments with the names of the simulated processor, where they name no other.
fn named(mut arguments: Value) -> Value {
    arguments["group_id"] = known::GROUP_ID.into();
    arguments["tenant_name"] = known::TENANT.into();
    if arguments["processor_name"].is_null() {
        arguments["processor_name"] = PROCESSOR.into();
    }
    arguments
}

/// The arguments as hosts send them: null for everything that is not given.
fn object(block: &schema::Block, mut arguments: Value) -> Value {
    let names = block.attributes.iter().map(|attribute| &attribute.name);
    for name in names.chain(block.block_types.iter().map(|block| &block.type_name)) {
        // Indexing adds a null where there is nothing.
        let _ = &mut arguments[name.as_str()];
    }
    arguments
}
