//! The control API under `/_sim/`, in JSON: what tests do with [`Simulator`] in memory, for those on the other side of a socket.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Fault, Recorded, Settings, Simulator, answer::raw, by_eye, call::Call, known, ready, visitor,
    words,
};

/// Where the control API is.
pub(crate) const PREFIX: &str = "/_sim/";

/// A processor as it is put or deleted; group and tenant are the known ones unless they are given.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    #[serde(default = "group")]
    group: String,
    #[serde(default = "tenant")]
    tenant: String,
    name: String,
    state: Option<String>,
}

/// Which fault is dropped; all of them where there is no body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Numbered {
    number: u64,
}

fn group() -> String {
    known::GROUP_ID.to_owned()
}

fn tenant() -> String {
    known::TENANT.to_owned()
}

/// Whether a request is for here, and not for Atlas: also the addresses that a person types who looks for the page.
pub(crate) fn is_meant(call: &Call) -> bool {
    call.path.starts_with(PREFIX) || looks_for_the_page(call)
}

fn looks_for_the_page(call: &Call) -> bool {
    call.method == Method::GET && ["/", "/_sim"].contains(&call.path.as_str())
}

/// Answers a control request. These are not recorded, need no credentials and meet no faults.
pub(crate) fn answer(simulator: &Simulator, call: &Call) -> Response<Bytes> {
    let problem = |problem| json!({ "problem": problem });
    let (status, body) = match visitor::admit(call) {
        Err(refusal) => (StatusCode::FORBIDDEN, problem(refusal)),
        Ok(()) if looks_for_the_page(call) => {
            let page = [("location".to_owned(), PREFIX.to_owned())];
            return raw(StatusCode::SEE_OTHER, "text/plain", Bytes::new(), &page);
        }
        Ok(()) if call.path == PREFIX && call.method == Method::GET => return by_eye::page(),
        Ok(()) => match control(simulator, call) {
            Ok(body) => (StatusCode::OK, body),
            Err(wrong) => (StatusCode::BAD_REQUEST, problem(wrong)),
        },
    };
    let headers = [("x-content-type-options".to_owned(), "nosniff".to_owned())];
    raw(
        status,
        "application/json",
        Bytes::from(format!("{body:#}\n")),
        &headers,
    )
}

fn control(simulator: &Simulator, call: &Call) -> Result<Value, String> {
    let what = call.path.strip_prefix(PREFIX).unwrap_or_default();
    match (what, call.method.as_str()) {
        ("processors", "GET") => {}
        ("processors", "POST") => {
            let Named {
                group,
                tenant,
                name,
                state,
            } = body(call)?;
            simulator.add_processor_at(
                &group,
                &tenant,
                &name,
                state.as_deref().unwrap_or("STOPPED"),
            );
        }
        ("processors", "DELETE") => {
            let Named {
                group,
                tenant,
                name,
                ..
            } = body(call)?;
            simulator.remove_processor_at(&group, &tenant, &name);
        }
        ("faults", "GET") => {}
        ("faults", "POST") => simulator.fault(fault(body(call)?)?),
        ("faults", "DELETE") if call.body.is_empty() => simulator.clear_faults(),
        ("faults", "DELETE") => {
            let Numbered { number } = body(call)?;
            simulator.world().faults.remove(number);
        }
        ("ready" | "words", "GET") | ("record", "GET") => {}
        ("all", "GET") => {
            let since = call.query.get("since").map_or(Ok(0), |since| since.parse());
            let since = since.map_err(|error| format!("since: {error}"))?;
            return Ok(by_eye::all(simulator, since));
        }
        ("record", "DELETE") => simulator.clear_record(),
        ("settings", "GET") => {}
        ("settings", "PATCH") => {
            let mut settings = json!(simulator.world().settings);
            merge(&mut settings, body(call)?, false);
            let settings: Settings =
                serde_json::from_value(settings).map_err(|error| error.to_string())?;
            simulator.settings(|current| *current = settings);
        }
        _ => {
            let (method, path) = (&call.method, &call.path);
            let hint = "atlas-simulator --help lists what there is";
            return Err(format!("there is no {method} {path}; {hint}"));
        }
    }
    Ok(show(simulator, what))
}

