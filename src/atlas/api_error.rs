//! Reads what Atlas says about a failure (OpenAPI schema `ApiError`), however little of it keeps to the schema.

use serde_json::{Map, Value};

use super::harmless::{harmless, harmless_json};

/// One entry of `badRequestDetail.fields`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldViolation {
    /// The API's name of the field, for example `startAtOperationTime`.
    pub field: String,
    /// What is wrong with it.
    pub description: String,
}

/// An error body; every text in it is harmless.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ApiError {
    /// `error` where it is a number: the status as the body has it.
    pub(super) status: Option<u16>,
    pub(super) error_code: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) detail: Option<String>,
    pub(super) parameters: Vec<Value>,
    pub(super) fields: Vec<FieldViolation>,
    /// `error` where it is a string: the OAuth error code (RFC 6749 §5.2).
    pub(super) oauth_error: Option<String>,
    pub(super) oauth_description: Option<String>,
}

impl ApiError {
    /// Reads an error body, inside an envelope or not. `None` when it is no JSON object with anything of an error in it.
    pub(super) fn parse(body: &[u8], secrets: &[String]) -> Option<Self> {
        Self::from_json(&serde_json::from_slice(body).ok()?, secrets)
    }

    /// The same for parsed JSON.
    pub(super) fn from_json(body: &Value, secrets: &[String]) -> Option<Self> {
        let object = body.as_object()?;
        let enveloped = ["content", "results"]
            .into_iter()
            .filter_map(|key| object.get(key)?.as_object());
        std::iter::once(object)
            .chain(enveloped)
            .find_map(|object| Self::from_object(object, secrets))
    }

    fn from_object(object: &Map<String, Value>, secrets: &[String]) -> Option<Self> {
        let text = |key: &str| {
            object
                .get(key)?
                .as_str()
                .map(|text| harmless(text, secrets))
                .filter(|text| !text.is_empty())
        };
        let error = object.get("error");
        let list =
            |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
        let read = Self {
            status: error
                .and_then(Value::as_u64)
                .and_then(|status| u16::try_from(status).ok()),
            error_code: text("errorCode"),
            reason: text("reason"),
            detail: text("detail"),
            parameters: list(object.get("parameters"))
                .iter()
                .map(|item| harmless_json(item, secrets))
                .collect(),
            fields: list(
                object
                    .get("badRequestDetail")
                    .and_then(|detail| detail.get("fields")),
            )
            .iter()
            .filter_map(|item| FieldViolation::from_json(item, secrets))
            .collect(),
            oauth_error: text("error"),
            oauth_description: text("error_description"),
        };
        (read != Self::default()).then_some(read)
    }

    /// What Atlas really said. For `STREAM_PROCESSOR_GENERIC_ERROR` that is the second parameter: the detail only wraps it.
    pub(super) fn message(&self) -> Option<&str> {
        let inner = match self.error_code.as_deref() {
            Some("STREAM_PROCESSOR_GENERIC_ERROR") => self
                .parameters
                .get(1)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty()),
            _ => None,
        };
        inner
            .or(self.detail.as_deref())
            .or(self.oauth_description.as_deref())
    }
}

