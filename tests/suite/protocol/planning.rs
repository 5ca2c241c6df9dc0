//! Plans: what core accepts, what a change leads to, and that an object which is as configured needs no change.

use super::core::{PROCESSOR, START, atlas};
use super::host::{Host, NAMES, Object, capabilities, encode, open};
use super::rules;
use plugin_host::dynamic::unknown;
use plugin_host::tfplugin6::{
    import_resource_state, plan_action, plan_resource_change, read_resource,
};
use serde_json::{Value, json};

/// What a start makes new.
const MADE_BY_A_START: [&str; 3] = ["processor_id", "state", "started_at"];

/// Configurations of every kind.
pub(super) fn configurations() -> Vec<Value> {
    vec![
        json!({}),
        json!({"envelope": true, "pretty": false}),
        json!({"tier": "SP10"}),
        json!({"resume_from_checkpoint": true, "start_at_operation_time": "2026-01-02T03:04:05+01:00"}),
        json!({"triggers": {}}),
        json!({"triggers": {"a": "1", "nothing": null, "": ""}}),
        json!({"if_started": "restart", "wait": false, "keep_started": false}),
        json!({"stop_on_destroy": true, "timeouts": {}}),
        json!({"timeouts": {"create": "1m", "read": "30s", "update": "1h30m", "delete": "1m0.5s"}}),
        json!({"if_started": "keep", "tier": "SP2", "triggers": {"käse": "日本"}, "keep_started": true, "wait": true}),
    ]
}

/// Everything that can be set, unknown.
fn all_unknown(host: &Host) -> Value {
    let mut config = host.config(json!({}));
    for attribute in &host.resource_block().attributes {
        if attribute.required || attribute.optional {
            config[&attribute.name] = unknown();
        }
    }
    config
}

#[tokio::test]
async fn check_32_a_create_is_planned_as_configured_and_the_rest_is_unknown() {
    let (simulator, url) = atlas().await;
    let host = Host::start(&url).await;
    for arguments in configurations() {
        let config = host.config(arguments);
        let plan = host.plan(&Object::default(), &config).await;
        assert_eq!(plan.replaces, [""; 0], "nothing is there to be replaced");
        for name in MADE_BY_A_START {
            assert_eq!(plan.planned.state[name], unknown(), "{name} of {config}");
        }
        // It is made of the names, which are known.
        assert!(rules::is_known(&plan.planned.state["id"]), "{config}");
    }
    assert_eq!(simulator.record().len(), 0, "a plan asks nobody");
}

