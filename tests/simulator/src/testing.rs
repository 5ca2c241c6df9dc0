//! A client for the simulator's own tests, in memory and with the known token.

use bytes::Bytes;
use http::{HeaderMap, Request};
use serde_json::Value;

use crate::{Outcome, Simulator, known};

/// Where the known workspace is.
pub(crate) const WORKSPACE: &str =
    "/api/atlas/v2/groups/0123456789abcdef01234567/streams/workspace-1";

/// What came back.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Seen {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("text"))
    }

    /// The status and, if there is one, the error code.
    pub(crate) fn verdict(&self) -> String {
        match self.json()["errorCode"].as_str() {
            Some(code) => format!("{} {code}", self.status),
            None => self.status.to_string(),
        }
    }

    pub(crate) fn state(&self) -> String {
        self.json()["state"].as_str().unwrap_or_default().to_owned()
    }
}

/// Sends a request with these headers and nothing else.
pub(crate) async fn outcome(
    simulator: &Simulator,
    line: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Outcome {
    let (method, target) = line.split_once(' ').expect("a method and a target");
    let target = if target.starts_with('/') {
        target.to_owned()
    } else {
        format!("{WORKSPACE}/{target}")
    };
    let request = headers.iter().fold(
        Request::builder().method(method).uri(target),
        |request, (name, value)| request.header(*name, *value),
    );
    simulator
        .handle(
            request
                .body(Bytes::from(body.to_owned()))
                .expect("a request"),
        )
        .await
}

/// Sends a request with these headers and nothing else; there must be an answer.
pub(crate) async fn bare(
    simulator: &Simulator,
    line: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Seen {
    let response = outcome(simulator, line, headers, body)
        .await
        .response()
        .expect("an answer");
    let (parts, body) = response.into_parts();
    Seen {
        status: parts.status.as_u16(),
        headers: parts.headers,
        text: String::from_utf8(body.to_vec()).expect("text"),
    }
}

/// Sends a request as a careful client does: the known token, a version date that every operation has.
pub(crate) async fn send(simulator: &Simulator, line: &str, body: &str) -> Seen {
    let token = format!("Bearer {}", known::ACCESS_TOKEN);
    let headers = [
        ("authorization", token.as_str()),
        ("accept", "application/vnd.atlas.2025-03-12+json"),
    ];
    bare(simulator, line, &headers, body).await
}

/// A simulator with a processor `orders` in this state.
pub(crate) fn with_orders(state: &str) -> Simulator {
    let simulator = Simulator::new();
    simulator.add_processor("orders", state);
    simulator
}
