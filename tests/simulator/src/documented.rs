//! Ready-made effects: the answers that Atlas documents or was seen to give, by name.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

use crate::{Effect, answer::ApiError};

impl Effect {
    /// Any answer, with a body of any type.
    pub fn answer(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self::Answer {
            status,
            content_type: content_type.to_owned(),
            body: body.into(),
            headers: Vec::new(),
            processed: false,
        }
    }

    /// Any JSON, as `application/json`.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::answer(status, "application/json", body.to_string())
    }

    /// An error body with the usual fields.
    pub fn api_error(status: u16, code: &str, detail: &str, parameters: &[Value]) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        ApiError::new(status, code, detail)
            .parameters(parameters.iter().cloned())
            .into()
    }

    /// Adds a header to an answer; other effects stay as they are.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// The answer comes all the same, but the request took effect.
    pub fn although_processed(mut self) -> Self {
        if let Self::Answer { processed, .. } = &mut self {
            *processed = true;
        }
        self
    }

    fn if_processed(self, processed: bool) -> Self {
        if processed {
            self.although_processed()
        } else {
            self
        }
    }

    // Starts that fail.

    /// 400 STREAM_PROCESSOR_GENERIC_ERROR with this message, which is the second of `parameters`.
    pub fn generic_error(processor: &str, message: &str) -> Self {
        ApiError::generic(processor, message).into()
    }

    /// The transient 400 that was seen right after a create.
    pub fn does_not_exist_yet(processor: &str) -> Self {
        Self::generic_error(
            processor,
            &format!("Stream processor does not exist: {processor}"),
        )
    }

    /// The transient 400 of a backend that failed inside.
    pub fn project_lookup_failed(processor: &str, group: &str) -> Self {
        let message =
            format!("error getting project '{group}' [500/UNEXPECTED_ERROR]: Unexpected error.");
        Self::generic_error(processor, &message)
    }

    /// The 400 of a processor that is too big for its tier; nothing transient about it.
    pub fn tier_too_small(processor: &str) -> Self {
        let message = "Operator parallelism requested exceeds limit for this tier. (Requested: 16, Limit: 8). \
                       Minimum tier for this workload: SP50 or larger.";
        Self::generic_error(processor, message)
    }

    /// 504 STREAM_PROCESSOR_TIMEOUT, whose detail names the workspace where it means the processor.
    pub fn stream_processor_timeout(tenant: &str, processor: &str, processed: bool) -> Self {
        let detail =
            format!("Streams Processor with this name ({tenant}) timed out while processing.");
        Self::api_error(
            504,
            "STREAM_PROCESSOR_TIMEOUT",
            &detail,
            &[json!(tenant), json!(processor)],
        )
        .if_processed(processed)
    }

    /// 409, as third parties claim to have seen it.
    pub fn conflict(processor: &str) -> Self {
        let error = ApiError::generic(processor, "stream processor is already running");
        ApiError {
            status: StatusCode::CONFLICT,
            ..error
        }
        .into()
    }

    // Trouble of the service.

    /// 500 UNEXPECTED_ERROR.
    pub fn unexpected_error(processed: bool) -> Self {
        Self::api_error(500, "UNEXPECTED_ERROR", "Unexpected error.", &[]).if_processed(processed)
    }

    /// 503 SERVICE_UNAVAILABLE as JSON.
    pub fn service_unavailable(processed: bool) -> Self {
        Self::api_error(503, "SERVICE_UNAVAILABLE", "Service is unavailable.", &[])
            .if_processed(processed)
    }

    /// 503 in plain text, from the proxy before Atlas.
    pub fn upstream_connect_error() -> Self {
        let text = "upstream connect error or disconnect/reset before headers. reset reason: connection failure";
        Self::answer(503, "text/plain", text)
    }

    /// An HTML page, as gateways make them.
    pub fn html(status: u16) -> Self {
        let reason = StatusCode::from_u16(status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or("Error");
        let page = format!(
            "<html><head><title>{status} {reason}</title></head><body><h1>{reason}</h1></body></html>"
        );
        Self::answer(status, "text/html; charset=utf-8", page)
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self::answer(status, "", Bytes::new())
    }

    /// An error body that ends in the middle of a word, and says so in no header.
    pub fn broken_json(status: u16) -> Self {
        Self::answer(
            status,
            "application/json",
            "{\"error\":503,\"errorCode\":\"SERVICE_UNAV",
        )
    }

    /// A good error body that claims to be plain text.
    pub fn wrong_content_type(status: u16) -> Self {
        match Self::api_error(status, "UNEXPECTED_ERROR", "Unexpected error.", &[]) {
            Self::Answer { status, body, .. } => Self::answer(status, "text/plain", body),
            other => other,
        }
    }

    /// Everything that is odd in an error body and still allowed: numbers among the parameters, nulls, more keys.
    pub fn odd_error(status: u16) -> Self {
        let body = json!({
            "parameters": ["/api/oauth/token", 50, 1, null, { "nested": true }], "detail": null, "reason": null,
            "errorCode": "UNEXPECTED_ERROR", "error": status, "badRequestDetail": null, "new": ["key"],
        });
        Self::json(status, &body)
    }

    // Rate limits.

    /// 429 RATE_LIMITED_TOKEN_BUCKET with `Retry-After` in seconds, and the same number in the parameters.
    pub fn rate_limited(seconds: u64) -> Self {
        Self::rate_limited_without_header(seconds).header("retry-after", &seconds.to_string())
    }

    /// The same without the header: only the second parameter tells how long to wait.
    pub fn rate_limited_without_header(seconds: u64) -> Self {
        let path = "/api/atlas/v2/groups/{groupId}/streams";
        let detail = format!(
            "Rate limit exceeded for {path}. Please retry after {seconds} seconds. Request capacity: 1200. Refill rate: 500 per 60 seconds."
        );
        let parameters = [
            json!(path),
            json!(seconds),
            json!(1200),
            json!(500),
            json!(60),
        ];
        Self::api_error(429, "RATE_LIMITED_TOKEN_BUCKET", &detail, &parameters)
    }

    /// The same with the header as an HTTP date: so long after `now`.
    pub fn rate_limited_until(now: SystemTime, wait: Duration) -> Self {
        let date = httpdate::fmt_http_date(now + wait);
        Self::rate_limited_without_header(wait.as_secs()).header("retry-after", &date)
    }

    /// The older 429, RATE_LIMITED, which says nowhere how long to wait.
    pub fn rate_limited_old_style() -> Self {
        let detail = "Resource /api/atlas/v2 is limited to 100 requests every 1 minutes.";
        Self::api_error(
            429,
            "RATE_LIMITED",
            detail,
            &[json!("/api/atlas/v2"), json!(100), json!(1)],
        )
    }

    // Who may do what.

    /// 401 USER_UNAUTHORIZED: the role is missing. Seen once spuriously, too.
    pub fn user_unauthorized() -> Self {
        let detail = "Current user is not authorized to perform this action.";
        Self::api_error(401, "USER_UNAUTHORIZED", detail, &[])
    }

    /// 403 IP_ADDRESS_NOT_ON_ACCESS_LIST: the access list of the key, not of the project.
    pub fn ip_not_on_access_list() -> Self {
        let detail = "IP address 203.0.113.7 is not allowed to access this resource.";
        Self::api_error(
            403,
            "IP_ADDRESS_NOT_ON_ACCESS_LIST",
            detail,
            &[json!("203.0.113.7")],
        )
    }

    /// 403 RESOURCE_REQUIRES_ACCESS_LIST.
    pub fn resource_requires_access_list() -> Self {
        let detail = "This resource requires access through an access list of ip ranges.";
        Self::api_error(403, "RESOURCE_REQUIRES_ACCESS_LIST", detail, &[])
    }

    /// 403 ACCESS_FORBIDDEN.
    pub fn access_forbidden() -> Self {
        Self::api_error(403, "ACCESS_FORBIDDEN", "Access forbidden.", &[])
    }

    /// 402 NO_PAYMENT_INFORMATION_FOUND.
    pub fn no_payment_information(group: &str) -> Self {
        let detail = format!("No payment information was found for group {group}.");
        Self::api_error(
            402,
            "NO_PAYMENT_INFORMATION_FOUND",
            &detail,
            &[json!(group)],
        )
    }

    /// 410 VERSION_GONE.
    pub fn version_gone() -> Self {
        Self::api_error(
            410,
            "VERSION_GONE",
            "The requested version of this resource is no longer available.",
            &[],
        )
    }

    /// 405 METHOD_NOT_ALLOWED.
    pub fn method_not_allowed() -> Self {
        Self::api_error(
            405,
            "METHOD_NOT_ALLOWED",
            "The method is not allowed for this resource.",
            &[],
        )
    }

    /// 404 in HTML: a wrong address, no Atlas behind it.
    pub fn not_atlas() -> Self {
        Self::html(404)
    }

    /// 400 VALIDATION_ERROR that names fields.
    pub fn validation_error(fields: &[(&str, &str)]) -> Self {
        let error = ApiError::new(
            StatusCode::BAD_REQUEST,
            "VALIDATION_ERROR",
            "Validation error.",
        );
        fields
            .iter()
            .fold(error, |error, (field, why)| error.field(*field, *why))
            .into()
    }

    /// 308 to this address.
    pub fn permanent_redirect(location: &str) -> Self {
        Self::empty(308).header("location", location)
    }

    // The token endpoint.

    /// An OAuth error, whose `error` is a string.
    pub fn oauth_error(status: u16, error: &str, description: &str) -> Self {
        Self::json(
            status,
            &json!({ "error": error, "error_description": description }),
        )
    }

    /// 403 access_denied: a hundred tokens are alive.
    pub fn token_limit_reached() -> Self {
        let description = "Access Token limit reached. Please use the existing Access Token or create a new Service Account.";
        Self::oauth_error(403, "access_denied", description)
    }
}

impl From<ApiError> for Effect {
    fn from(error: ApiError) -> Self {
        Self::json(error.status.as_u16(), &error.body())
    }
}