#[tokio::test]
async fn check_33_what_is_not_known_yet_can_be_planned_and_what_was_known_stays() {
    let (_, url) = atlas().await;
    let host = Host::start(&url).await;
    let nothing = Object::default();
    let unknown_but_for = |timeouts: Value| {
        let mut config = all_unknown(&host);
        config["timeouts"] = timeouts;
        config
    };
    let of = |arguments: Value| host.config(arguments);
    let partly = json!({"create": unknown(), "read": null, "update": "1m", "delete": unknown()});
    let wholly = json!({"create": "2m", "read": null, "update": "1m", "delete": null});
    let mut cases = vec![
        (
            unknown_but_for(Value::Null),
            of(json!({"tier": "SP2", "triggers": {"a": "1"}})),
        ),
        (
            unknown_but_for(unknown()),
            of(json!({"wait": false, "timeouts": {"create": "1m"}})),
        ),
        (unknown_but_for(partly), of(json!({"timeouts": wholly}))),
        (
            of(json!({"triggers": {"a": unknown(), "b": "2"}})),
            of(json!({"triggers": {"a": null, "b": "2"}})),
        ),
    ];
    for name in NAMES {
        cases.push((
            of(json!({name: unknown(), "tier": "SP5"})),
            of(json!({"tier": "SP5"})),
        ));
    }
    for (early, late) in cases {
        let first = host.plan(&nothing, &early).await;
        let named = NAMES.iter().all(|name| rules::is_known(&early[name]));
        assert_eq!(rules::is_known(&first.planned.state["id"]), named);
        let second = host.plan(&nothing, &late).await;
        rules::assert_compatible(&first.planned.state, &second.planned.state);
    }
    // An object that is there may be given what is not known yet, too; it may turn out to be no change at all.
    let object = host
        .create(json!({"tier": "SP5", "triggers": {"a": "1"}}))
        .await;
    let with = |name: &str, value: Value| {
        let mut config = of(json!({"tier": "SP5", "triggers": {"a": "1"}}));
        config[name] = value;
        config
    };
    for (name, early, late) in [
        (
            "triggers",
            unknown(),
            [json!({"a": "1"}), json!({"a": "2"}), Value::Null],
        ),
        (
            "triggers",
            json!({"a": unknown()}),
            ["1", "2", ""].map(|one| json!({"a": one})),
        ),
        (
            "tier",
            unknown(),
            [json!("SP5"), json!("SP10"), Value::Null],
        ),
        (
            "envelope",
            unknown(),
            [json!(true), json!(false), Value::Null],
        ),
        (
            "processor_name",
            unknown(),
            [PROCESSOR, "other", "another"].map(Value::from),
        ),
    ] {
        let first = host.plan(&object, &with(name, early)).await;
        for late in late {
            let second = host.plan(&object, &with(name, late)).await;
            rules::assert_compatible(&first.planned.state, &second.planned.state);
            let replaces = first.replaces.is_empty() || first.replaces == [name];
            assert!(replaces && second.replaces.len() <= first.replaces.len());
        }
    }
}

#[tokio::test]
async fn check_34_nothing_to_change_is_planned_as_nothing_to_change() {
    let (_, url) = atlas().await;
    let host = Host::start(&url).await;
    for arguments in configurations() {
        let config = host.config(arguments);
        let object = host.change(&Object::default(), &config).await;
        let plan = host.plan(&object, &config).await;
        assert_eq!(plan.planned, object);
        assert_eq!((plan.replaces.len(), plan.diagnostics.len()), (0, 0));
    }
}

/// One attribute's change, and what it means: another object, another start, or neither.
#[derive(Clone, Copy, PartialEq)]
enum Means {
    Another,
    Start,
    Nothing,
}

#[tokio::test]
async fn check_35_a_change_of_one_attribute_leaves_the_others_alone() {
    use Means::{Another, Nothing, Start};
    let changes = [
        ("group_id", json!("ffffffffffffffffffffffff"), Another),
        ("tenant_name", json!("other"), Another),
        ("processor_name", json!("other"), Another),
        ("envelope", json!(true), Nothing),
        ("pretty", json!(true), Nothing),
        ("tier", json!("SP30"), Start),
        ("resume_from_checkpoint", json!(false), Start),
        (
            "start_at_operation_time",
            json!("2026-01-02T03:04:05Z"),
            Start,
        ),
        ("if_started", json!("error"), Nothing),
        ("triggers", json!({"a": "2"}), Start),
        ("keep_started", json!(false), Nothing),
        ("wait", json!(false), Nothing),
        ("stop_on_destroy", json!(true), Nothing),
        (
            "timeouts",
            json!({"create": "1m", "read": null, "update": null, "delete": null}),
            Nothing,
        ),
    ];
    let (_, url) = atlas().await;
    let host = Host::start(&url).await;
    let block = host.resource_block();
    let settable = block.attributes.iter().filter(|one| !one.computed);
    let settable = settable.map(|one| &one.name);
    let mut settable: Vec<&String> = settable
        .chain(block.block_types.iter().map(|one| &one.type_name))
        .collect();
    settable.retain(|name| changes.iter().all(|(changed, ..)| changed != name));
    assert_eq!(settable, [""; 0], "not in the table");

    let object = host.create(json!({"triggers": {"a": "1"}})).await;
    for (name, value, means) in changes {
        let config = host.config(json!({"triggers": {"a": "1"}, name: value}));
        let plan = host.plan(&object, &config).await;
        let made: &[&str] = match means {
            Another => &["id", "processor_id", "state", "started_at"],
            Start => &MADE_BY_A_START,
            Nothing => &[],
        };
        for (other, value) in plan.planned.state.as_object().unwrap() {
            if other != name && !made.contains(&other.as_str()) {
                assert_eq!(*value, object.state[other], "{other}, changing {name}");
            }
        }
        for made in MADE_BY_A_START {
            let is_new = plan.planned.state[made] == unknown();
            assert_eq!(is_new, means != Nothing, "{made}, changing {name}");
        }
        let expected: &[&str] = if means == Another { &[name] } else { &[] };
        assert_eq!(plan.replaces, expected);
        if means == Another {
            // Terraform asks again, for the new object, with what the first plan left.
            let nothing = Object {
                state: Value::Null,
                ..plan.planned
            };
            let second = host.plan(&nothing, &config).await;
            assert_eq!(second.planned.state["processor_id"], unknown());
            assert_ne!(second.planned.state["id"], object.state["id"]);
        }
    }
}

