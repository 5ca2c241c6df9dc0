//! Values on the wire: every form that a host may write is read, and what is written is what hosts read.
//!
//! The resource has no number of its own, so that numbers are seen here at the provider's `max_retries`; that every
//! number is written as it was read is for the engine's unit tests and properties (`framework::msgpack`).

use super::core::{START, atlas, errors};
use super::host::{Host, Object, block_of, complete, decode, encode, identity, open};
use super::{answers, rules, unknowns};
use plugin_host::tfplugin6::{
    DynamicValue, RawState, import_resource_state, move_resource_state, plan_resource_change,
    read_resource, upgrade_resource_state, validate_provider_config, validate_resource_config,
};
use rmpv::Value as Msgpack;
use serde_json::{Value, json};

/// A provider block that says nothing but this number of retries, given as the bytes of its msgpack.
fn with_retries(host: &Host, number: &[u8]) -> DynamicValue {
    let block = complete(host.provider_block(), json!({"max_retries": "HERE"}));
    let bytes = encode(&block).msgpack;
    let place = b"\xa4HERE";
    let at = bytes
        .windows(place.len())
        .position(|part| part == place)
        .unwrap();
    let rest = &bytes[at + place.len()..];
    DynamicValue {
        msgpack: [&bytes[..at], number, rest].concat(),
        json: Vec::new(),
    }
}

#[tokio::test]
async fn check_27_numbers_are_read_in_every_form() {
    let host = Host::unconfigured().await;
    let float = |float: f64| [&[0xcb][..], &float.to_be_bytes()].concat();
    let text = |text: &str| {
        [
            &[0xa0 | u8::try_from(text.len()).unwrap()][..],
            text.as_bytes(),
        ]
        .concat()
    };
    let good = [
        vec![1],
        vec![0],
        vec![100],
        vec![0xcc, 1],
        vec![0xcd, 0, 1],
        vec![0xce, 0, 0, 0, 1],
        vec![0xcf, 0, 0, 0, 0, 0, 0, 0, 1],
        vec![0xd0, 1],
        vec![0xd1, 0, 1],
        vec![0xd2, 0, 0, 0, 1],
        vec![0xd3, 0, 0, 0, 0, 0, 0, 0, 1],
        vec![0xca, 0x3f, 0x80, 0, 0],
        float(1.0),
        text("1"),
        text("1.0"),
        text("1e2"),
        // Hosts take binary for text, and so do we.
        vec![0xc4, 1, b'1'],
    ];
    // Numbers all, but no number of retries.
    let bad = [
        vec![0xff],
        vec![101],
        vec![0xcf, 0x80, 0, 0, 0, 0, 0, 0, 0],
        vec![0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        float(0.1),
        float(0.5),
        float(1e40),
        float(f64::MAX),
        text("0.1"),
        text("0.30000000000000004"),
        text("-1"),
        text("9223372036854775808"),
        text("18446744073709551616"),
        text("1e40"),
        // A hair beside a number that would do.
        text("1.000000000000000000000000001"),
    ];
    // No numbers.
    let none = [
        float(f64::NAN),
        text("one"),
        text(""),
        text("0x1"),
        text("1e999999999999999999"),
        vec![0xc3],
        vec![0x90],
        vec![0x80],
    ];
    let validate = |number: Vec<u8>| {
        let config = Some(with_retries(&host, &number));
        let mut provider = host.provider();
        async move {
            let request = validate_provider_config::Request { config };
            let answer = provider.validate_provider_config(request).await;
            answer.unwrap().into_inner().diagnostics
        }
    };
    for number in good {
        assert_eq!(validate(number.clone()).await, [], "{number:x?}");
    }
    for number in bad.into_iter().chain(none) {
        let told = validate(number.clone()).await;
        assert_eq!(errors(&told).len(), 1, "{number:x?}: {told:?}");
        let path = told[0].attribute.as_ref().unwrap();
        assert_eq!(rules::attribute_of(path), "max_retries", "{number:x?}");
    }
}

/// Texts that must come back byte for byte: hosts compare them.
fn texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "\0",
        "a\0b",
        "\n\r\t",
        "é",
        "e\u{301}",
        "\u{1e9b}\u{323}",
        "日本語",
        "\u{1f44d}\u{1f3fd}",
        "\u{feff}",
        "\u{202e}abc",
        "\"quoted\" \\ ${not.a.template} %{x}",
        "a.b[0]",
        "null",
        "true",
        "0.1",
        "1e40",
        "-1",
        "9223372036854775808",
        "18446744073709551616",
        "0.30000000000000004",
        "12345678901234567890123",
    ]
    .map(str::to_owned)
    .into();
    // Around the lengths at which the encoding changes.
    texts.extend([31, 32, 255, 256, 65_535, 65_536, 1 << 20].map(|length| "x".repeat(length)));
    texts
}

