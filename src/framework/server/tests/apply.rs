//! Applies: whatever goes wrong, the state afterwards holds what is known.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{Finished, NAME, decode, errors, identity, identity_name, server, server_with, thing};
use crate::framework::server::Server;
use crate::framework::server::apply_resource_change::{Request, Response};
use crate::framework::{CancellationToken, Encoded, Value};

fn request(prior: &Json, planned: &Json) -> Request {
    Request {
        type_name: NAME.into(),
        prior_state: thing(prior),
        planned_state: thing(planned),
        config: thing(planned),
        planned_private: b"planned".to_vec(),
        planned_identity: Some(identity("a")),
        abandoned: CancellationToken::new(),
    }
}

async fn apply(prior: &Json, planned: &Json) -> Response {
    server()
        .apply_resource_change(request(prior, planned))
        .await
}

fn fault() -> Vec<String> {
    vec![format!("The provider is at fault with {NAME}")]
}

#[tokio::test]
async fn a_create_that_works_is_stored() {
    let response = apply(&json!(null), &json!({"name": "a", "id": "?"})).await;
    assert!(
        response.diagnostics.is_empty(),
        "{:?}",
        response.diagnostics
    );
    let state = decode(&response.new_state);
    assert_eq!(state.attribute("id").as_str(), Some("id-1"));
    assert_eq!(response.private, b"planned+applied");
    assert_eq!(
        identity_name(response.new_identity.as_ref()),
        Some("a".into())
    );
}

#[tokio::test]
async fn a_delete_leaves_nothing() {
    let response = apply(&json!({"name": "a", "id": "1"}), &json!(null)).await;
    assert!(
        response.diagnostics.is_empty(),
        "{:?}",
        response.diagnostics
    );
    assert!(decode(&response.new_state).is_null());
    assert!(response.new_identity.is_none());
}

#[tokio::test]
async fn a_create_never_loses_what_it_may_have_made() {
    let planned = |note: &str| json!({"name": "a", "note": note, "id": "?"});
    let panicked = vec!["The provider panicked while creating test_thing".to_owned()];
    for (note, expected_errors, id, private) in [
        ("panic", panicked, Value::Null, "planned+panicked create"),
        ("return null", fault(), Value::Null, "planned+applied"),
        ("leave unknown", fault(), Value::Null, "planned+applied"),
        ("wrong shape", fault(), Value::Null, "planned+applied"),
        ("other value", fault(), "id-1".into(), "planned+applied"),
        (
            "fail with state",
            vec!["Failed".into()],
            "id-1".into(),
            "planned+applied",
        ),
    ] {
        let response = apply(&json!(null), &planned(note)).await;
        assert_eq!(errors(&response.diagnostics), expected_errors, "{note}");
        let state = decode(&response.new_state);
        assert!(state.is_known() && state.is_wholly_known(), "{note}");
        assert_eq!(state.attribute("id"), &id, "{note}");
        assert_eq!(response.private, private.as_bytes(), "{note}");
        assert!(response.new_identity.is_some(), "{note}");
    }
    // Only the resource itself can say that there is nothing.
    let response = apply(&json!(null), &planned("fail with null")).await;
    assert_eq!(errors(&response.diagnostics), ["Failed"]);
    assert!(decode(&response.new_state).is_null());
}

#[tokio::test]
async fn an_update_never_loses_the_state_before() {
    let prior = json!({"name": "a", "size": 1, "id": "1"});
    let panicked = vec!["The provider panicked while updating test_thing".to_owned()];
    for (note, expected_errors, size, private) in [
        ("", vec![], 2, "planned+applied"),
        ("panic", panicked, 1, "planned+panicked update"),
        ("return null", fault(), 1, "planned+applied"),
        ("wrong shape", fault(), 1, "planned+applied"),
        (
            "fail with state",
            vec!["Failed".into()],
            2,
            "planned+applied",
        ),
        ("unknown identity", fault(), 2, "planned+applied"),
    ] {
        let planned = json!({"name": "a", "note": note, "size": 2, "id": "1"});
        let response = apply(&prior, &planned).await;
        assert_eq!(errors(&response.diagnostics), expected_errors, "{note}");
        let state = decode(&response.new_state);
        assert_eq!(state.attribute("size").as_i64(), Some(size), "{note}");
        assert_eq!(state.attribute("id").as_str(), Some("1"), "{note}");
        assert_eq!(response.private, private.as_bytes(), "{note}");
    }
    nothing_has_changed(
        &prior,
        &json!({"name": "a", "note": "fail with null", "id": "1"}),
    )
    .await;
}