#[tokio::test]
async fn check_46_a_destroy_is_planned_as_nothing() {
    let (simulator, url) = atlas().await;
    let host = Host::start(&url).await;
    for (arguments, warnings) in [(json!({}), 1), (json!({"stop_on_destroy": true}), 0)] {
        let object = host.create(arguments).await;
        simulator.clear_record();
        let plan = host.plan(&object, &Value::Null).await;
        assert_eq!(plan.planned.state, Value::Null);
        assert_eq!((plan.diagnostics.len(), plan.replaces.len()), (warnings, 0));
        assert_eq!(simulator.record().len(), 0);
    }
}

#[tokio::test]
async fn check_47_nothing_is_ever_deferred_though_the_host_allows_it() {
    let (_, url) = atlas().await;
    let host = Host::start(&url).await;
    let object = host.create(json!({})).await;
    for provider_block in [open(&url), json!({"base_url": unknown()})] {
        // The host's own plan and refresh allow deferrals and refuse them.
        host.configure(provider_block).await;
        let unknown_config = all_unknown(&host);
        host.plan(&Object::default(), &unknown_config).await;
        host.plan(&object, &host.config(json!({}))).await;
        host.refresh(&object).await;
        let import = import_resource_state::Request {
            type_name: START.to_owned(),
            id: object.state["id"].as_str().unwrap().to_owned(),
            client_capabilities: capabilities(),
            identity: None,
        };
        let imported = host.provider().import_resource_state(import).await.unwrap();
        assert_eq!(imported.into_inner().deferred, None);
        let action = plan_action::Request {
            action_type: START.to_owned(),
            config: None,
            client_capabilities: capabilities(),
        };
        let planned = host.provider().plan_action(action).await.unwrap();
        assert_eq!(planned.into_inner().deferred, None);
        // Nor where the call itself fails.
        let plan = plan_resource_change::Request {
            type_name: "atlas_nothing".to_owned(),
            client_capabilities: capabilities(),
            ..Default::default()
        };
        let planned = host.provider().plan_resource_change(plan).await.unwrap();
        assert_eq!(planned.into_inner().deferred, None);
        let read = read_resource::Request {
            type_name: "atlas_nothing".to_owned(),
            current_state: Some(encode(&object.state)),
            client_capabilities: capabilities(),
            ..Default::default()
        };
        let read = host.provider().read_resource(read).await.unwrap();
        assert_eq!(read.into_inner().deferred, None);
    }
}

#[tokio::test]
async fn check_44_what_takes_the_place_of_an_object_never_has_its_identity() {
    let (_simulator, url) = atlas().await;
    let host = Host::start(&url).await;
    let plan = host.plan(&Object::default(), &host.config(json!({}))).await;
    let (object, _) = host.apply(&plan).await;
    let renamed = host.config(json!({"processor_name": unknown()}));
    let plan = host.plan(&object, &renamed).await;
    assert!(!plan.replaces.is_empty());
    assert_eq!(plan.planned.identity, Value::Null);
}
