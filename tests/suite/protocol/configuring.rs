//! ConfigureProvider: it asks nobody, waits for what is not known yet, and says what is wrong.

use super::core::{START, atlas, errors};
use super::host::{Host, Object, capabilities, complete, encode, open};
use super::{rules, unknowns};
use atlas_simulator::known;
use plugin_host::dynamic::unknown;
use plugin_host::tfplugin6::{configure_provider, invoke_action};
use serde_json::{Value, json};

#[tokio::test]
async fn check_53_what_is_not_known_yet_keeps_the_provider_from_atlas_and_nothing_else() {
    let (simulator, url) = atlas().await;
    let object = Host::start(&url).await.create(json!({})).await;
    simulator.clear_record();
    let unknowns = [
        json!({"base_url": unknown(), "access_token": known::ACCESS_TOKEN}),
        json!({"base_url": url, "access_token": unknown()}),
        json!({"base_url": url, "client_id": unknown(), "client_secret": unknown()}),
        json!({"base_url": url, "client_id": known::CLIENT_ID, "client_secret": unknown()}),
        json!({"base_url": url, "public_key": unknown(), "private_key": known::PRIVATE_KEY}),
    ];
    let host = Host::unconfigured().await;
    for block in unknowns {
        let block = complete(host.provider_block(), block);
        for form in unknowns::forms() {
            let request = configure_provider::Request {
                terraform_version: "1.15.5".to_owned(),
                config: Some(unknowns::encode_as(&block, &form)),
                client_capabilities: capabilities(),
            };
            let told = host.provider().configure_provider(request).await.unwrap();
            assert_eq!(errors(&told.into_inner().diagnostics), [""; 0], "{block}");
        }
        assert_unreachable(&host, &object).await;
    }
    assert_eq!(simulator.record().len(), 0, "nobody was asked");
    // Once everything is known, all is as always.
    assert_eq!(errors(&host.configure(open(&url)).await), [""; 0]);
    assert_eq!(host.refresh(&object).await, (object, vec![]));
}

/// Plans go on and states stay, and what needs Atlas says why it cannot be.
async fn assert_unreachable(host: &Host, object: &Object) {
    let config = host.config(json!({}));
    assert_eq!(host.refresh(object).await, (object.clone(), vec![]));
    assert_eq!(host.plan(object, &config).await.planned, *object);
    let plan = host.plan(&Object::default(), &config).await;
    let (nothing, told) = host.apply(&plan).await;
    assert_eq!((nothing, told.len()), (Object::default(), 1));
    assert!(told[0].contains("provider block"), "{told:?}");
    let action = complete(host.action_block(), super::host::named(json!({})));
    let request = invoke_action::Request {
        action_type: START.to_owned(),
        config: Some(encode(&action)),
        client_capabilities: capabilities(),
    };
    let mut events = host
        .provider()
        .invoke_action(request)
        .await
        .unwrap()
        .into_inner();
    let event = events.message().await.unwrap().unwrap().r#type;
    let Some(invoke_action::event::Type::Completed(completed)) = event else {
        panic!("{event:?}")
    };
    assert_eq!(errors(&completed.diagnostics).len(), 1);
}

#[tokio::test]
async fn check_53_a_provider_that_was_never_configured_says_so() {
    let (simulator, url) = atlas().await;
    let object = Host::start(&url).await.create(json!({})).await;
    simulator.clear_record();
    assert_unreachable(&Host::unconfigured().await, &object).await;
    assert_eq!(simulator.record().len(), 0);
}

#[tokio::test]
async fn check_53_what_is_wrong_is_an_error_on_its_attribute() {
    let (simulator, url) = atlas().await;
    let host = Host::unconfigured().await;
    let cases = [
        ("private_key", json!({"public_key": known::PUBLIC_KEY})),
        ("public_key", json!({"private_key": known::PRIVATE_KEY})),
        ("client_secret", json!({"client_id": known::CLIENT_ID})),
        ("client_id", json!({"client_secret": known::CLIENT_SECRET})),
        (
            "public_key",
            json!({"public_key": known::CLIENT_ID, "private_key": known::CLIENT_SECRET}),
        ),
        ("access_token", json!({"access_token": "two\nlines"})),
        ("base_url", json!({"base_url": "ftp://cloud.mongodb.com"})),
        ("base_url", json!({"base_url": "not a url"})),
        ("api_version", json!({"api_version": "v2"})),
        ("request_timeout", json!({"request_timeout": "0s"})),
        ("max_retries", json!({"max_retries": -1})),
    ];
    for (attribute, mut block) in cases {
        if block.get("base_url").is_none() {
            block["base_url"] = json!(url);
        }
        let told = host.configure(block.clone()).await;
        let texts = errors(&told);
        assert!(
            texts.len() == 1 && texts[0].contains(attribute),
            "{block}: {texts:?}"
        );
        assert_eq!(
            rules::attribute_of(told[0].attribute.as_ref().unwrap()),
            attribute
        );
        let secrets = [known::PRIVATE_KEY, known::CLIENT_SECRET];
        assert!(!secrets.iter().any(|secret| texts[0].contains(secret)));
    }
    assert_eq!(simulator.record().len(), 0, "nobody was asked");
}

#[tokio::test]
async fn check_53_the_last_configuration_counts() {
    let (first, first_url) = atlas().await;
    let (second, second_url) = atlas().await;
    let host = Host::start(&first_url).await;
    let object = host.create(json!({})).await;
    assert_eq!(errors(&host.configure(open(&second_url)).await), [""; 0]);
    first.clear_record();
    let (read, errors) = host.refresh(&object).await;
    assert_eq!(
        (&read.state["state"], errors),
        (&Value::from("STOPPED"), vec![])
    );
    assert_eq!((first.record().len(), second.record().len()), (0, 1));
}
