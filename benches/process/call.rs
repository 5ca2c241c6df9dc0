//! The calls that hosts make, each about a processor that is STARTED. StopProvider is none of them: it ends all others.

use atlas_simulator::known;
use plugin_host::dynamic;
use plugin_host::tfplugin6::provider_client::ProviderClient;
use plugin_host::tfplugin6::{
    Diagnostic, DynamicValue, RawState, configure_provider, get_functions, get_metadata,
    get_provider_schema, get_resource_identity_schemas, import_resource_state, invoke_action,
    move_resource_state, plan_action, plan_resource_change, read_data_source, read_resource,
    schema, upgrade_resource_identity, upgrade_resource_state, validate_action_config,
    validate_data_resource_config, validate_provider_config, validate_resource_config,
};
use serde_json::{Value, json};
use tonic::transport::Channel;

use super::Outcome;
use super::provider::{LOOK, Provider, START};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    GetMetadata,
    GetProviderSchema,
    GetResourceIdentitySchemas,
    GetFunctions,
    ValidateProviderConfig,
    ConfigureProvider,
    ValidateResourceConfig,
    UpgradeResourceState,
    UpgradeResourceIdentity,
    MoveResourceState,
    ImportResourceState,
    ReadResource,
    PlanResourceChange,
    ApplyResourceChange,
    ValidateDataResourceConfig,
    ReadDataSource,
    ValidateActionConfig,
    PlanAction,
    InvokeAction,
}

/// Sends a request and takes any diagnostic for an error.
macro_rules! answered {
    ($client:ident.$call:ident($request:expr)) => {
        none($client.$call($request).await?.into_inner().diagnostics)
    };
}

impl Call {
    pub(crate) const ALL: [Self; 19] = [
        Self::GetMetadata,
        Self::GetProviderSchema,
        Self::GetResourceIdentitySchemas,
        Self::GetFunctions,
        Self::ValidateProviderConfig,
        Self::ConfigureProvider,
        Self::ValidateResourceConfig,
        Self::UpgradeResourceState,
        Self::UpgradeResourceIdentity,
        Self::MoveResourceState,
        Self::ImportResourceState,
        Self::ReadResource,
        Self::PlanResourceChange,
        Self::ApplyResourceChange,
        Self::ValidateDataResourceConfig,
        Self::ReadDataSource,
        Self::ValidateActionConfig,
        Self::PlanAction,
        Self::InvokeAction,
    ];

    /// Whether a part of its time is Atlas' answer.
    pub(crate) fn asks_atlas(self) -> bool {
        matches!(
            self,
            Self::ReadResource
                | Self::ApplyResourceChange
                | Self::ReadDataSource
                | Self::InvokeAction
        )
    }

