//! What is stored: refreshed, upgraded, imported, and never lost to a look that failed.

use super::core::{PROCESSOR, START, atlas, errors};
use super::host::{
    Host, NAMES, Object, capabilities, decode, identity, identity_data, named, open,
};
use super::rules;
use atlas_simulator::{Effect, Fault, Operation, known};
use plugin_host::tfplugin6::{
    Diagnostic, RawState, import_resource_state, upgrade_resource_identity, upgrade_resource_state,
};
use serde_json::{Value, json};

/// ImportResourceState: the first object, or the errors.
async fn import(host: &Host, id: &str, by: Option<Value>) -> Result<Object, Vec<Diagnostic>> {
    let request = import_resource_state::Request {
        type_name: START.to_owned(),
        id: id.to_owned(),
        client_capabilities: capabilities(),
        identity: by.as_ref().and_then(identity_data),
    };
    let answer = host
        .provider()
        .import_resource_state(request)
        .await
        .unwrap();
    let answer = answer.into_inner();
    if !errors(&answer.diagnostics).is_empty() {
        assert_eq!(answer.imported_resources, []);
        return Err(answer.diagnostics);
    }
    let [imported] = &answer.imported_resources[..] else {
        panic!("hosts take exactly one object")
    };
    assert_eq!(imported.type_name, START);
    let object = Object {
        state: decode(imported.state.as_ref()),
        private: imported.private.clone(),
        identity: identity(imported.identity.as_ref()),
    };
    rules::assert_stored(host.resource_block(), &object);
    assert!(!object.state.is_null());
    Ok(object)
}

fn id() -> String {
    format!("{}/{}/{PROCESSOR}", known::GROUP_ID, known::TENANT)
}

#[tokio::test]
async fn check_37_gone_is_what_atlas_says_is_gone_and_nothing_else() {
    let (simulator, url) = atlas().await;
    let host = Host::start(&url).await;
    let object = host.create(json!({})).await;
    let imported = import(&host, &id(), None).await.unwrap();
    let troubles = [
        Effect::html(404),
        Effect::empty(404),
        Effect::not_atlas(),
        Effect::access_forbidden(),
        Effect::user_unauthorized(),
        Effect::unexpected_error(false),
        Effect::service_unavailable(false),
        Effect::html(502),
        Effect::rate_limited(1),
        Effect::broken_json(200),
        Effect::empty(200),
        Effect::Truncate,
        Effect::Reset { processed: false },
        Effect::version_gone(),
    ];
    for object in [object, imported] {
        for trouble in &troubles {
            simulator.fault(Fault::on(Operation::Get, trouble.clone()).always());
            let (kept, errors) = host.refresh(&object).await;
            assert_eq!(errors.len(), 1, "{trouble:?}: {errors:?}");
            assert_eq!(kept, object, "{trouble:?}");
            simulator.clear_faults();
        }
        let (there, errors) = host.refresh(&object).await;
        assert_eq!(
            (there.state["state"].as_str(), errors),
            (Some("STARTED"), vec![])
        );
        let gone = Effect::processor_not_found(known::TENANT, PROCESSOR);
        simulator.fault(Fault::on(Operation::Get, gone));
        assert_eq!(host.refresh(&object).await, (Object::default(), vec![]));
    }
}

#[tokio::test]
async fn check_37_silence_is_no_news() {
    let (simulator, url) = atlas().await;
    let host = Host::start(&url).await;
    let object = host.create(json!({})).await;
    let mut impatient = open(&url);
    impatient["request_timeout"] = json!("300ms");
    assert_eq!(errors(&host.configure(impatient).await), [""; 0]);
    simulator.fault(Fault::on_any(Effect::NoAnswer { processed: false }).always());
    let (kept, errors) = host.refresh(&object).await;
    assert_eq!((kept, errors.len()), (object, 1));
}

