//! Ready-made effects: starts that fail and a service in trouble, as documented or seen, by name.

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

    /// 404 of a processor that is not there, with the code that the simulator gives it by default.
    pub fn processor_not_found(tenant: &str, processor: &str) -> Self {
        let detail = format!(
            "Stream processor with name {processor} in stream workspace {tenant} not found."
        );
        Self::api_error(
            404,
            "STREAM_PROCESSOR_NOT_FOUND",
            &detail,
            &[json!(tenant), json!(processor)],
        )
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
}

impl From<ApiError> for Effect {
    fn from(error: ApiError) -> Self {
        Self::json(error.status.as_u16(), &error.body())
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use crate::{
        Effect, Fault, known,
        testing::{send, with_orders},
    };

    #[tokio::test(start_paused = true)]
    async fn each_answer_is_what_its_name_says() {
        let group = known::GROUP_ID;
        for (effect, verdict, retry_after) in [
            (
                Effect::does_not_exist_yet("p"),
                "400 STREAM_PROCESSOR_GENERIC_ERROR",
                "",
            ),
            (
                Effect::project_lookup_failed("p", group),
                "400 STREAM_PROCESSOR_GENERIC_ERROR",
                "",
            ),
            (
                Effect::tier_too_small("p"),
                "400 STREAM_PROCESSOR_GENERIC_ERROR",
                "",
            ),
            (
                Effect::validation_error(&[("tier", "is odd")]),
                "400 VALIDATION_ERROR",
                "",
            ),
            (Effect::user_unauthorized(), "401 USER_UNAUTHORIZED", ""),
            (Effect::not_in_group(group), "401 NOT_IN_GROUP", ""),
            (
                Effect::user_cannot_access_group(group),
                "401 USER_CANNOT_ACCESS_GROUP",
                "",
            ),
            (Effect::not_authorized(), "401", ""),
            (
                Effect::no_payment_information(group),
                "402 NO_PAYMENT_INFORMATION_FOUND",
                "",
            ),
            (
                Effect::ip_not_on_access_list(),
                "403 IP_ADDRESS_NOT_ON_ACCESS_LIST",
                "",
            ),
            (
                Effect::resource_requires_access_list(),
                "403 RESOURCE_REQUIRES_ACCESS_LIST",
                "",
            ),
            (Effect::access_forbidden(), "403 ACCESS_FORBIDDEN", ""),
            (
                Effect::processor_not_found("t", "p"),
                "404 STREAM_PROCESSOR_NOT_FOUND",
                "",
            ),
            (Effect::not_atlas(), "404", ""),
            (Effect::method_not_allowed(), "405 METHOD_NOT_ALLOWED", ""),
            (
                Effect::conflict("p"),
                "409 STREAM_PROCESSOR_GENERIC_ERROR",
                "",
            ),
            (Effect::version_gone(), "410 VERSION_GONE", ""),
            (
                Effect::rate_limited(7),
                "429 RATE_LIMITED_TOKEN_BUCKET",
                "7",
            ),
            (
                Effect::rate_limited_without_header(7),
                "429 RATE_LIMITED_TOKEN_BUCKET",
                "",
            ),
            (
                Effect::rate_limited_until(UNIX_EPOCH, std::time::Duration::from_secs(7)),
                "429 RATE_LIMITED_TOKEN_BUCKET",
                "Thu, 01 Jan 1970 00:00:07 GMT",
            ),
            (Effect::rate_limited_old_style(), "429 RATE_LIMITED", ""),
            (Effect::unexpected_error(false), "500 UNEXPECTED_ERROR", ""),
            (Effect::odd_error(500), "500 UNEXPECTED_ERROR", ""),
            (Effect::wrong_content_type(500), "500 UNEXPECTED_ERROR", ""),
            (Effect::html(502), "502", ""),
            (
                Effect::service_unavailable(false),
                "503 SERVICE_UNAVAILABLE",
                "",
            ),
            (
                Effect::service_unavailable(false).header("retry-after", "3"),
                "503 SERVICE_UNAVAILABLE",
                "3",
            ),
            (Effect::upstream_connect_error(), "503", ""),
            (Effect::broken_json(503), "503", ""),
            (
                Effect::stream_processor_timeout("t", "p", false),
                "504 STREAM_PROCESSOR_TIMEOUT",
                "",
            ),
            (Effect::permanent_redirect("http://localhost/"), "308", ""),
        ] {
            let simulator = with_orders("STOPPED");
            let written = serde_json::to_string(&effect).expect("JSON");
            assert_eq!(
                serde_json::from_str::<Effect>(&written).expect("an effect"),
                effect
            );
            simulator.fault(Fault::on_any(effect.clone()));
            let seen = send(&simulator, "POST processor/orders:start", "").await;
            assert_eq!(
                (seen.verdict().as_str(), seen.header("retry-after")),
                (verdict, retry_after),
                "{effect:?}"
            );
            assert_eq!(simulator.state("orders").as_deref(), Some("STOPPED"));
        }
    }
}
