//! Servers that put orders to a terminal wherever an answer has room for them.

use std::sync::Arc;

use async_trait::async_trait;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::json;
use terraform_provider_atlas::atlas::{Exchange, ExchangeError, HttpRequest, HttpResponse};

/// Letters to know it by, with controls of both sets, escape sequences and what turns the direction of writing in between.
pub(super) const HOSTILE: &str = "mark\u{1b}[2J\u{1b}]0;t\u{7}\u{9b}31m\u{9d}\u{85}\u{0}\u{8}\u{7f}\u{61c}\u{200e}\u{202e}\u{2066}\r\u{2028}er";

/// What one server answers to everything, or why it does not.
pub(super) type Answers =
    Arc<dyn Fn(&HttpRequest) -> Result<HttpResponse, ExchangeError> + Send + Sync>;

pub(super) struct Server(pub(super) Answers);

#[async_trait]
impl Exchange for Server {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ExchangeError> {
        (self.0)(&request)
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: impl ToString) -> HttpResponse {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| {
            let name: HeaderName = name.parse().unwrap();
            // Of all that is hostile, HTTP itself forbids the controls of ASCII.
            let value: String = value.chars().filter(|c| !c.is_ascii_control()).collect();
            (name, HeaderValue::from_bytes(value.as_bytes()).unwrap())
        })
        .collect();
    HttpResponse {
        status: StatusCode::from_u16(status).unwrap(),
        headers,
        body: body.to_string().into(),
        truncated: false,
        broken_off: None,
    }
}

/// Every way in which a server can be hostile, with a name for it.
pub(super) fn servers() -> Vec<(&'static str, Answers)> {
    let always = |answer: HttpResponse| -> Answers { Arc::new(move |_| Ok(answer.clone())) };
    let fails = |error: ExchangeError| -> Answers { Arc::new(move |_| Err(error.clone())) };
    let cause = || Arc::new(std::io::Error::other(HOSTILE)) as Arc<_>;
    let refusal = |body: serde_json::Value| always(answer(400, &[], body));
    let generic = json!({"error": 400, "errorCode": "STREAM_PROCESSOR_GENERIC_ERROR", "detail": "d", "parameters": ["p", HOSTILE]});
    let fields = json!({"error": 400, "errorCode": "X", "badRequestDetail": {"fields": [
        {"field": "tier", "description": HOSTILE}, {"field": HOSTILE, "description": "x"}, {"field": HOSTILE}]}});
    let headers = &[
        ("content-type", HOSTILE),
        ("x-request-id", HOSTILE),
        ("x-mongodb-service-version", HOSTILE),
        ("location", HOSTILE),
        ("retry-after", HOSTILE),
        ("www-authenticate", HOSTILE),
    ];
    let state = json!({"_id": HOSTILE, "name": HOSTILE, "state": HOSTILE, "tier": HOSTILE});
    vec![
        (
            "detail",
            refusal(json!({"error": 400, "errorCode": "X", "detail": HOSTILE})),
        ),
        (
            "reason",
            refusal(json!({"error": 400, "errorCode": "X", "reason": HOSTILE})),
        ),
        (
            "error code",
            refusal(json!({"error": 400, "errorCode": HOSTILE})),
        ),
        ("parameters", refusal(generic)),
        ("fields", refusal(fields)),
        (
            "not found",
            always(answer(
                404,
                headers,
                json!({"error": 404, "errorCode": "GROUP_NOT_FOUND", "detail": HOSTILE, "parameters": [HOSTILE, HOSTILE]}),
            )),
        ),
        (
            "not allowed",
            always(answer(
                403,
                headers,
                json!({"error": 403, "errorCode": "IP_ADDRESS_NOT_ON_ACCESS_LIST", "detail": "d", "parameters": [HOSTILE]}),
            )),
        ),
        (
            "oauth",
            always(answer(
                401,
                headers,
                json!({"error": HOSTILE, "error_description": HOSTILE}),
            )),
        ),
        ("no JSON", always(answer(502, headers, HOSTILE))),
        (
            "no JSON in a success",
            always(answer(200, headers, HOSTILE)),
        ),
        ("redirect", always(answer(307, headers, ""))),
        ("state", always(answer(200, headers, state))),
        ("not sent", fails(ExchangeError::NotSent { cause: cause() })),
        (
            "no proxy",
            fails(ExchangeError::ProxyUnauthorized { cause: cause() }),
        ),
        (
            "untrusted",
            fails(ExchangeError::UntrustedCertificate { cause: cause() }),
        ),
        (
            "no CA",
            fails(ExchangeError::NoCaCertificates { cause: cause() }),
        ),
        ("lost", fails(ExchangeError::Lost { cause: cause() })),
        (
            "no start",
            Arc::new(|request| {
                Ok(match request.method.as_str() {
                    "GET" => answer(200, &[], r#"{"_id":"1","state":"STOPPED"}"#),
                    _ => answer(
                        409,
                        &[],
                        json!({"error": 409, "errorCode": HOSTILE, "detail": HOSTILE}),
                    ),
                })
            }),
        ),
        (
            "never started",
            Arc::new(|request| {
                Ok(match request.method.as_str() {
                    "GET" => answer(200, &[], json!({"state": HOSTILE})),
                    _ => answer(200, &[], json!({"dryRun": HOSTILE, HOSTILE: [HOSTILE]})),
                })
            }),
        ),
    ]
}
