//! Takes an answer out of its envelope (`envelope=true`), and believes the status inside.

use serde_json::{Map, Value};

/// What an envelope held.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Unwrapped {
    /// A success, with its content if there is any.
    Content(Option<Value>),
    /// A failure under a status of success.
    Failure(u16),
}

/// The names that an envelope is known to have for its content.
const CONTENT: [&str; 2] = ["content", "results"];

/// What an envelope may hold as its content: what is under a known name, or else, beside a `status`, under any.
pub(super) fn contents(object: &Map<String, Value>) -> impl Iterator<Item = &Map<String, Value>> {
    let known = CONTENT.iter().any(|key| object.contains_key(*key));
    let enveloped = object.get("status").and_then(status_of).is_some();
    object
        .iter()
        .filter(move |(key, _)| match known {
            true => CONTENT.contains(&key.as_str()),
            false => enveloped,
        })
        .filter_map(|(_, value)| value.as_object())
}

/// Opens the body of a successful answer to a request that asked for an envelope.
///
/// The form of the envelope is not specified for these operations: content under `content` or `results`, as the only object
/// beside `status`, or flattened there are all understood, and so is a body without any envelope.
pub(super) fn unwrap(body: Value) -> Unwrapped {
    let Value::Object(mut object) = body else {
        return Unwrapped::Content(Some(body));
    };
    let status = object.get("status").and_then(status_of);
    // Without an envelope, Atlas' error body still repeats its status.
    let error = ["errorCode", "detail", "reason"]
        .iter()
        .any(|key| object.contains_key(*key))
        .then(|| object.get("error").and_then(status_of))
        .flatten();
    match status.or(error) {
        Some(200..=299) => {
            object.remove("status");
            let content = CONTENT.into_iter().find_map(|key| object.remove(key));
            let rest = (!object.is_empty()).then(|| only_object(object));
            Unwrapped::Content(content.or(rest).filter(|content| !content.is_null()))
        }
        Some(failure) => Unwrapped::Failure(failure),
        None => Unwrapped::Content(Some(Value::Object(object))),
    }
}

/// The object that is the only member, or else all members.
fn only_object(members: Map<String, Value>) -> Value {
    let mut values = members.values();
    match (values.next(), values.next()) {
        (Some(Value::Object(only)), None) => Value::Object(only.clone()),
        _ => Value::Object(members),
    }
}

fn status_of(value: &Value) -> Option<u16> {
    let status = match value {
        Value::Number(number) => number
            .as_u64()
            .and_then(|status| u16::try_from(status).ok()),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    status.filter(|status| (100..=599).contains(status))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_of_envelope_is_opened() {
        let content = |content: Value| Unwrapped::Content(Some(content));
        let cases = [
            (json!({"status": 200}), Unwrapped::Content(None)),
            (
                json!({"status": 200, "content": null}),
                Unwrapped::Content(None),
            ),
            (
                json!({"status": 200, "content": {"a": 1}}),
                content(json!({"a": 1})),
            ),
            (
                json!({"status": "202", "results": [1]}),
                content(json!([1])),
            ),
            (json!({"status": 200, "a": 1}), content(json!({"a": 1}))),
            (
                json!({"status": 200, "body": {"a": 1}}),
                content(json!({"a": 1})),
            ),
            (
                json!({"status": 200, "a": 1, "stats": {"b": 2}}),
                content(json!({"a": 1, "stats": {"b": 2}})),
            ),
            (
                json!({"status": 200, "content": null, "stats": {"b": 2}}),
                Unwrapped::Content(None),
            ),
            (
                json!({"status": 400, "body": {"error": 400}}),
                Unwrapped::Failure(400),
            ),
            (
                json!({"body": {"a": 1}}),
                content(json!({"body": {"a": 1}})),
            ),
            (
                json!({"status": 409, "content": {"error": 409}}),
                Unwrapped::Failure(409),
            ),
            (
                json!({"status": 400, "errorCode": "X"}),
                Unwrapped::Failure(400),
            ),
            (json!({"status": 302}), Unwrapped::Failure(302)),
            (
                json!({"error": 404, "errorCode": "X"}),
                Unwrapped::Failure(404),
            ),
            (json!({}), content(json!({}))),
            (json!({"a": 1}), content(json!({"a": 1}))),
            (
                json!({"status": "STARTED"}),
                content(json!({"status": "STARTED"})),
            ),
            (json!([1]), content(json!([1]))),
        ];
        for (body, expected) in cases {
            assert_eq!(unwrap(body.clone()), expected, "{body}");
        }
    }
}