impl FieldViolation {
    fn from_json(item: &Value, secrets: &[String]) -> Option<Self> {
        let text = |key: &str| {
            item.get(key)
                .and_then(Value::as_str)
                .map(|text| harmless(text, secrets))
                .unwrap_or_default()
        };
        let violation = Self {
            field: text("field"),
            description: text("description"),
        };
        (!violation.field.is_empty() || !violation.description.is_empty()).then_some(violation)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(body: &Value) -> Option<ApiError> {
        ApiError::parse(body.to_string().as_bytes(), &[])
    }

    #[test]
    fn a_full_error_is_read_whole() {
        let body = json!({"error": 400, "errorCode": "STREAM_PROCESSOR_GENERIC_ERROR", "reason": "Bad Request",
            "detail": "Streams Processor with this name (p) had a problem occur: no\u{1b}[31m such thing.",
            "parameters": ["p", "no\u{1b}[31m such thing", 3, {"k": "\u{7}"}, null],
            "badRequestDetail": {"fields": [{"field": "tier", "description": "unknown"}, {"field": 3}, "junk"]}, "extra": {"unknown": []}});
        let read = parse(&body).unwrap();
        assert_eq!(read.status, Some(400));
        assert_eq!(
            read.error_code.as_deref(),
            Some("STREAM_PROCESSOR_GENERIC_ERROR")
        );
        assert_eq!(read.reason.as_deref(), Some("Bad Request"));
        assert_eq!(read.message(), Some("no\u{fffd}[31m such thing"));
        assert_eq!(
            read.parameters,
            [
                json!("p"),
                json!("no\u{fffd}[31m such thing"),
                json!(3),
                json!({"k": "\u{fffd}"}),
                json!(null)
            ]
        );
        assert_eq!(
            read.fields,
            [FieldViolation {
                field: "tier".to_owned(),
                description: "unknown".to_owned()
            }]
        );
    }

    #[test]
    fn what_is_missing_or_odd_is_tolerated() {
        let cases = [
            (
                json!({"error": 401, "reason": "Unauthorized", "detail": "You are not authorized for this resource."}),
                None,
                Some("You are not authorized for this resource."),
            ),
            (
                json!({"error": 500, "errorCode": "UNEXPECTED_ERROR", "detail": null, "reason": null, "parameters": null, "badRequestDetail": null}),
                Some("UNEXPECTED_ERROR"),
                None,
            ),
            (
                json!({"status": 404, "content": {"error": 404, "errorCode": "GROUP_NOT_FOUND", "detail": "inside"}}),
                Some("GROUP_NOT_FOUND"),
                Some("inside"),
            ),
            (
                json!({"status": 404, "results": {"errorCode": "GROUP_NOT_FOUND"}}),
                Some("GROUP_NOT_FOUND"),
                None,
            ),
            (
                json!({"status": 404, "errorCode": "GROUP_NOT_FOUND", "detail": "flat"}),
                Some("GROUP_NOT_FOUND"),
                Some("flat"),
            ),
            (
                json!({"errorCode": "STREAM_PROCESSOR_GENERIC_ERROR", "parameters": ["p"], "detail": "wrapped"}),
                Some("STREAM_PROCESSOR_GENERIC_ERROR"),
                Some("wrapped"),
            ),
            (
                json!({"errorCode": "STREAM_PROCESSOR_GENERIC_ERROR", "parameters": ["p", 7], "detail": "wrapped"}),
                Some("STREAM_PROCESSOR_GENERIC_ERROR"),
                Some("wrapped"),
            ),
        ];
        for (body, code, message) in cases {
            let read = parse(&body).unwrap_or_else(|| panic!("{body} is an error"));
            assert_eq!(
                (read.error_code.as_deref(), read.message()),
                (code, message),
                "{body}"
            );
        }
    }

    #[test]
    fn an_oauth_error_has_a_string_where_the_api_has_a_number() {
        let read = parse(&json!({"error": "invalid_client", "error_description": "Invalid credentials provided."})).unwrap();
        assert_eq!(
            (read.oauth_error.as_deref(), read.message(), read.status),
            (
                Some("invalid_client"),
                Some("Invalid credentials provided."),
                None
            )
        );
    }

    #[test]
    fn other_bodies_are_no_errors_of_atlas() {
        for body in [
            "",
            "   ",
            "<html>",
            "upstream connect error",
            "{\"error\": 40",
            "[]",
            "\"text\"",
            "null",
            "{}",
            "{\"_id\": \"x\"}",
            "{\"error\": null}",
        ] {
            assert_eq!(ApiError::parse(body.as_bytes(), &[]), None, "{body}");
        }
    }
}