#[tokio::test]
async fn check_29_texts_come_back_byte_for_byte() {
    let (_, url) = atlas().await;
    let host = Host::start(&url).await;
    let values: Value = texts()
        .into_iter()
        .enumerate()
        .map(|(key, text)| (key.to_string(), json!(text)))
        .collect();
    let keys: Value = texts().into_iter().map(|text| (text, json!("v"))).collect();
    let many: Value = (0..1000)
        .map(|key| (key.to_string(), Value::Null))
        .collect();
    for triggers in [values, keys, many, json!({})] {
        let config = host.config(json!({"triggers": triggers}));
        let object = host.change(&Object::default(), &config).await;
        assert!(object.state["triggers"] == config["triggers"]);
        assert!(host.refresh(&object).await.0 == object);
        assert!(host.plan(&object, &config).await.planned == object);
    }
}

#[tokio::test]
async fn check_29_the_order_of_a_map_is_no_difference() {
    let (_, url) = atlas().await;
    let host = Host::start(&url).await;
    let config = host.config(json!({"triggers": {"a": "1", "b": "2", "c": "3"}}));
    let object = host.change(&Object::default(), &config).await;
    let reversed = |value: &Value| {
        let bytes = encode(value).msgpack;
        let mut value = rmpv::decode::read_value(&mut bytes.as_slice()).unwrap();
        reverse(&mut value);
        Some(unknowns::written(&value))
    };
    let request = plan_resource_change::Request {
        type_name: START.to_owned(),
        prior_state: reversed(&object.state),
        proposed_new_state: Some(encode(&object.state)),
        config: reversed(&config),
        prior_private: object.private.clone(),
        ..Default::default()
    };
    let planned = host.provider().plan_resource_change(request).await.unwrap();
    assert_eq!(
        decode(planned.into_inner().planned_state.as_ref()),
        object.state
    );
}

fn reverse(value: &mut Msgpack) {
    if let Msgpack::Map(members) = value {
        members.reverse();
        members.iter_mut().for_each(|(_, one)| reverse(one));
    }
}

#[tokio::test]
async fn check_28_values_may_come_as_json_as_msgpack_or_not_at_all() {
    let (_, url) = atlas().await;
    let host = Host::start(&url).await;
    let config = host.config(json!({"tier": "SP5", "triggers": {"a": "1"}}));
    let in_json = |value: &Value| DynamicValue {
        msgpack: Vec::new(),
        json: value.to_string().into_bytes(),
    };
    let expected = host.plan(&Object::default(), &config).await.planned;
    for nothing in [
        None,
        Some(DynamicValue::default()),
        Some(encode(&Value::Null)),
        Some(in_json(&Value::Null)),
    ] {
        for config in [encode(&config), in_json(&config)] {
            let request = plan_resource_change::Request {
                type_name: START.to_owned(),
                prior_state: nothing.clone(),
                proposed_new_state: Some(config.clone()),
                config: Some(config),
                ..Default::default()
            };
            let planned = host.provider().plan_resource_change(request).await.unwrap();
            let planned = planned.into_inner();
            assert_eq!(errors(&planned.diagnostics), [""; 0]);
            assert_eq!(decode(planned.planned_state.as_ref()), expected.state);
            assert_eq!(
                identity(planned.planned_identity.as_ref()),
                expected.identity
            );
        }
    }
    let object = host.change(&Object::default(), &config).await;
    let request = read_resource::Request {
        type_name: START.to_owned(),
        current_state: Some(in_json(&object.state)),
        ..Default::default()
    };
    let read = host.provider().read_resource(request).await.unwrap();
    assert_eq!(decode(read.into_inner().new_state.as_ref()), object.state);
    assert_eq!(errors(&host.configure(open(&url)).await), [""; 0]);
}

