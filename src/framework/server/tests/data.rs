//! Looks at what is not managed: wholly known, or an error.

use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use super::{Finished, NAME, behave, decode, errors, schema, server, server_with, thing};
use crate::framework::{
    DataSource, Diagnostic, Diagnostics, Encoded, LookupRequest, Schema, Value,
};

/// Shows a thing as its `note` says.
pub(super) struct View(pub(super) Finished);

#[async_trait]
impl DataSource for View {
    fn type_name(&self) -> &'static str {
        NAME
    }
    fn schema(&self) -> Schema {
        schema()
    }
    fn validate(&self, config: &Value) -> Diagnostics {
        behave(config.attribute("note"))
    }
    async fn read(&self, request: LookupRequest) -> Result<Value, Diagnostics> {
        let mut found = request.config;
        found.set("id", "id-1");
        match found.attribute("note").as_str().unwrap_or_default() {
            "panic" => panic!("hunter2"),
            "fail" => return Err(behave(&"fail".into())),
            "return null" => return Ok(Value::Null),
            "wrong shape" => found.set("name", 1),
            "unknown" => found.set("id", Value::Unknown),
            "slow" => {
                tokio::time::sleep(Duration::from_secs(5)).await;
                self.0.0.fetch_add(1, Ordering::SeqCst);
            }
            "wait" => {
                request.cancel.cancelled().await;
                return Err(Diagnostic::error("Interrupted", "By the user.").into());
            }
            _ => {}
        }
        Ok(found)
    }
}

async fn read(config: &Json) -> Result<Encoded, Diagnostics> {
    server().read_data_source(NAME, &thing(config)).await
}

#[tokio::test]
async fn a_look_tells_what_is_there() {
    let found = read(&json!({"name": "a", "size": 3})).await.unwrap();
    let found = decode(&found);
    assert_eq!(found.attribute("id").as_str(), Some("id-1"));
    assert_eq!(found.attribute("name").as_str(), Some("a"));
    assert_eq!(found.attribute("size").as_i64(), Some(3));
}

#[tokio::test]
async fn what_goes_wrong_is_an_error() {
    let fault = "The provider is at fault with test_thing";
    for (note, summary) in [
        ("fail", "Failed"),
        (
            "panic",
            "The provider panicked while reading the data source test_thing",
        ),
        ("return null", fault),
        ("unknown", fault),
        ("wrong shape", fault),
    ] {
        let refused = read(&json!({"name": "a", "note": note})).await.unwrap_err();
        assert_eq!(errors(&refused), [summary], "{note}");
        assert!(!format!("{refused:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn a_name_that_is_not_there_is_an_error() {
    let server = server();
    let config = thing(&json!({"name": "a"}));
    let refused = server
        .read_data_source("test_x", &config)
        .await
        .unwrap_err();
    assert_eq!(
        errors(&refused),
        ["The provider has no data source \"test_x\""]
    );
    let refused = server.validate_data_resource_config("test_x", &config);
    assert_eq!(
        errors(&refused),
        ["The provider has no data source \"test_x\""]
    );
}

#[tokio::test]
async fn a_configuration_is_checked() {
    for (config, summaries) in [
        (json!({"name": "a"}), vec![]),
        (json!({"name": "a", "note": "fail"}), vec!["Failed"]),
        (json!({"name": "a", "id": "mine"}), vec!["id cannot be set"]),
        (
            json!({"name": "a", "note": "panic"}),
            vec![
                "The provider panicked while checking the configuration of the data source test_thing",
            ],
        ),
    ] {
        let found = server().validate_data_resource_config(NAME, &thing(&config));
        assert_eq!(errors(&found), summaries, "{config}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_ends_when_the_user_interrupts_and_when_nobody_waits() {
    let server = server();
    let config = thing(&json!({"name": "a", "note": "wait"}));
    let (refused, ()) = tokio::join!(server.read_data_source(NAME, &config), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        server.stop();
    });
    assert_eq!(errors(&refused.unwrap_err()), ["Interrupted"]);

    let finished = Finished::default();
    let server = server_with(&finished);
    let config = thing(&json!({"name": "a", "note": "slow"}));
    let look = server.read_data_source(NAME, &config);
    assert!(
        tokio::time::timeout(Duration::from_secs(1), look)
            .await
            .is_err()
    );
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(finished.count(), 0);
}