/// A fault in which ready-made answers may be called by their names.
fn fault(mut written: Value) -> Result<Fault, String> {
    let processor = written["processor"]
        .as_str()
        .unwrap_or(ready::ANY)
        .to_owned();
    if let Some(effect) = written.get_mut("effect") {
        *effect = ready::expand(effect.take(), &processor)?;
    }
    serde_json::from_value(written).map_err(|error| error.to_string())
}

/// What there is now: the answer to every control request.
fn show(simulator: &Simulator, what: &str) -> Value {
    let mut world = simulator.world();
    match what {
        "processors" => by_eye::processors(&mut world),
        "faults" => json!(world.faults.waiting()),
        "ready" => ready::all(),
        "words" => words::all(),
        "record" => world.record.iter().map(entry).collect(),
        _ => json!(world.settings),
    }
}

fn entry(entry: &Recorded) -> Value {
    let headers = entry
        .headers
        .iter()
        .map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]));
    json!({
        "sequence": entry.sequence, "operation": entry.operation, "method": entry.method.as_str(), "path": entry.path,
        "query": entry.query, "headers": headers.collect::<Vec<_>>(), "body": String::from_utf8_lossy(&entry.body),
        "group": entry.group, "tenant": entry.tenant, "processor": entry.processor, "status": entry.status,
        "state_before": entry.state_before, "state_after": entry.state_after,
        "at_ms": by_eye::millis(entry.at),
    })
}

fn body<T: for<'de> Deserialize<'de>>(call: &Call) -> Result<T, String> {
    serde_json::from_slice(&call.body).map_err(|error| error.to_string())
}

