//! Reads what Atlas says about a failure (OpenAPI schema `ApiError`), however little of it keeps to the schema.

use serde_json::{Map, Value};

use super::{
    envelope::contents,
    harmless::{harmless, harmless_json},
};

/// The words of OAuth's `error`: RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1. A gateway's JSON has a string there too.
const OAUTH_ERRORS: &[&str] = &[
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "invalid_scope",
    "invalid_token",
    "insufficient_scope",
    "access_denied",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
    "server_error",
    "temporarily_unavailable",
];

/// More parameters, or fields, than these have nothing to say, and would be said at length.
const MOST: usize = 16;

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
    /// `error` where it is a word of OAuth's, or a description of OAuth's stands beside it.
    pub(super) oauth_error: Option<String>,
    pub(super) oauth_description: Option<String>,
}

impl ApiError {
    /// Reads an error body, inside an envelope or not (`envelope`: whether one was asked for). `None` when it is no JSON object with anything of an error in it.
    pub(super) fn parse(body: &[u8], secrets: &[String], envelope: bool) -> Option<Self> {
        Self::from_json(&serde_json::from_slice(body).ok()?, secrets, envelope)
    }

    /// The same for parsed JSON.
    pub(super) fn from_json(body: &Value, secrets: &[String], envelope: bool) -> Option<Self> {
        let object = body.as_object()?;
        std::iter::once(object)
            .chain(contents(object).filter(|_| envelope))
            .find_map(|object| Self::from_object(object, secrets))
    }

    fn from_object<'a>(object: &'a Map<String, Value>, secrets: &[String]) -> Option<Self> {
        let text = |key: &str| {
            object
                .get(key)?
                .as_str()
                .map(|text| harmless(text, secrets))
                .filter(|text| !text.is_empty())
        };
        let error = object.get("error");
        let list = |value: Option<&'a Value>| {
            let all = value.and_then(Value::as_array).map(Vec::as_slice);
            all.unwrap_or_default().iter().take(MOST)
        };
        let oauth_description = text("error_description");
        let read = Self {
            status: error
                .and_then(Value::as_u64)
                .and_then(|status| u16::try_from(status).ok()),
            error_code: text("errorCode"),
            reason: text("reason"),
            detail: text("detail"),
            parameters: list(object.get("parameters"))
                .map(|item| harmless_json(item, secrets))
                .collect(),
            fields: list(
                object
                    .get("badRequestDetail")
                    .and_then(|detail| detail.get("fields")),
            )
            .filter_map(|item| FieldViolation::from_json(item, secrets))
            .collect(),
            oauth_error: text("error").filter(|word| {
                oauth_description.is_some() || OAUTH_ERRORS.contains(&word.as_str())
            }),
            oauth_description,
        };
        (read != Self::default()).then_some(read)
    }

    /// Whether it is Atlas who speaks: a gateway may speak JSON too, but not with a numeric `error` beside words.
    pub(super) fn is_of_atlas(&self) -> bool {
        let words = self.reason.is_some() || self.detail.is_some();
        self.error_code.is_some() || (self.status.is_some() && words)
    }

    /// Whether it tells all that the body has to say, or must be shown beside it.
    pub(super) fn tells_all(&self) -> bool {
        self.is_of_atlas() || self.message().is_some() || self.oauth_error.is_some()
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
        ApiError::parse(body.to_string().as_bytes(), &[], true)
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
                json!({"status": "404", "body": {"errorCode": "GROUP_NOT_FOUND", "detail": "inside"}, "meta": 7}),
                Some("GROUP_NOT_FOUND"),
                Some("inside"),
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
    fn the_json_of_a_gateway_is_neither_oauth_nor_atlas() {
        for body in [
            json!({"error": "Forbidden", "message": "Blocked by policy 17"}),
            json!({"error": 404, "message": "no route"}),
            json!({"error": true, "reason": "closed"}),
        ] {
            let read = parse(&body).unwrap_or_default();
            assert_eq!(
                (read.oauth_error.as_deref(), read.tells_all()),
                (None, false),
                "{body}"
            );
        }
        let described = json!({"error": "too_many", "error_description": "Later."});
        let read = parse(&described).unwrap();
        assert_eq!(read.oauth_error.as_deref(), Some("too_many"));
        assert!(read.tells_all());
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
            "{\"body\": {\"errorCode\": \"GROUP_NOT_FOUND\"}}",
        ] {
            assert_eq!(ApiError::parse(body.as_bytes(), &[], true), None, "{body}");
        }
    }
}