    /// One call, about this processor where it is about one.
    pub(crate) async fn send(
        self,
        provider: &Provider,
        client: &mut ProviderClient<Channel>,
        processor: &str,
    ) -> Outcome {
        let type_name = START.to_owned();
        let config = |schema: &schema::Block| {
            let names = json!({
                "group_id": known::GROUP_ID, "tenant_name": known::TENANT, "processor_name": processor
            });
            encode(&dynamic::complete(schema, names)?)
        };
        match self {
            Self::GetMetadata => answered!(client.get_metadata(get_metadata::Request {})),
            Self::GetProviderSchema => {
                answered!(client.get_provider_schema(get_provider_schema::Request {}))
            }
            Self::GetResourceIdentitySchemas => {
                let request = get_resource_identity_schemas::Request {};
                answered!(client.get_resource_identity_schemas(request))
            }
            Self::GetFunctions => answered!(client.get_functions(get_functions::Request {})),
            Self::ValidateProviderConfig => {
                let request = validate_provider_config::Request {
                    config: provider.provider_block()?,
                };
                answered!(client.validate_provider_config(request))
            }
            Self::ConfigureProvider => {
                let request = configure_provider::Request {
                    terraform_version: "1.15.5".to_owned(),
                    config: provider.provider_block()?,
                    ..Default::default()
                };
                answered!(client.configure_provider(request))
            }
            Self::ValidateResourceConfig => {
                let request = validate_resource_config::Request {
                    type_name,
                    config: config(provider.resource()?)?,
                    ..Default::default()
                };
                answered!(client.validate_resource_config(request))
            }
            Self::UpgradeResourceState => {
                let request = upgrade_resource_state::Request {
                    type_name,
                    version: 0,
                    raw_state: stored_state(processor),
                };
                answered!(client.upgrade_resource_state(request))
            }
            Self::UpgradeResourceIdentity => {
                let identity = json!({
                    "group_id": known::GROUP_ID, "tenant_name": known::TENANT, "processor_name": processor
                });
                let request = upgrade_resource_identity::Request {
                    type_name,
                    version: 0,
                    raw_identity: stored(&identity),
                };
                answered!(client.upgrade_resource_identity(request))
            }
            Self::MoveResourceState => {
                let request = move_resource_state::Request {
                    source_provider_address: "registry.terraform.io/stream-start/atlas".to_owned(),
                    source_type_name: type_name.clone(),
                    target_type_name: type_name,
                    source_state: stored_state(processor),
                    ..Default::default()
                };
                answered!(client.move_resource_state(request))
            }
            Self::ImportResourceState => {
                let request = import_resource_state::Request {
                    type_name,
                    id: format!("{}/{}/{processor}", known::GROUP_ID, known::TENANT),
                    ..Default::default()
                };
                answered!(client.import_resource_state(request))
            }
            Self::ReadResource => {
                let request = read_resource::Request {
                    type_name,
                    current_state: config(provider.resource()?)?,
                    ..Default::default()
                };
                answered!(client.read_resource(request))
            }
            Self::PlanResourceChange => {
                let config = config(provider.resource()?)?;
                let request = plan_resource_change::Request {
                    type_name,
                    prior_state: encode(&Value::Null)?,
                    proposed_new_state: config.clone(),
                    config,
                    ..Default::default()
                };
                answered!(client.plan_resource_change(request))
            }
            Self::ApplyResourceChange => provider.apply_again(processor).await,
            Self::ValidateDataResourceConfig => {
                let request = validate_data_resource_config::Request {
                    type_name: LOOK.to_owned(),
                    config: config(provider.data_source()?)?,
                };
                answered!(client.validate_data_resource_config(request))
            }
            Self::ReadDataSource => {
                let request = read_data_source::Request {
                    type_name: LOOK.to_owned(),
                    config: config(provider.data_source()?)?,
                    ..Default::default()
                };
                answered!(client.read_data_source(request))
            }
            Self::ValidateActionConfig => {
                let request = validate_action_config::Request {
                    type_name,
                    config: config(provider.action()?)?,
                };
                answered!(client.validate_action_config(request))
            }
            Self::PlanAction => {
                let request = plan_action::Request {
                    action_type: type_name,
                    config: config(provider.action()?)?,
                    ..Default::default()
                };
                answered!(client.plan_action(request))
            }
            Self::InvokeAction => {
                let request = invoke_action::Request {
                    action_type: type_name,
                    config: config(provider.action()?)?,
                    ..Default::default()
                };
                let mut events = client.invoke_action(request).await?.into_inner();
                let mut last = None;
                while let Some(event) = events.message().await? {
                    last = event.r#type;
                }
                match last {
                    Some(invoke_action::event::Type::Completed(done)) => none(done.diagnostics),
                    _ => Err("the action does not say that it is done".into()),
                }
            }
        }
    }
}

fn stored_state(processor: &str) -> Option<RawState> {
    stored(&json!({"id": "x", "processor_name": processor, "state": "STARTED"}))
}

fn stored(value: &Value) -> Option<RawState> {
    Some(RawState {
        json: value.to_string().into_bytes(),
        ..Default::default()
    })
}

pub(crate) fn none(diagnostics: Vec<Diagnostic>) -> Outcome {
    match diagnostics.into_iter().next() {
        None => Ok(()),
        Some(one) => Err(format!("{}: {}", one.summary, one.detail).into()),
    }
}

pub(crate) fn encode(value: &Value) -> Outcome<Option<DynamicValue>> {
    Ok(Some(dynamic::encode(value)?))
}
