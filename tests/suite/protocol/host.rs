//! A host over the socket: Terraform's calls in Terraform's order, every answer held to what Terraform enforces.

use super::core::{START, errors};
use super::{launch, rules};
use atlas_simulator::known;
use plugin_host::tfplugin6::provider_client::ProviderClient;
use plugin_host::tfplugin6::{
    ClientCapabilities, Diagnostic, DynamicValue, ResourceIdentityData, apply_resource_change,
    configure_provider, get_provider_schema, plan_resource_change, read_resource, schema,
};
use plugin_host::{Plugin, dynamic};
use serde_json::{Value, json};
use tonic::transport::Channel;

/// The attributes that name a processor; its identity has them, and no others.
pub(super) const NAMES: [&str; 3] = ["group_id", "tenant_name", "processor_name"];

/// A provider process with the schemas that it told.
pub(super) struct Host {
    pub(super) plugin: Plugin,
    pub(super) schemas: get_provider_schema::Response,
}

/// What a state file holds of one object; null and empty where there is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Object {
    pub(super) state: Value,
    pub(super) private: Vec<u8>,
    pub(super) identity: Value,
}

/// What a plan file holds of one change.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) prior: Object,
    pub(super) config: Value,
    pub(super) planned: Object,
    /// The attributes whose change takes another object.
    pub(super) replaces: Vec<String>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Host {
    /// A provider that works with an access token, and repeats nothing so that failures come at once.
    pub(super) async fn start(base_url: &str) -> Self {
        let host = Self::unconfigured().await;
        let diagnostics = host.configure(open(base_url)).await;
        assert_eq!(errors(&diagnostics), [""; 0]);
        host
    }

    /// A provider that was asked for its schemas, and nothing else.
    pub(super) async fn unconfigured() -> Self {
        let plugin = launch().start().await.unwrap();
        let request = get_provider_schema::Request {};
        let schemas = plugin.provider().get_provider_schema(request).await;
        let schemas = schemas.unwrap().into_inner();
        Self { plugin, schemas }
    }

    pub(super) fn provider(&self) -> ProviderClient<Channel> {
        self.plugin.provider()
    }

    /// The most memory that the process ever had, in bytes.
    #[cfg(target_os = "linux")]
    pub(super) fn peak_memory(&self) -> u64 {
        let status = format!("/proc/{}/status", self.plugin.id().unwrap());
        let status = std::fs::read_to_string(status).unwrap();
        let mut lines = status.lines();
        let peak = lines.find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// ConfigureProvider; deferrals are allowed, so that a test would see one.
    pub(super) async fn configure(&self, arguments: Value) -> Vec<Diagnostic> {
        let request = configure_provider::Request {
            terraform_version: "1.15.5".to_owned(),
            config: Some(encode(&complete(self.provider_block(), arguments))),
            client_capabilities: capabilities(),
        };
        let response = self.provider().configure_provider(request).await.unwrap();
        response.into_inner().diagnostics
    }

    pub(super) fn provider_block(&self) -> &schema::Block {
        block_of(self.schemas.provider.as_ref())
    }

    pub(super) fn resource_block(&self) -> &schema::Block {
        block_of(self.schemas.resource_schemas.get(START))
    }

    pub(super) fn action_block(&self) -> &schema::Block {
        block_of(self.schemas.action_schemas[START].schema.as_ref())
    }

    /// A configuration of the resource: the simulated processor's names and null for what is not given.
    pub(super) fn config(&self, arguments: Value) -> Value {
        complete(self.resource_block(), named(arguments))
    }

    /// PlanResourceChange, of a destroy where the configuration is null.
    pub(super) async fn plan(&self, prior: &Object, config: &Value) -> Plan {
        let block = self.resource_block();
        let request = plan_resource_change::Request {
            type_name: START.to_owned(),
            prior_state: Some(encode(&prior.state)),
            proposed_new_state: Some(encode(&proposed(block, &prior.state, config))),
            config: Some(encode(config)),
            prior_private: prior.private.clone(),
            client_capabilities: capabilities(),
            prior_identity: identity_data(&prior.identity),
            ..Default::default()
        };
        let response = self.provider().plan_resource_change(request).await.unwrap();
        let response = response.into_inner();
        assert_eq!(errors(&response.diagnostics), [""; 0], "{config}");
        assert_eq!(response.deferred, None, "{config}");
        assert!(!response.legacy_type_system);
        let planned = Object {
            state: decode(response.planned_state.as_ref()),
            private: response.planned_private,
            identity: identity(response.planned_identity.as_ref()),
        };
        rules::assert_plan_valid(block, &prior.state, config, &planned.state);
        let replaces = response.requires_replace.iter().map(rules::attribute_of);
        let plan = Plan {
            prior: prior.clone(),
            config: config.clone(),
            replaces: replaces.collect(),
            planned,
            diagnostics: response.diagnostics,
        };
        rules::assert_identity_planned(&plan);
        plan
    }

    /// ApplyResourceChange, and the errors' texts.
    pub(super) async fn apply(&self, plan: &Plan) -> (Object, Vec<String>) {
        let request = plan.to_apply();
        let response = self
            .provider()
            .apply_resource_change(request)
            .await
            .unwrap()
            .into_inner();
        self.applied(plan, response)
    }

    /// What an answer of ApplyResourceChange comes to.
    pub(super) fn applied(
        &self,
        plan: &Plan,
        response: apply_resource_change::Response,
    ) -> (Object, Vec<String>) {
        let errors = errors(&response.diagnostics);
        let object = Object {
            state: decode(response.new_state.as_ref()),
            private: response.private,
            identity: identity(response.new_identity.as_ref()),
        };
        assert!(!response.legacy_type_system);
        rules::assert_stored(self.resource_block(), &object);
        if errors.is_empty() {
            rules::assert_compatible(&plan.planned.state, &object.state);
        }
        (object, errors)
    }

    /// Plans and applies; nothing may fail.
    pub(super) async fn change(&self, prior: &Object, config: &Value) -> Object {
        let plan = self.plan(prior, config).await;
        let (object, errors) = self.apply(&plan).await;
        assert_eq!(errors, [""; 0], "{config}");
        object
    }

    /// A new object with these arguments.
    pub(super) async fn create(&self, arguments: Value) -> Object {
        self.change(&Object::default(), &self.config(arguments))
            .await
    }

    /// ReadResource, and the errors' texts.
    pub(super) async fn refresh(&self, object: &Object) -> (Object, Vec<String>) {
        let request = read_resource::Request {
            type_name: START.to_owned(),
            current_state: Some(encode(&object.state)),
            private: object.private.clone(),
            client_capabilities: capabilities(),
            current_identity: identity_data(&object.identity),
            ..Default::default()
        };
        let response = self.provider().read_resource(request).await.unwrap();
        let response = response.into_inner();
        assert_eq!(response.deferred, None);
        // Hosts take an absent state for an object that is gone.
        assert!(response.new_state.is_some());
        let read = Object {
            state: decode(response.new_state.as_ref()),
            private: response.private,
            identity: identity(response.new_identity.as_ref()),
        };
        rules::assert_stored(self.resource_block(), &read);
        (read, errors(&response.diagnostics))
    }
}

impl Plan {
    /// The request that carries this plan out.
    pub(super) fn to_apply(&self) -> apply_resource_change::Request {
        apply_resource_change::Request {
            type_name: START.to_owned(),
            prior_state: Some(encode(&self.prior.state)),
            planned_state: Some(encode(&self.planned.state)),
            config: Some(encode(&self.config)),
            planned_private: self.planned.private.clone(),
            planned_identity: identity_data(&self.planned.identity),
            ..Default::default()
        }
    }
}

/// A provider block for a simulated Atlas.
pub(super) fn open(base_url: &str) -> Value {
    json!({"base_url": base_url, "access_token": known::ACCESS_TOKEN, "max_retries": 0})
}

/// The arguments with the names of the simulated processor, where they name none themselves.
pub(super) fn named(arguments: Value) -> Value {
    let mut all = json!({"group_id": known::GROUP_ID, "tenant_name": known::TENANT, "processor_name": super::core::PROCESSOR});
    let Value::Object(arguments) = arguments else {
        panic!("{arguments} are no arguments")
    };
    all.as_object_mut().unwrap().extend(arguments);
    all
}

/// The arguments as hosts send them: null for everything that is not given, in nested blocks too.
pub(super) fn complete(block: &schema::Block, arguments: Value) -> Value {
    dynamic::complete(block, arguments).unwrap()
}

pub(super) fn block_of(schema: Option<&plugin_host::tfplugin6::Schema>) -> &schema::Block {
    schema.unwrap().block.as_ref().unwrap()
}

pub(super) fn encode(value: &Value) -> DynamicValue {
    dynamic::encode(value).unwrap()
}

pub(super) fn decode(value: Option<&DynamicValue>) -> Value {
    value.map_or(Value::Null, |value| dynamic::decode(value).unwrap())
}

pub(super) fn identity(data: Option<&ResourceIdentityData>) -> Value {
    decode(data.and_then(|data| data.identity_data.as_ref()))
}

/// Hosts send an identity only if there is one.
pub(super) fn identity_data(identity: &Value) -> Option<ResourceIdentityData> {
    (!identity.is_null()).then(|| ResourceIdentityData {
        identity_data: Some(encode(identity)),
    })
}

/// All capabilities that a host can have.
#[allow(
    clippy::unnecessary_wraps,
    reason = "it is a field of messages that may lack it"
)]
pub(super) fn capabilities() -> Option<ClientCapabilities> {
    Some(ClientCapabilities {
        deferral_allowed: true,
        write_only_attributes_allowed: true,
        store_planned_private: true,
        computed_blocks_allowed: true,
    })
}

/// What hosts propose: the configuration, and the prior value of what is only computed.
fn proposed(block: &schema::Block, prior: &Value, config: &Value) -> Value {
    let mut proposed = config.clone();
    if let Value::Object(values) = &mut proposed {
        for attribute in block.attributes.iter().filter(|one| one.computed) {
            let value = &mut values[&attribute.name];
            if value.is_null() {
                *value = prior[&attribute.name].clone();
            }
        }
    }
    proposed
}