/// JSON merge patch (RFC 7396): null removes, and what is missing has its default. An object of one member is an enum's
/// variant: another variant takes its place. What is in a map by name stands beside each other.
fn merge(target: &mut Value, patch: Value, names: bool) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    let mut members = match target.take() {
        Value::Object(members) => members,
        _ => serde_json::Map::new(),
    };
    if !names && members.len() == 1 && patch.len() == 1 && !members.keys().eq(patch.keys()) {
        members.clear();
    }
    for (name, value) in patch {
        if value.is_null() {
            members.remove(&name);
        } else {
            let names = matches!(name.as_str(), "start_of" | "max_tiers");
            merge(members.entry(name).or_insert(Value::Null), value, names);
        }
    }
    *target = Value::Object(members);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{
        Simulator,
        testing::{bare, send},
    };

    #[tokio::test(start_paused = true)]
    async fn a_test_on_the_other_side_of_a_socket() {
        let simulator = Simulator::new();
        for (line, body, pointer, shown) in [
            (
                "POST /_sim/processors",
                r#"{"name":"orders","state":"FAILED"}"#,
                "/0/state",
                json!("FAILED"),
            ),
            (
                "POST /_sim/processors",
                r#"{"name":"later"}"#,
                "/0/state",
                json!("STOPPED"),
            ),
            (
                "DELETE /_sim/processors",
                r#"{"name":"later"}"#,
                "/0/name",
                json!("orders"),
            ),
            (
                "POST /_sim/faults",
                r#"{"operation":"start","effect":{"no_answer":{"processed":true}}}"#,
                "/0/times",
                json!(1),
            ),
            ("DELETE /_sim/faults", "", "", json!([])),
            (
                "POST /_sim/faults",
                r#"{"effect":{"delay":1500}}"#,
                "/0/effect/delay",
                json!(1500),
            ),
            (
                "PATCH /_sim/settings",
                r#"{"read_lag":{"polls":2},"rate_limit":{"capacity":7}}"#,
                "/rate_limit/refill",
                json!(500),
            ),
            (
                "PATCH /_sim/settings",
                r#"{"rate_limit":null}"#,
                "/read_lag/polls",
                json!(2),
            ),
            ("GET /_sim/record", "", "", json!([])),
        ] {
            let seen = bare(&simulator, line, &[], body).await;
            assert_eq!(
                (seen.status, seen.json().pointer(pointer)),
                (200, Some(&shown)),
                "{line} {body}"
            );
        }
        send(&simulator, "POST processor/orders:start", "").await;
        let record = bare(&simulator, "GET /_sim/record", &[], "").await.json();
        assert_eq!(
            (&record[0]["operation"], &record[0]["state_after"]),
            (&json!("start"), &json!("STARTED"))
        );
        assert_eq!(
            bare(&simulator, "DELETE /_sim/record", &[], "")
                .await
                .json(),
            json!([])
        );
    }

    #[tokio::test(start_paused = true)]
    async fn settings_can_be_changed_and_changed_back() {
        let simulator = Simulator::new();
        for (patch, pointer, shown) in [
            // Another variant of an enum, and the first one again.
            (
                r#"{"start":{"lag":{"time":2000}}}"#,
                "/start/lag",
                json!({"time": 2000}),
            ),
            (
                r#"{"start":{"lag":{"polls":3}}}"#,
                "/start/lag",
                json!({"polls": 3}),
            ),
            (
                r#"{"start":{"fails_after":{"polls":1}}}"#,
                "/start/lag",
                json!({"polls": 3}),
            ),
            (
                r#"{"start":{"fails_after":{"time":5}}}"#,
                "/start/fails_after",
                json!({"time": 5}),
            ),
            (
                r#"{"start":{"fails_after":null}}"#,
                "/start/fails_after",
                json!(null),
            ),
            (r#"{"start":null}"#, "/start/lag", json!({"polls": 1})),
            // One processor after the other; each is changed, then forgotten, without the other.
            (
                r#"{"start_of":{"orders":{"ends":"FAILED","fails_after":null}}}"#,
                "/start_of/orders/ends",
                json!("FAILED"),
            ),
            (
                r#"{"start_of":{"bills":{"lag":{"time":7}}}}"#,
                "/start_of/orders/ends",
                json!("FAILED"),
            ),
            (
                r#"{"start_of":{"bills":{"ends":"DROPPED"}}}"#,
                "/start_of/bills/lag",
                json!({"time": 7}),
            ),
            (
                r#"{"start_of":{"orders":null}}"#,
                "/start_of",
                json!({"bills": {"through": [], "lag": {"time": 7}, "ends": "DROPPED", "fails_after": null}}),
            ),
            (
                r#"{"start_of":{"absent":null}}"#,
                "/start_of/bills/ends",
                json!("DROPPED"),
            ),
            (r#"{"start_of":null}"#, "/start_of", json!({})),
        ] {
            let seen = bare(&simulator, "PATCH /_sim/settings", &[], patch).await;
            assert_eq!(
                (seen.status, seen.json().pointer(pointer)),
                (200, Some(&shown)),
                "{patch}: {}",
                seen.text
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_understood_is_said_so() {
        for (line, body) in [
            ("GET /_sim/nothing", ""),
            ("PATCH /_sim/settings", r#"{"start":{"lagg":1}}"#),
            (
                "PATCH /_sim/settings",
                r#"{"start":{"lag":{"polls":1,"time":1}}}"#,
            ),
            ("POST /_sim/faults", r#"{"effect":"explode"}"#),
            ("POST /_sim/processors", ""),
        ] {
            let seen = bare(&Simulator::new(), line, &[], body).await;
            assert_eq!(seen.status, 400, "{line} {body}");
            assert!(seen.json()["problem"].is_string());
        }
    }
}