#[tokio::test]
async fn check_28_what_is_no_value_is_an_error_and_no_crash() {
    let host = Host::unconfigured().await;
    let whole = encode(&host.config(json!({}))).msgpack;
    let mut cases: Vec<Vec<u8>> = vec![
        // Collections and texts that claim to be larger than anything.
        vec![0xdf, 0xff, 0xff, 0xff, 0xff],
        vec![0xdd, 0xff, 0xff, 0xff, 0xff],
        vec![0xdb, 0xff, 0xff, 0xff, 0xff],
        vec![0xc9, 0xff, 0xff, 0xff, 0xff, 0],
        // A code that msgpack never uses, a bare number, an empty object, an object within an object without end.
        vec![0xc1],
        vec![1],
        vec![0x80],
        vec![0x81; 100_000],
        vec![0x91; 100_000],
        [&whole[..], &[0xc0]].concat(),
    ];
    cases.extend((1..whole.len()).map(|length| whole[..length].to_vec()));
    let json: [&[u8]; 5] = [b"{", b"[]", b"{}", b"\xff", b"{\"group_id\": 1}"];
    let msgpack = cases.into_iter().map(|msgpack| DynamicValue {
        msgpack,
        json: Vec::new(),
    });
    let json = json.into_iter().map(|json| DynamicValue {
        msgpack: Vec::new(),
        json: json.to_vec(),
    });
    for value in msgpack.chain(json) {
        let request = validate_resource_config::Request {
            type_name: START.to_owned(),
            config: Some(value.clone()),
            client_capabilities: None,
        };
        let told = host.provider().validate_resource_config(request).await;
        let told = told.unwrap().into_inner().diagnostics;
        assert_eq!(errors(&told).len(), 1, "{told:?}");
        // A state that cannot be read is not lost either.
        let request = read_resource::Request {
            type_name: START.to_owned(),
            current_state: Some(value.clone()),
            ..Default::default()
        };
        let read = host.provider().read_resource(request).await.unwrap();
        let read = read.into_inner();
        assert_eq!(errors(&read.diagnostics).len(), 1);
        assert_eq!(read.new_state, Some(value));
    }
    answers(host.plugin.channel()).await.unwrap();
}

#[tokio::test]
async fn check_31_every_result_has_all_attributes_and_nothing_unknown() {
    let (_, url) = atlas().await;
    let host = Host::start(&url).await;
    // What applies and reads give is looked at whenever this host calls them.
    let object = host.create(json!({"timeouts": {"create": "1m"}})).await;
    let (read, _) = host.refresh(&object).await;
    let mut provider = host.provider();
    let stored = Some(RawState {
        json: object.state.to_string().into_bytes(),
        ..Default::default()
    });
    let upgrade = upgrade_resource_state::Request {
        type_name: START.to_owned(),
        version: 0,
        raw_state: stored.clone(),
    };
    let upgraded = provider.upgrade_resource_state(upgrade).await.unwrap();
    let moved = move_resource_state::Request {
        source_provider_address: "registry.example.com/other/atlas".to_owned(),
        source_type_name: START.to_owned(),
        target_type_name: START.to_owned(),
        source_state: stored,
        ..Default::default()
    };
    let moved = provider.move_resource_state(moved).await.unwrap();
    let import = import_resource_state::Request {
        type_name: START.to_owned(),
        id: object.state["id"].as_str().unwrap().to_owned(),
        ..Default::default()
    };
    let imported = provider.import_resource_state(import).await.unwrap();
    let imported = &imported.into_inner().imported_resources[0];
    let results = [
        encode(&read.state),
        upgraded.into_inner().upgraded_state.unwrap(),
        moved.into_inner().target_state.unwrap(),
        imported.state.clone().unwrap(),
    ];
    let block = block_of(host.schemas.resource_schemas.get(START));
    for result in results {
        let value = decode(Some(&result));
        rules::assert_conforms(block, &value);
        assert!(rules::is_known(&value), "{value}");
        assert_eq!(value["id"], object.state["id"]);
    }
}
