//! Actions: a stream of progress with exactly one end, whoever listens.

use std::time::Duration;

use super::{Finished, NAME, errors, server, server_with};
use crate::framework::server::Server;
use crate::framework::server::invoke_action::Event;
use crate::framework::{CancellationToken, Diagnostics, Encoded, Type, Value};

pub(super) fn config(note: impl Into<Value>) -> Encoded {
    let mut config = Value::Null;
    config.set("note", note);
    Encoded::encode(&config, &Type::object([("note", Type::String)])).unwrap()
}

/// All progress, then how it ended; the stream has to be over then.
async fn invoke(server: &Server, config: &Encoded) -> (Vec<String>, Diagnostics) {
    let mut events = server.invoke_action(NAME, config, CancellationToken::new());
    let mut progress = Vec::new();
    loop {
        match events.recv().await.unwrap() {
            Event::Progress(message) => progress.push(message),
            Event::Completed(diagnostics) => {
                assert_eq!(events.recv().await, None);
                return (progress, diagnostics);
            }
        }
    }
}

#[test]
fn an_action_is_checked_and_planned_with_whatever_is_known() {
    for (config, expected) in [
        (Encoded::default(), 0),
        (Encoded::null(), 0),
        (config(Value::Unknown), 0),
        (config("fail"), 1),
        (config("panic"), 1),
    ] {
        let validated = server().validate_action_config(NAME, &config);
        assert_eq!(errors(&validated).len(), expected);
        let planned = server().plan_action(NAME, &config);
        assert_eq!(errors(&planned).len(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn work_is_told_and_ends_once() {
    let both = vec!["beginning", "ending"];
    let panicked = "The provider panicked while invoking the action test_thing";
    for (config, progress, expected) in [
        (Encoded::default(), both.clone(), vec![]),
        (config("x"), both.clone(), vec![]),
        (config("keep talking"), both.clone(), vec![]),
        (config("fail"), both.clone(), vec!["Failed"]),
        (config("panic"), both, vec![panicked]),
        (
            config(Value::Unknown),
            vec![],
            vec!["Cannot invoke the action test_thing"],
        ),
    ] {
        let (said, diagnostics) = invoke(&server(), &config).await;
        assert_eq!(said, progress);
        assert_eq!(errors(&diagnostics), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn work_goes_on_when_nobody_listens() {
    let finished = Finished::default();
    let server = server_with(&finished);
    let mut events = server.invoke_action(NAME, &config("slow"), CancellationToken::new());
    assert_eq!(
        events.recv().await,
        Some(Event::Progress("beginning".into()))
    );
    drop(events);
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(finished.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn stop_ends_the_wait() {
    let server = server();
    let mut events = server.invoke_action(NAME, &config("wait"), CancellationToken::new());
    tokio::time::sleep(Duration::from_secs(60)).await;
    server.stop();
    assert_eq!(
        events.recv().await,
        Some(Event::Progress("beginning".into()))
    );
    // Terraform may crash at more than one message after an interruption.
    let Some(Event::Completed(diagnostics)) = events.recv().await else {
        panic!("something else than the completion");
    };
    assert_eq!(errors(&diagnostics), ["Interrupted"]);
    // A later call is not stopped.
    let (_, diagnostics) = invoke(&server, &config("x")).await;
    assert!(diagnostics.is_empty());
}
