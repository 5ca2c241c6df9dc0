//! Plans: create, update, replace and destroy, and the rules that a resource may break.

use serde_json::{Value as Json, json};

use super::{NAME, decode, detail, errors, identity, identity_name, server, thing};
use crate::framework::server::plan_resource_change::{Request, Response};
use crate::framework::{Path, Value};

fn plan(prior: &Json, config: &Json, proposed: &Json) -> Response {
    server().plan_resource_change(Request {
        type_name: NAME.into(),
        prior_state: thing(prior),
        proposed_new_state: thing(proposed),
        config: thing(config),
        prior_private: b"private".to_vec(),
        planned_private: b"earlier".to_vec(),
        prior_identity: prior.get("name").map(|_| identity("a")),
    })
}

fn replaced(response: &Response) -> Vec<String> {
    response
        .requires_replace
        .iter()
        .map(Path::to_string)
        .collect()
}

#[test]
fn a_create_does_not_know_yet_what_is_computed() {
    let config = json!({"name": "a", "size": 1, "tags": {"k": "v"}, "timeouts": {"create": "1m"}});
    let response = plan(&json!(null), &config, &config);
    assert!(
        response.diagnostics.is_empty(),
        "{:?}",
        response.diagnostics
    );
    let planned = decode(&response.planned_state);
    assert!(planned.attribute("id").is_unknown());
    assert!(planned.attribute("note").is_null());
    assert_eq!(planned.attribute("size").as_i64(), Some(1));
    assert_eq!(response.planned_private, b"private|earlier");
    assert_eq!(
        identity_name(response.planned_identity.as_ref()),
        Some("a".into())
    );
    assert!(response.requires_replace.is_empty());
}

#[test]
fn a_create_may_be_unknown_all_over() {
    let config = json!({"name": "?", "note": "?"});
    let response = plan(&json!(null), &config, &config);
    assert!(
        response.diagnostics.is_empty(),
        "{:?}",
        response.diagnostics
    );
    assert!(
        decode(&response.planned_state)
            .attribute("name")
            .is_unknown()
    );
    let name = identity_name(response.planned_identity.as_ref());
    assert_eq!(name, Some(Value::Unknown));
}

#[test]
fn an_update_keeps_what_it_does_not_change() {
    let prior = json!({"name": "a", "size": 1, "id": "1"});
    let config = json!({"name": "a", "size": 2});
    let response = plan(&prior, &config, &json!({"name": "a", "size": 2, "id": "1"}));
    assert!(
        response.diagnostics.is_empty(),
        "{:?}",
        response.diagnostics
    );
    assert!(response.requires_replace.is_empty());
    let planned = decode(&response.planned_state);
    assert_eq!(planned.attribute("id").as_str(), Some("1"));
    // Without a change, nothing is planned.
    let response = plan(&prior, &json!({"name": "a", "size": 1}), &prior);
    assert_eq!(decode(&response.planned_state), decode(&thing(&prior)));
}

#[test]
fn what_was_declared_so_replaces() {
    let prior = json!({"name": "a", "id": "1", "timeouts": {"zone": "x"}});
    for (config, proposed, expected) in [
        (
            json!({"name": "b", "timeouts": {"zone": "x"}}),
            json!({"name": "b", "id": "1", "timeouts": {"zone": "x"}}),
            vec!["name"],
        ),
        (
            json!({"name": "?"}),
            json!({"name": "?", "id": "1"}),
            vec!["name", "timeouts.zone"],
        ),
        (
            json!({"name": "a", "timeouts": {"zone": "y"}}),
            json!({"name": "a", "id": "1", "timeouts": {"zone": "y"}}),
            vec!["timeouts.zone"],
        ),
    ] {
        let response = plan(&prior, &config, &proposed);
        assert!(
            response.diagnostics.is_empty(),
            "{:?}",
            response.diagnostics
        );
        assert_eq!(replaced(&response), expected);
    }
}

#[test]
fn a_destroy_plans_nothing_and_keeps_the_identity() {
    let response = plan(&json!({"name": "a", "id": "1"}), &json!(null), &json!(null));
    assert!(
        response.diagnostics.is_empty(),
        "{:?}",
        response.diagnostics
    );
    assert!(decode(&response.planned_state).is_null());
    assert!(response.requires_replace.is_empty());
    assert_eq!(
        identity_name(response.planned_identity.as_ref()),
        Some("a".into())
    );
    assert_eq!(response.planned_private, b"private|earlier");
}

#[test]
fn a_resource_that_breaks_the_rules_is_named() {
    let prior = json!({"name": "a", "id": "1"});
    for (note, problem) in [
        (
            "rewrite",
            "a value is planned for size, which is neither configured nor computed",
        ),
        ("wrong shape", "name is planned unlike its configuration"),
        ("plan null", "a destroy has to be planned as null"),
        (
            "unknown identity",
            "the identity of an object that stays was planned as unknown",
        ),
    ] {
        let config = json!({"name": "a", "note": note});
        let response = plan(
            &prior,
            &config,
            &json!({"name": "a", "note": note, "id": "1"}),
        );
        let summary = format!("The provider is at fault with {NAME}");
        assert_eq!(errors(&response.diagnostics), [summary]);
        let detail = detail(&response.diagnostics);
        assert!(detail.contains(problem), "{detail}");
    }
}

#[test]
fn an_identity_that_a_resource_forgets_stays() {
    let config = json!({"name": "a", "note": "no identity"});
    let with_id = json!({"name": "a", "note": "no identity", "id": "1"});
    let response = plan(&json!({"name": "a", "id": "1"}), &config, &with_id);
    assert!(
        response.diagnostics.is_empty(),
        "{:?}",
        response.diagnostics
    );
    assert_eq!(
        identity_name(response.planned_identity.as_ref()),
        Some("a".into())
    );
}

#[test]
fn errors_and_panics_of_a_resource_are_told() {
    for (note, summary) in [
        ("fail", "Failed"),
        ("panic", "The provider panicked while planning test_thing"),
    ] {
        let config = json!({"name": "a", "note": note});
        let response = plan(&json!(null), &config, &config);
        assert_eq!(errors(&response.diagnostics), [summary]);
        assert_eq!(response.planned_private, b"private");
    }
    let config = json!({"name": "a", "note": "warn"});
    let response = plan(&json!(null), &config, &config);
    assert_eq!(response.diagnostics.len(), 1);
    assert!(decode(&response.planned_state).is_known());
}