/// The host keeps state, `private` and identity where the answer is an error and no state.
async fn nothing_has_changed(prior: &Json, planned: &Json) {
    let response = apply(prior, planned).await;
    assert_eq!(errors(&response.diagnostics).len(), 1);
    assert!(decode(&response.new_state).is_null());
    assert!(response.new_identity.is_none());
}

#[tokio::test]
async fn a_delete_that_fails_keeps_the_object() {
    let deleting = |note: &str| json!({"name": "a", "note": note, "id": "1"});
    for note in ["panic", "fail with null"] {
        nothing_has_changed(&deleting(note), &json!(null)).await;
    }
    let prior = deleting("return state");
    let response = apply(&prior, &json!(null)).await;
    assert_eq!(errors(&response.diagnostics), fault());
    assert_eq!(decode(&response.new_state), decode(&thing(&prior)));
    let name = identity_name(response.new_identity.as_ref());
    assert_eq!(name, Some("a".into()));
}

#[tokio::test]
async fn what_cannot_be_read_changes_nothing() {
    let prior = json!({"name": "a", "id": "1"});
    let broken = Encoded {
        msgpack: vec![0xc1],
        json: Vec::new(),
    };
    let mut refused = request(&prior, &json!({"name": "a"}));
    refused.planned_state = broken;
    let response = server().apply_resource_change(refused).await;
    assert_eq!(
        errors(&response.diagnostics),
        ["Cannot read the planned state of test_thing"]
    );
    assert!(decode(&response.new_state).is_null());

    let mut unknown = request(&prior, &json!({"name": "a"}));
    unknown.type_name = "test_x".into();
    let response = server().apply_resource_change(unknown).await;
    assert_eq!(
        errors(&response.diagnostics),
        ["The provider has no resource \"test_x\""]
    );
    assert!(decode(&response.new_state).is_null());

    let response = apply(&json!(null), &json!(null)).await;
    assert_eq!(
        errors(&response.diagnostics),
        ["There is nothing to apply to test_thing"]
    );
}

#[tokio::test(start_paused = true)]
async fn work_goes_on_when_nobody_waits_for_it_any_more() {
    let finished = Finished::default();
    let server = server_with(&finished);
    let slow = request(
        &json!(null),
        &json!({"name": "a", "note": "slow", "id": "?"}),
    );
    let call = server.apply_resource_change(slow);
    let dropped = tokio::time::timeout(Duration::from_millis(10), call).await;
    assert!(dropped.is_err());
    assert_eq!(finished.count(), 0);
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(finished.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_end_stops_the_calls_in_flight_and_all_later_ones() {
    let server: Arc<Server> = Arc::new(server());
    let waiting = || {
        let server = Arc::clone(&server);
        let request = request(
            &json!(null),
            &json!({"name": "a", "note": "wait", "id": "?"}),
        );
        tokio::spawn(async move { server.apply_resource_change(request).await })
    };
    let in_flight = waiting();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(!in_flight.is_finished());
    server.end();
    let mut calls = vec![in_flight, waiting()];
    // A stop that comes now lets no later call wait either.
    server.stop();
    calls.push(waiting());
    for call in calls {
        let response = tokio::time::timeout(Duration::from_secs(60), call).await;
        let response = response.expect("it waits").unwrap();
        assert_eq!(errors(&response.diagnostics), ["Interrupted"]);
    }
}

#[tokio::test(start_paused = true)]
async fn stop_ends_the_waits_of_calls_in_flight_and_of_no_later_ones() {
    let server: Arc<Server> = Arc::new(server());
    let waiting = || {
        request(
            &json!(null),
            &json!({"name": "a", "note": "wait", "id": "?"}),
        )
    };
    for _ in 0..2 {
        let call = tokio::spawn({
            let server = server.clone();
            let request = waiting();
            async move { server.apply_resource_change(request).await }
        });
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert!(!call.is_finished());
        server.stop();
        let response = call.await.unwrap();
        assert_eq!(errors(&response.diagnostics), ["Interrupted"]);
        assert_eq!(
            decode(&response.new_state).attribute("id").as_str(),
            Some("id-1")
        );
    }
}
