//! Validation: what is not given or not known passes, and what only the provider may set does not.

use super::core::{START, errors};
use super::host::{Host, capabilities, complete, encode, named};
use super::planning::configurations;
use super::rules;
use super::unknowns::{encode_as, forms};
use plugin_host::dynamic::unknown;
use plugin_host::tfplugin6::{
    Diagnostic, DynamicValue, schema, validate_action_config, validate_provider_config,
    validate_resource_config,
};
use serde_json::{Value, json};

/// What is validated.
#[derive(Clone, Copy, Debug)]
enum Of {
    Provider,
    Resource,
    Action,
}

const ALL: [Of; 3] = [Of::Provider, Of::Resource, Of::Action];

impl Of {
    fn block(self, host: &Host) -> &schema::Block {
        match self {
            Self::Provider => host.provider_block(),
            Self::Resource => host.resource_block(),
            Self::Action => host.action_block(),
        }
    }

    async fn validate(self, host: &Host, config: Option<DynamicValue>) -> Vec<Diagnostic> {
        let mut provider = host.provider();
        match self {
            Self::Provider => {
                let request = validate_provider_config::Request { config };
                let answer = provider.validate_provider_config(request).await;
                answer.unwrap().into_inner().diagnostics
            }
            Self::Resource => {
                let request = validate_resource_config::Request {
                    type_name: START.to_owned(),
                    config,
                    client_capabilities: capabilities(),
                };
                let answer = provider.validate_resource_config(request).await;
                answer.unwrap().into_inner().diagnostics
            }
            Self::Action => {
                let request = validate_action_config::Request {
                    type_name: START.to_owned(),
                    config,
                };
                let answer = provider.validate_action_config(request).await;
                answer.unwrap().into_inner().diagnostics
            }
        }
    }
}

/// Every value that can be set is unknown, those in blocks too.
fn all_unknown(block: &schema::Block) -> Value {
    let settable = block.attributes.iter().filter(|one| !one.computed);
    let attributes = settable.map(|one| (one.name.clone(), unknown()));
    let blocks = block.block_types.iter().map(|nested| {
        let inner = all_unknown(nested.block.as_ref().unwrap());
        (nested.type_name.clone(), inner)
    });
    complete(block, attributes.chain(blocks).collect())
}

#[tokio::test]
async fn check_25_nothing_at_all_is_no_error() {
    let host = Host::unconfigured().await;
    for of in ALL {
        // Hosts themselves miss what is required.
        let nulls = encode(&complete(of.block(&host), json!({})));
        for config in [
            None,
            Some(DynamicValue::default()),
            Some(encode(&Value::Null)),
            Some(nulls),
        ] {
            let told = of.validate(&host, config.clone()).await;
            assert_eq!(told, [], "{of:?}: {config:?}");
        }
    }
}

#[tokio::test]
async fn check_25_what_is_not_known_is_no_error_in_whatever_form_it_comes() {
    let host = Host::unconfigured().await;
    for of in ALL {
        let block = of.block(&host);
        let everything = all_unknown(block);
        let mut cases = vec![everything.clone()];
        for nested in &block.block_types {
            let mut with_an_unknown_block = everything.clone();
            with_an_unknown_block[&nested.type_name] = unknown();
            cases.push(with_an_unknown_block);
        }
        // Each alone, as its neighbours are often known or not there.
        for (name, value) in everything.as_object().unwrap() {
            if !value.is_null() {
                let mut alone = complete(block, json!({}));
                alone[name] = value.clone();
                cases.push(alone);
            }
        }
        if let Of::Resource = of {
            cases.push(host.config(json!({"triggers": {"a": unknown(), "b": "1"}})));
        }
        for config in cases {
            for form in forms() {
                let told = of.validate(&host, Some(encode_as(&config, &form))).await;
                assert_eq!(errors(&told), [""; 0], "{of:?}: {config} as {form}");
            }
        }
    }
}

#[tokio::test]
async fn check_25_what_only_the_provider_knows_cannot_be_set() {
    let host = Host::unconfigured().await;
    let computed = host.resource_block().attributes.iter();
    let computed = computed.filter(|one| one.computed && !one.optional);
    let mut refused = Vec::new();
    for attribute in computed {
        let name = attribute.name.as_str();
        for value in [json!("anything"), json!(""), unknown()] {
            let config = encode(&host.config(json!({name: value})));
            let told = Of::Resource.validate(&host, Some(config)).await;
            let errors = errors(&told);
            assert!(errors.len() == 1 && errors[0].contains(name), "{errors:?}");
            assert_eq!(
                rules::attribute_of(told[0].attribute.as_ref().unwrap()),
                name
            );
        }
        refused.push(name);
    }
    assert_eq!(refused, ["id", "processor_id", "state", "started_at"]);
}

#[tokio::test]
async fn check_25_good_configurations_pass() {
    let host = Host::unconfigured().await;
    for arguments in configurations() {
        let config = encode(&host.config(arguments));
        assert_eq!(Of::Resource.validate(&host, Some(config)).await, []);
    }
}

#[tokio::test]
async fn check_25_what_is_wrong_is_told_where_it_is() {
    let host = Host::unconfigured().await;
    let both = [
        ("group_id", json!({"group_id": "0123"})),
        ("tenant_name", json!({"tenant_name": ""})),
        ("processor_name", json!({"processor_name": ".."})),
        ("tier", json!({"tier": "sp5"})),
        (
            "start_at_operation_time",
            json!({"start_at_operation_time": "yesterday"}),
        ),
        ("if_started", json!({"if_started": "stop"})),
    ];
    let resource = [("timeouts.read", json!({"timeouts": {"read": "soon"}}))];
    let action = [
        ("timeout", json!({"timeout": "60"})),
        ("failover.region", json!({"failover": {"mode": "FORCED"}})),
        (
            "failover.mode",
            json!({"failover": {"region": "r", "mode": "QUICK"}}),
        ),
        (
            "failover.clear_checkpoint",
            json!({"failover": {"region": "r", "clear_checkpoint": true}}),
        ),
    ];
    let all = [
        (Of::Resource, &both[..]),
        (Of::Action, &both[..]),
        (Of::Resource, &resource[..]),
        (Of::Action, &action[..]),
    ];
    for (of, cases) in all {
        for (path, arguments) in cases {
            let config = complete(of.block(&host), named(arguments.clone()));
            let told = of.validate(&host, Some(encode(&config))).await;
            assert_eq!(errors(&told).len(), 1, "{of:?}: {config}");
            assert_eq!(
                rules::attribute_of(told[0].attribute.as_ref().unwrap()),
                *path
            );
            // Hosts hide the paths of what is not set, so the text has it as well.
            assert!(told[0].detail.contains(path), "{}", told[0].detail);
        }
    }
}
