//! Ready-made effects: how Atlas refuses, for want of time, of rights or of money.

use std::time::{Duration, SystemTime};

use http::StatusCode;
use serde_json::json;

use crate::{Effect, answer::ApiError};

impl Effect {
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
        Self::rate_limited_without_header(wait.as_secs())
            .header("date", &httpdate::fmt_http_date(now))
            .header("retry-after", &date)
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

    /// 401 NOT_IN_GROUP: the project belongs to another organization.
    pub fn not_in_group(group: &str) -> Self {
        ApiError::not_in_group(group).into()
    }

    /// 401 USER_CANNOT_ACCESS_GROUP, which means the same.
    pub fn user_cannot_access_group(group: &str) -> Self {
        ApiError::user_cannot_access_group(group).into()
    }

    /// 401 without `errorCode`: the credential is no good.
    pub fn not_authorized() -> Self {
        ApiError::not_authorized().into()
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