#[tokio::test]
async fn check_41_private_bytes_are_echoed_and_outlive_what_fails() {
    let (simulator, url) = atlas().await;
    let host = Host::start(&url).await;
    let imported = import(&host, &id(), None).await.unwrap();
    assert!(!imported.private.is_empty());
    let (read, _) = host.refresh(&imported).await;
    assert_eq!(read.private, imported.private);
    // At rest, so that an update has something to start, which fails.
    assert_eq!(read.state["state"], "STOPPED");
    let plan = host.plan(&read, &host.config(json!({}))).await;
    simulator.fault(Fault::on(Operation::Start, Effect::access_forbidden()));
    let (kept, errors) = host.apply(&plan).await;
    assert_eq!((kept, errors.len()), (read, 1));
    // Bytes of nobody's are no trouble, and are kept where nothing is known better.
    let foreign = Object {
        private: b"\xff\x00 written by somebody else".to_vec(),
        ..imported
    };
    simulator.fault(Fault::on(Operation::Get, Effect::html(502)));
    let (kept, errors) = host.refresh(&foreign).await;
    assert_eq!((&kept, errors.len()), (&foreign, 1));
    let (read, errors) = host.refresh(&foreign).await;
    assert_eq!((&read.state["state"], errors), (&json!("STOPPED"), vec![]));
}

/// UpgradeResourceState of these bytes.
async fn upgrade(host: &Host, version: i64, raw: RawState) -> Result<Value, Vec<String>> {
    let request = upgrade_resource_state::Request {
        type_name: START.to_owned(),
        version,
        raw_state: Some(raw),
    };
    let answer = host
        .provider()
        .upgrade_resource_state(request)
        .await
        .unwrap();
    let answer = answer.into_inner();
    match errors(&answer.diagnostics) {
        errors if errors.is_empty() => Ok(decode(answer.upgraded_state.as_ref())),
        errors => Err(errors),
    }
}

fn stored(json: impl ToString) -> RawState {
    RawState {
        json: json.to_string().into_bytes(),
        ..Default::default()
    }
}

#[tokio::test]
async fn check_42_a_stored_state_becomes_a_whole_one() {
    let host = Host::unconfigured().await;
    let whole = host.config(json!({"triggers": {"a": "1"}, "timeouts": {"create": "1m"}}));
    let mut lacking = whole.clone();
    let members = lacking.as_object_mut().unwrap();
    members.retain(|_, value| !value.is_null());
    members["timeouts"] = json!({"create": "1m"});
    let mut with_more = whole.clone();
    with_more["from_the_future"] = json!({"any": [1, 2.5, "thing"]});
    with_more["timeouts"]["later"] = json!("1m");
    let pretty = serde_json::to_string_pretty(&whole).unwrap();
    for json in [
        whole.to_string(),
        pretty,
        lacking.to_string(),
        with_more.to_string(),
    ] {
        assert_eq!(upgrade(&host, 0, stored(json)).await.unwrap(), whole);
    }
    let nothing = host.config(json!({})).as_object().unwrap().clone();
    let nothing: Value = nothing
        .into_iter()
        .map(|(name, _)| (name, Value::Null))
        .collect();
    assert_eq!(upgrade(&host, 0, stored("{}")).await.unwrap(), nothing);
}

