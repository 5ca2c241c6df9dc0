//! Reads: only a look that succeeded and found nothing removes an object.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{Finished, NAME, decode, errors, identity, identity_name, server, server_with, thing};
use crate::framework::Encoded;
use crate::framework::server::read_resource::{Request, Response};

fn request(state: &Json) -> Request {
    Request {
        type_name: NAME.into(),
        current_state: thing(state),
        private: b"private".to_vec(),
        current_identity: Some(identity("a")),
    }
}

async fn read(state: &Json) -> Response {
    server().read_resource(request(state)).await
}

#[tokio::test]
async fn a_look_tells_what_is_there_now() {
    for (note, size) in [("", 1), ("drift", 9)] {
        let response = read(&json!({"name": "a", "note": note, "size": 1})).await;
        assert!(
            response.diagnostics.is_empty(),
            "{:?}",
            response.diagnostics
        );
        let state = decode(&response.new_state);
        assert_eq!(state.attribute("size").as_i64(), Some(size));
        assert_eq!(response.private, b"private+read");
        assert_eq!(
            identity_name(response.new_identity.as_ref()),
            Some("a".into())
        );
    }
}

#[tokio::test]
async fn what_is_gone_is_null() {
    for state in [json!({"name": "a", "note": "gone"}), json!(null)] {
        let response = read(&state).await;
        assert!(response.diagnostics.is_empty());
        assert!(response.new_state == Encoded::null());
        assert!(response.new_identity.is_none());
    }
}

#[tokio::test]
async fn an_error_keeps_what_is_stored() {
    for (note, summary) in [
        ("fail", "Failed"),
        ("panic", "The provider panicked while reading test_thing"),
        ("unknown", "The provider is at fault with test_thing"),
    ] {
        let state = json!({"name": "a", "note": note, "size": 12});
        let response = read(&state).await;
        assert_eq!(errors(&response.diagnostics), [summary]);
        assert!(response.new_state == thing(&state));
        assert_eq!(response.private, b"private");
        assert!(response.new_identity == Some(identity("a")));
    }
    let mut broken = request(&json!({"name": "a"}));
    broken.current_state.msgpack = vec![0xc1];
    let stored = broken.current_state.clone();
    let response = server().read_resource(broken).await;
    assert_eq!(
        errors(&response.diagnostics),
        ["Cannot read the stored state of test_thing"]
    );
    assert!(response.new_state == stored);
}

#[tokio::test(start_paused = true)]
async fn a_look_that_nobody_waits_for_ends() {
    let finished = Finished::default();
    let server = server_with(&finished);
    let call = server.read_resource(request(&json!({"name": "a", "note": "slow"})));
    assert!(
        tokio::time::timeout(Duration::from_secs(1), call)
            .await
            .is_err()
    );
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(finished.count(), 0);
}
