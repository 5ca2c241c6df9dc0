//! The shapes of an answer: success, `ApiError`, envelope, pretty print, and the headers that every answer has.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::{Settings, call::Call};

/// An answer before it becomes bytes.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: String,
    pub(crate) body: Option<Value>,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Answer {
    /// A success in the media type of a version date.
    pub(crate) fn ok(version: &str, body: Option<Value>) -> Self {
        Self {
            status: StatusCode::OK,
            content_type: format!("application/vnd.atlas.{version}+json"),
            body,
            headers: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The bytes, wrapped and indented as the query asks.
    pub(crate) fn finish(self, call: &Call, settings: &Settings) -> Response<Bytes> {
        let Self {
            mut status,
            content_type,
            mut body,
            headers,
        } = self;
        if call.flag("envelope") && call.route.operation.is_administration() {
            body = Some(envelope(status, body, settings));
            if settings.envelope_answers_200 {
                status = StatusCode::OK;
            }
        }
        let text = match body {
            None => String::new(),
            Some(body) if call.flag("pretty") => format!("{body:#}\n"),
            Some(body) => body.to_string(),
        };
        let headers: Vec<_> = headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        raw(status, &content_type, Bytes::from(text), &headers)
    }
}

/// An answer from its bytes, with the headers that every answer of Atlas has. Headers that cannot be sent are left out.
pub(crate) fn raw(
    status: StatusCode,
    content_type: &str,
    body: Bytes,
    headers: &[(String, String)],
) -> Response<Bytes> {
    let length = body.len();
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let fields = response.headers_mut();
    fields.insert(header::SERVER, HeaderValue::from_static("mdbws"));
    fields.insert(
        "x-mongodb-service-version",
        HeaderValue::from_static(
            "gitHash=5161a7ed0f00d0f00d0f00d0f00d0f00d0f00d0f; versionString=simulated",
        ),
    );
    fields.insert(
        header::STRICT_TRANSPORT_SECURITY,
        HeaderValue::from_static("max-age=31536000; includeSubdomains;"),
    );
    if status != StatusCode::NO_CONTENT {
        fields.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    if let Ok(value) = HeaderValue::from_str(content_type)
        && !content_type.is_empty()
    {
        fields.insert(header::CONTENT_TYPE, value);
    }
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (
            http::HeaderName::try_from(name),
            HeaderValue::from_str(value),
        ) {
            fields.append(name, value);
        }
    }
    response
}

/// Lists are their own envelope; anything else goes under one key. What an empty success looks like is not documented.
fn envelope(status: StatusCode, body: Option<Value>, settings: &Settings) -> Value {
    let status = status.as_u16();
    match body {
        None => json!({ "status": status }),
        Some(Value::Object(mut list)) if list.contains_key("results") => {
            list.insert("status".to_owned(), json!(status));
            Value::Object(list)
        }
        Some(body) => {
            let mut wrapped = Map::new();
            wrapped.insert("status".to_owned(), json!(status));
            wrapped.insert(settings.envelope_key.clone(), body);
            Value::Object(wrapped)
        }
    }
}

/// Atlas' error body.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    /// Missing in the generic 401, whatever the specification says.
    pub(crate) code: Option<String>,
    pub(crate) detail: String,
    pub(crate) parameters: Vec<Value>,
    pub(crate) fields: Vec<(String, String)>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code: Some(code.to_owned()),
            detail: detail.into(),
            parameters: Vec::new(),
            fields: Vec::new(),
        }
    }

    pub(crate) fn parameters(
        mut self,
        parameters: impl IntoIterator<Item = impl Into<Value>>,
    ) -> Self {
        self.parameters = parameters.into_iter().map(Into::into).collect();
        self
    }

    pub(crate) fn field(
        mut self,
        field: impl Into<String>,
        description: impl Into<String>,
    ) -> Self {
        self.fields.push((field.into(), description.into()));
        self
    }

    /// The template behind most errors of a processor: the second parameter is what really happened.
    pub(crate) fn generic(processor: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let detail = format!(
            "Streams Processor with this name ({processor}) had a problem occur: {message}."
        );
        Self::new(
            StatusCode::BAD_REQUEST,
            "STREAM_PROCESSOR_GENERIC_ERROR",
            detail,
        )
        .parameters([processor, &message])
    }

    /// What a caller is told whose organization does not own the project.
    pub(crate) fn not_in_group(group: &str) -> Self {
        let detail =
            format!("The current user is not in the group, or the group does not exist: {group}.");
        Self::new(StatusCode::UNAUTHORIZED, "NOT_IN_GROUP", detail).parameters([group])
    }

    /// The same by its other name. Only the name is documented, not the text.
    pub(crate) fn user_cannot_access_group(group: &str) -> Self {
        let detail = format!("The current user cannot access the group {group}.");
        Self::new(StatusCode::UNAUTHORIZED, "USER_CANNOT_ACCESS_GROUP", detail).parameters([group])
    }

    /// What a wrong digest and an unknown or expired token are answered.
    pub(crate) fn not_authorized() -> Self {
        let detail = "You are not authorized for this resource.";
        Self {
            code: None,
            ..Self::new(StatusCode::UNAUTHORIZED, "", detail)
        }
    }

    pub(crate) fn body(&self) -> Value {
        let mut body = Map::new();
        body.insert("error".to_owned(), json!(self.status.as_u16()));
        body.insert(
            "reason".to_owned(),
            json!(self.status.canonical_reason().unwrap_or_default()),
        );
        body.insert("detail".to_owned(), json!(self.detail));
        if let Some(code) = &self.code {
            body.insert("errorCode".to_owned(), json!(code));
            body.insert("parameters".to_owned(), json!(self.parameters));
        }
        if !self.fields.is_empty() {
            let fields: Vec<_> = self
                .fields
                .iter()
                .map(|(field, why)| json!({ "field": field, "description": why }))
                .collect();
            body.insert("badRequestDetail".to_owned(), json!({ "fields": fields }));
        }
        Value::Object(body)
    }
}

