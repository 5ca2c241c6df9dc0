//! Hostile bytes in every call that takes a value, to the real binary: each is answered, in words that are fit to be shown,
//! as is what is logged of it.

use super::core::{START, atlas};
use super::host::{complete, encode, named, open};
use super::{answers, launch};
use crate::hostile::targets::shown::assert_fit_to_be_shown;
use plugin_host::Plugin;
use plugin_host::tfplugin6::{
    self as pb, Diagnostic, DynamicValue, RawState, get_provider_schema, invoke_action,
};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Letters to know it by, with orders to a terminal in between.
const HOSTILE: &str =
    "mark\u{1b}[2J\u{1b}]0;t\u{7}\u{9b}31m\u{85}\u{8}\u{7f}\u{202e}\r\n\u{2028}er";

/// Deeper than any stack.
const DEEP: usize = 100_000;

/// What is no good value of a block, in either encoding.
fn values(block: &pb::schema::Block) -> Vec<DynamicValue> {
    let of_words = |words: &Value| {
        let names = block.attributes.iter().map(|attribute| &attribute.name);
        let all: Value = names.map(|name| (name.clone(), words.clone())).collect();
        complete(block, all)
    };
    let mut misspelt = of_words(&Value::Null);
    misspelt[HOSTILE] = json!(HOSTILE);
    let mut in_a_map = of_words(&Value::Null);
    in_a_map["triggers"] = json!({HOSTILE: [HOSTILE]});
    let objects = [
        of_words(&json!(HOSTILE)),
        of_words(&json!([HOSTILE])),
        of_words(&json!({HOSTILE: HOSTILE})),
        misspelt,
        in_a_map,
        json!({HOSTILE: HOSTILE}),
        json!([HOSTILE]),
        json!(HOSTILE),
    ];
    let twice = format!("{{{0}:1,{0}:2}}", json!(HOSTILE));
    let json = [
        "[".repeat(DEEP).into_bytes(),
        r#"{"a":"#.repeat(DEEP).into_bytes(),
        format!("{{\"group_id\":{}{}}}", "[".repeat(100), "]".repeat(100)).into_bytes(),
        br#"{"group_id":1e999999999}"#.to_vec(),
        b"{\"group_id\":\"\xff\xfe\"}".to_vec(),
        twice.into_bytes(),
    ];
    let msgpack = [
        vec![0x91; DEEP],
        vec![0x81; DEEP],
        vec![0xdf, 0xff, 0xff, 0xff, 0xff],
        vec![0xdb, 0xff, 0xff, 0xff, 0xff],
        b"\x81\xa8group_id\xa2\xff\xfe".to_vec(),
        [&b"\x81\xd9\x20"[..], &[0x1b; 32], b"\xc0"].concat(),
    ];
    let in_json = |json: Vec<u8>| DynamicValue {
        json,
        msgpack: Vec::new(),
    };
    let in_msgpack = |msgpack: Vec<u8>| DynamicValue {
        msgpack,
        json: Vec::new(),
    };
    let both = objects
        .iter()
        .flat_map(|object| [encode(object), in_json(object.to_string().into())]);
    both.chain(json.map(in_json))
        .chain(msgpack.map(in_msgpack))
        .collect()
}

/// The same as a state file holds it: in JSON, whatever it is.
fn stored(value: &DynamicValue) -> RawState {
    RawState {
        json: [&value.json[..], &value.msgpack].concat(),
        flatmap: HashMap::new(),
    }
}