#[tokio::test]
async fn check_42_what_is_no_state_of_ours_is_refused() {
    let host = Host::unconfigured().await;
    let flatmap = RawState {
        json: Vec::new(),
        flatmap: [("id".to_owned(), "a/b/c".to_owned())].into(),
    };
    let cases = [
        (0, flatmap, "0.12"),
        (1, stored("{}"), "newer version of the provider"),
        (0, RawState::default(), "not a JSON object"),
        (0, stored("{"), "not a JSON object"),
        (0, stored("[]"), "not a JSON object"),
        (0, stored(r#"{"tier": 12345678901234567890123}"#), "tier"),
        (0, stored(r#"{"triggers": {"a": 1}}"#), "triggers"),
        (0, stored(r#"{"timeouts": []}"#), "timeouts"),
    ];
    for (version, raw, word) in cases {
        let told = upgrade(&host, version, raw.clone()).await.unwrap_err();
        assert!(
            told.len() == 1 && told[0].contains(word),
            "{raw:?}: {told:?}"
        );
    }
}

#[tokio::test]
async fn check_42_a_stored_identity_becomes_a_whole_one() {
    let host = Host::unconfigured().await;
    let whole: Value = NAMES
        .map(|name| (name.to_owned(), json!(name)))
        .into_iter()
        .collect();
    let lacking = json!({"group_id": "group_id", "other": 1});
    let filled = json!({"group_id": "group_id", "tenant_name": null, "processor_name": null});
    for (version, json, expected) in [
        (0, whole.to_string(), Some(&whole)),
        (0, lacking.to_string(), Some(&filled)),
        (1, whole.to_string(), None),
        (0, "[]".to_owned(), None),
    ] {
        let request = upgrade_resource_identity::Request {
            type_name: START.to_owned(),
            version,
            raw_identity: Some(stored(json)),
        };
        let answer = host
            .provider()
            .upgrade_resource_identity(request)
            .await
            .unwrap();
        let answer = answer.into_inner();
        let upgraded = identity(answer.upgraded_identity.as_ref());
        assert_eq!(errors(&answer.diagnostics).is_empty(), expected.is_some());
        assert_eq!(upgraded, expected.cloned().unwrap_or_default());
    }
}

#[tokio::test]
async fn check_43_an_id_is_imported_and_read() {
    let (simulator, url) = atlas().await;
    simulator.add_processor_at(known::GROUP_ID, "a b", "100 % / käse", "STARTED");
    let host = Host::start(&url).await;
    let strange = format!("{}/a%20b/100%20%25%20%2F%20k%C3%A4se", known::GROUP_ID);
    for (id, names) in [
        (id(), named(json!({}))),
        (
            strange,
            named(json!({"tenant_name": "a b", "processor_name": "100 % / käse"})),
        ),
    ] {
        let imported = import(&host, &id, None).await.unwrap();
        for name in NAMES {
            assert_eq!(imported.state[name], names[name]);
        }
        let set = imported.state.as_object().unwrap().iter();
        let set: Vec<&String> = set
            .filter(|one| !one.1.is_null())
            .map(|one| one.0)
            .collect();
        assert_eq!(set, ["group_id", "id", "processor_name", "tenant_name"]);
        let (read, errors) = host.refresh(&imported).await;
        assert_eq!(errors, [""; 0]);
        assert!(read.state["state"].is_string() && read.state["processor_id"].is_string());
        assert_eq!(read.state["id"], json!(id));
    }
}

#[tokio::test]
async fn check_43_what_is_no_id_is_refused_and_what_is_not_there_is_found_missing() {
    let (_, url) = atlas().await;
    let host = Host::start(&url).await;
    let group = known::GROUP_ID;
    for id in [
        String::new(),
        "orders".to_owned(),
        format!("{group}/orders"),
        format!("{group}/a/b/c"),
        format!("{group}//orders"),
        format!("{group}/tenant/"),
        format!("{group}/tenant/.."),
        format!("{group}/%FF/orders"),
        format!("{}/tenant/orders", group.to_uppercase()),
        "0123/tenant/orders".to_owned(),
        "///".to_owned(),
    ] {
        let told = import(&host, &id, None).await.unwrap_err();
        assert_eq!(errors(&told).len(), told.len(), "{id}");
        // There is no configuration that a path could lead into.
        assert!(told.iter().all(|one| one.attribute.is_none()), "{id}");
    }
    let missing = format!("{group}/{}/missing", known::TENANT);
    let imported = import(&host, &missing, None).await.unwrap();
    assert_eq!(host.refresh(&imported).await, (Object::default(), vec![]));
}

#[tokio::test]
async fn check_44_an_identity_is_imported_read_planned_and_applied() {
    let (_, url) = atlas().await;
    let host = Host::start(&url).await;
    let whole = named(json!({}));
    let by_identity = import(&host, "", Some(whole.clone())).await.unwrap();
    assert_eq!(by_identity, import(&host, &id(), None).await.unwrap());
    assert_eq!(by_identity.identity, whole);
    // That reads, plans and applies give it is looked at whenever this host calls them: so on a whole life,
    let (read, _) = host.refresh(&by_identity).await;
    let config = host.config(json!({"tier": "SP2"}));
    let object = host.change(&read, &config).await;
    assert_eq!(object.identity, whole);
    host.change(&object, &Value::Null).await;
    // and for a state that was stored without one.
    let without = Object {
        identity: Value::Null,
        ..object
    };
    assert_eq!(host.refresh(&without).await.0.identity, whole);
    assert_eq!(host.plan(&without, &config).await.planned.identity, whole);
}

#[tokio::test]
async fn check_44_an_identity_that_names_no_processor_is_refused() {
    let host = Host::unconfigured().await;
    for name in NAMES {
        for value in [Value::Null, json!(""), plugin_host::dynamic::unknown()] {
            let told = import(&host, "", Some(named(json!({name: value})))).await;
            let told = errors(&told.unwrap_err());
            assert!(told.len() == 1 && told[0].contains(name), "{told:?}");
        }
    }
}
