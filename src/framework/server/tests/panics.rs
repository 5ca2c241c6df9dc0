//! Panics of the engine itself, brought about by a log that panics where the engine writes to it.

use std::task::{Context, Poll, Waker};

use serde_json::{Value as Json, json};

use super::action::config;
use super::{NAME, decode, errors, identity, identity_name, server, thing};
use crate::framework::server::invoke_action::Event;
use crate::framework::server::panicking_log::panicking_log;
use crate::framework::server::{apply_resource_change, read_resource};
use crate::framework::{CancellationToken, Encoded, Value};

fn apply(prior: &Json, planned: &Json) -> apply_resource_change::Request {
    apply_resource_change::Request {
        type_name: NAME.into(),
        prior_state: thing(prior),
        planned_state: thing(planned),
        config: thing(planned),
        planned_private: b"planned".to_vec(),
        planned_identity: Some(identity("a")),
        abandoned: CancellationToken::new(),
    }
}

fn read(state: &Json) -> read_resource::Request {
    read_resource::Request {
        type_name: NAME.into(),
        current_state: thing(state),
        private: b"private".to_vec(),
        current_identity: Some(identity("a")),
    }
}

#[tokio::test]
async fn what_an_apply_has_done_is_not_lost_when_its_end_panics() {
    let there = |note: &str| json!({"name": "a", "note": note, "size": 1, "id": "1"});
    let planned = json!({"name": "a", "note": "wrong shape", "id": "?"});
    let created = json!({"name": "a", "note": "wrong shape", "id": null});
    for (doing, prior, planned, left, private) in [
        (
            "creating",
            json!(null),
            &planned,
            created,
            "planned+panicked create",
        ),
        (
            "updating",
            there(""),
            &planned,
            there(""),
            "planned+panicked update",
        ),
        (
            "deleting",
            there("return state"),
            &json!(null),
            json!(null),
            "",
        ),
    ] {
        let _log = panicking_log("managed");
        let response = server().apply_resource_change(apply(&prior, planned)).await;
        assert_eq!(
            errors(&response.diagnostics),
            [format!("The provider panicked while {doing} {NAME}")]
        );
        assert!(response.new_state == thing(&left), "{doing}");
        assert_eq!(response.private, private.as_bytes(), "{doing}");
        let name = identity_name(response.new_identity.as_ref());
        assert_eq!(name, (!left.is_null()).then(|| Value::from("a")), "{doing}");
    }
}

#[tokio::test]
async fn what_is_stored_stays_when_the_end_of_a_read_panics() {
    let _log = panicking_log("managed");
    let state = json!({"name": "a", "note": "unknown"});
    let response = server().read_resource(read(&state)).await;
    assert_eq!(
        errors(&response.diagnostics),
        [format!("The provider panicked while reading {NAME}")]
    );
    assert!(response.new_state == thing(&state));
    assert_eq!(response.private, b"private");
    assert!(response.new_identity == Some(identity("a")));
}

#[tokio::test]
async fn an_action_is_completed_when_its_end_panics() {
    let _log = panicking_log("guard");
    let mut events = server().invoke_action(NAME, &config("panic"), CancellationToken::new());
    let mut last = None;
    while let Some(event) = events.recv().await {
        assert!(!matches!(last, Some(Event::Completed(_))), "{event:?}");
        last = Some(event);
    }
    let Some(Event::Completed(told)) = last else {
        panic!("not completed: {last:?}")
    };
    assert_eq!(
        errors(&told),
        [format!(
            "The provider panicked while invoking the action {NAME}"
        )]
    );
}

/// Outside a runtime no task can be begun, and that panics.
#[test]
fn nothing_is_lost_where_work_cannot_even_begin() {
    fn at_once<T>(future: impl Future<Output = T>) -> T {
        let future = std::pin::pin!(future);
        match future.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(response) => response,
            Poll::Pending => panic!("it waits"),
        }
    }
    let state = json!({"name": "a", "id": "1"});
    let response = at_once(server().read_resource(read(&state)));
    assert_eq!(errors(&response.diagnostics).len(), 1);
    assert!(response.new_state == thing(&state));
    let response = at_once(server().apply_resource_change(apply(&state, &json!({"name": "a"}))));
    assert_eq!(errors(&response.diagnostics).len(), 1);
    assert_eq!(decode(&response.new_state), decode(&thing(&state)));
    let response = at_once(server().apply_resource_change(apply(&state, &json!(null))));
    assert_eq!(errors(&response.diagnostics).len(), 1);
    assert!(response.new_state == Encoded::null());
}