/// All that was said of one value, by every call that takes one.
async fn told(plugin: &Plugin, name: &str, value: &DynamicValue) -> Vec<String> {
    let mut provider = plugin.provider();
    let (mut all, mut told) = (Vec::<Diagnostic>::new(), Vec::new());
    macro_rules! ask {
        ($($rpc:ident($module:ident { $($field:ident: $given:expr),* });)*) => {$({
            #[allow(clippy::needless_update, reason = "some requests hold nothing else")]
            let request = pb::$module::Request { $($field: $given,)* ..Default::default() };
            match provider.$rpc(request).await {
                Ok(answer) => all.extend(answer.into_inner().diagnostics),
                Err(status) => panic!("{}: {status}", stringify!($rpc)),
            }
        })*};
    }
    let dynamic = || Some(value.clone());
    let name = || name.to_owned();
    let raw = || Some(stored(value));
    let flat = || {
        Some(RawState {
            json: Vec::new(),
            flatmap: HashMap::from([(HOSTILE.to_owned(), HOSTILE.to_owned())]),
        })
    };
    let identity = || {
        Some(pb::ResourceIdentityData {
            identity_data: dynamic(),
        })
    };
    let bytes = || value.msgpack.clone();
    ask! {
        validate_provider_config(validate_provider_config { config: dynamic() });
        configure_provider(configure_provider { config: dynamic(), terraform_version: HOSTILE.to_owned() });
        validate_resource_config(validate_resource_config { type_name: name(), config: dynamic() });
        upgrade_resource_state(upgrade_resource_state { type_name: name(), raw_state: raw() });
        upgrade_resource_state(upgrade_resource_state { type_name: name(), version: i64::MAX, raw_state: flat() });
        upgrade_resource_identity(upgrade_resource_identity { type_name: name(), version: i64::MIN, raw_identity: raw() });
        upgrade_resource_identity(upgrade_resource_identity { type_name: name(), raw_identity: raw() });
        move_resource_state(move_resource_state { source_provider_address: HOSTILE.to_owned(), source_type_name: name(), target_type_name: name(), source_state: raw(), source_private: bytes(), source_identity: raw() });
        read_resource(read_resource { type_name: name(), current_state: dynamic(), private: bytes(), current_identity: identity() });
        plan_resource_change(plan_resource_change { type_name: name(), prior_state: dynamic(), proposed_new_state: dynamic(), config: dynamic(), prior_private: bytes(), prior_identity: identity(), planned_private: bytes() });
        plan_resource_change(plan_resource_change { type_name: name(), proposed_new_state: dynamic(), config: dynamic() });
        apply_resource_change(apply_resource_change { type_name: name(), planned_state: dynamic(), config: dynamic() });
        apply_resource_change(apply_resource_change { type_name: name(), prior_state: dynamic(), planned_state: dynamic(), config: dynamic(), planned_private: bytes(), planned_identity: identity() });
        apply_resource_change(apply_resource_change { type_name: name(), prior_state: dynamic(), planned_private: bytes() });
        import_resource_state(import_resource_state { type_name: name(), id: format!("{HOSTILE}/{HOSTILE}/{}", "/".repeat(DEEP)) });
        import_resource_state(import_resource_state { type_name: name(), identity: identity() });
        validate_action_config(validate_action_config { type_name: name(), config: dynamic() });
        plan_action(plan_action { action_type: name(), config: dynamic() });
        read_data_source(read_data_source { type_name: name(), config: dynamic() });
        open_ephemeral_resource(open_ephemeral_resource { type_name: name(), config: dynamic() });
    }
    let request = pb::invoke_action::Request {
        action_type: name(),
        config: dynamic(),
        ..Default::default()
    };
    let mut events = provider.invoke_action(request).await.unwrap().into_inner();
    while let Some(event) = events.message().await.unwrap() {
        match event.r#type.unwrap() {
            invoke_action::event::Type::Progress(progress) => told.push(progress.message),
            invoke_action::event::Type::Completed(completed) => all.extend(completed.diagnostics),
        }
    }
    told.extend(all.into_iter().flat_map(|one| [one.summary, one.detail]));
    told
}

#[tokio::test]
async fn check_28_hostile_values_in_any_call_are_answered_in_words_fit_to_be_shown() {
    let (_, url) = atlas().await;
    let plugin = launch().env("TF_LOG", "TRACE").start().await.unwrap();
    let request = get_provider_schema::Request {};
    let schemas = plugin.provider().get_provider_schema(request).await;
    let schemas = schemas.unwrap().into_inner();
    let provider = schemas.provider.as_ref().unwrap().block.as_ref().unwrap();
    let resource = schemas.resource_schemas[START].block.as_ref().unwrap();
    let mut hostile = values(resource);
    hostile.extend(values(provider));
    // With the names of a processor in it, everything else is looked at as well.
    let mut nearly = complete(resource, named(json!({})));
    nearly["processor_name"] = json!(HOSTILE);
    nearly["state"] = json!(HOSTILE);
    hostile.push(encode(&nearly));
    let of_ours = hostile.iter().map(|value| (START, value));
    let of_nobody = [HOSTILE, ""].map(|name| (name, &hostile[0]));
    let mut mark = false;
    for (name, value) in of_ours.chain(of_nobody) {
        let configured = pb::configure_provider::Request {
            config: Some(encode(&complete(provider, open(&url)))),
            ..Default::default()
        };
        plugin
            .provider()
            .configure_provider(configured)
            .await
            .unwrap();
        for text in told(&plugin, name, value).await {
            assert_fit_to_be_shown(&text);
            mark |= text.contains("mark");
        }
    }
    assert!(mark, "nothing was told of it");
    answers(plugin.channel()).await.unwrap();
    for line in plugin.stderr() {
        let line: Value =
            serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        for text in line.as_object().unwrap().values().filter_map(Value::as_str) {
            assert_fit_to_be_shown(text);
        }
    }
}
