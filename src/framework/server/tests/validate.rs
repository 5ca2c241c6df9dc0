//! Configurations: provider, resource and action, with values set, unknown, and not there at all.

use serde_json::json;

use super::{NAME, errors, paths, server, thing};
use crate::framework::server::configure_provider::Request;
use crate::framework::server::{Kind, not_offered};
use crate::framework::{Encoded, Type, Value};

#[test]
fn a_resource_is_checked_with_whatever_is_known() {
    for (config, summaries) in [
        (json!(null), vec![]),
        (json!({"name": "a"}), vec![]),
        (json!({"name": "?", "note": "?"}), vec![]),
        (json!({"name": "a", "note": "fail"}), vec!["Failed"]),
        (json!({"name": "a", "note": "warn"}), vec![]),
        (
            json!({"name": "a", "note": "panic"}),
            vec!["The provider panicked while checking the configuration of test_thing"],
        ),
    ] {
        let found = server().validate_resource_config(NAME, &thing(&config));
        assert_eq!(errors(&found), summaries, "{config}");
    }
}

#[test]
fn only_the_provider_sets_computed_attributes() {
    for config in [json!({"id": "mine"}), json!({"id": "?"})] {
        let found = server().validate_resource_config(NAME, &thing(&config));
        assert_eq!(errors(&found), ["id cannot be set"]);
        assert_eq!(paths(&found), ["id"]);
    }
}

#[test]
fn a_configuration_that_does_not_fit_is_refused_at_its_place() {
    let wrong = Encoded {
        msgpack: Vec::new(),
        json: br#"{"name":1,"note":null,"size":null,"tags":null,"id":null,"timeouts":null}"#
            .to_vec(),
    };
    let found = server().validate_resource_config(NAME, &wrong);
    assert_eq!(
        errors(&found),
        ["Cannot read the configuration of test_thing"]
    );
    assert_eq!(paths(&found), ["name"]);
}

#[test]
fn unknown_names_are_an_error_and_no_failure() {
    let nothing = Encoded::default();
    let server = server();
    for (found, kind) in [
        (
            server.validate_resource_config("test_x", &nothing),
            "resource",
        ),
        (server.validate_action_config("test_x", &nothing), "action"),
        (server.plan_action("test_x", &nothing), "action"),
        (
            not_offered(Kind::DataSource, "test_x").into(),
            "data source",
        ),
    ] {
        let summary = format!("The provider has no {kind} \"test_x\"");
        assert_eq!(errors(&found), [summary]);
    }
}

fn provider_config(url: impl Into<Value>) -> Encoded {
    let mut config = Value::Null;
    config.set("url", url);
    config.set("version", Value::Null);
    let ty = Type::object([("url", Type::String), ("version", Type::String)]);
    Encoded::encode(&config, &ty).unwrap()
}

#[test]
fn a_provider_is_configured_as_often_as_it_takes() {
    let server = server();
    for (url, version, expected) in [
        (Value::Null, "1.15.5", vec![]),
        (Value::Unknown, "1.15.5", vec![]),
        ("fail".into(), "1.15.5", vec!["Failed"]),
        (
            "x".into(),
            "panic",
            vec!["The provider panicked while taking over the provider's configuration"],
        ),
        ("x".into(), "1.15.5", vec![]),
    ] {
        let found = server.configure_provider(Request {
            config: provider_config(url),
            terraform_version: version.into(),
        });
        assert_eq!(errors(&found), expected);
    }
    let nothing = Request {
        config: Encoded::default(),
        terraform_version: String::new(),
    };
    assert!(server.configure_provider(nothing).is_empty());
}

#[test]
fn a_provider_block_is_checked() {
    let server = server();
    for (config, expected) in [
        (Encoded::default(), vec![]),
        (provider_config(Value::Unknown), vec![]),
        (provider_config("fail"), vec!["Failed"]),
        (
            provider_config("panic"),
            vec!["The provider panicked while checking the provider's configuration"],
        ),
    ] {
        assert_eq!(errors(&server.validate_provider_config(&config)), expected);
    }
}

#[test]
fn what_there_is_is_told() {
    let server = server();
    let metadata = server.get_metadata();
    assert_eq!(metadata.resources, [NAME]);
    assert_eq!(metadata.actions, [NAME]);
    let schemas = server.get_provider_schema();
    assert_eq!(schemas.provider.block.attributes.len(), 2);
    assert_eq!(schemas.resources[NAME].version, 2);
    assert_eq!(schemas.actions[NAME].block.attributes.len(), 1);
    assert!(schemas.capabilities.plan_destroy);
    assert_eq!(server.get_resource_identity_schemas()[NAME].version, 1);
}