impl From<ApiError> for Answer {
    fn from(error: ApiError) -> Self {
        Self {
            status: error.status,
            content_type: "application/json".to_owned(),
            body: Some(error.body()),
            headers: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{send, with_orders};

    #[tokio::test(start_paused = true)]
    async fn envelopes() {
        let simulator = with_orders("STOPPED");
        for (line, status, enveloped) in [
            ("GET processor/orders?envelope=true", 200, "/content/name"),
            ("GET processors?envelope=true", 200, "/results/0/name"),
            ("POST processor/orders:start?envelope=true", 200, "/status"),
            (
                "POST processor/other:start?envelope=true",
                400,
                "/content/errorCode",
            ),
        ] {
            let seen = send(&simulator, line, "").await;
            assert_eq!(
                (seen.status, &seen.json()["status"]),
                (status, &json!(status)),
                "{line}"
            );
            assert!(seen.json().pointer(enveloped).is_some(), "{line}: {seen:?}");
        }
        simulator.settings(|settings| {
            settings.envelope_answers_200 = true;
            "body".clone_into(&mut settings.envelope_key);
        });
        let seen = send(&simulator, "GET processor/other?envelope=true", "").await;
        assert_eq!(
            (
                seen.status,
                &seen.json()["status"],
                &seen.json()["body"]["error"]
            ),
            (200, &json!(404), &json!(404))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn pretty_print_is_the_same_json_on_many_lines() {
        let simulator = with_orders("STOPPED");
        let plain = send(&simulator, "GET processor/orders", "").await;
        let pretty = send(&simulator, "GET processor/orders?pretty=true", "").await;
        assert_eq!(
            (plain.text.lines().count(), plain.json()),
            (1, pretty.json())
        );
        assert!(pretty.text.lines().count() > 5);
    }
}
