//! How long a server asks to wait.

use std::time::Duration;

use http::{
    HeaderMap, HeaderName,
    header::{DATE, RETRY_AFTER},
};
use jiff::Timestamp;
use serde_json::Value;

use super::api_error::ApiError;

/// The `Retry-After` of an answer (RFC 9110 §10.2.3: seconds, or an HTTP date), or what the body of a token bucket's 429 says
/// instead: its second parameter is the number of seconds. A date is meant by the clock of the server, which its `Date` tells; only
/// without one it is taken for one of ours, which shows `now`.
pub(super) fn retry_after(
    headers: &HeaderMap,
    body: Option<&ApiError>,
    now: Timestamp,
) -> Option<Duration> {
    let text = |name: HeaderName| Some(headers.get(name)?.to_str().ok()?.trim());
    let header = text(RETRY_AFTER).and_then(|value| {
        let now = text(DATE).and_then(http_date).unwrap_or(now);
        from_header(value, now)
    });
    header.or_else(|| body.and_then(from_body))
}

fn from_header(value: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    // A date that has passed asks for no wait at all.
    Some(Duration::try_from(http_date(value)?.duration_since(now)).unwrap_or_default())
}

fn http_date(value: &str) -> Option<Timestamp> {
    Timestamp::try_from(httpdate::parse_http_date(value).ok()?).ok()
}

fn from_body(body: &ApiError) -> Option<Duration> {
    if body.error_code.as_deref() != Some("RATE_LIMITED_TOKEN_BUCKET") {
        return None;
    }
    let seconds = match body.parameters.get(1)? {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn seconds_dates_and_the_body_are_understood() {
        let bucket = |wait: Value| json!({"errorCode": "RATE_LIMITED_TOKEN_BUCKET", "parameters": ["/path", wait, 10, 5, 60]});
        let fixed = json!({"errorCode": "RATE_LIMITED", "parameters": ["/path", 50, 1]});
        let cases = [
            (Some("55"), json!({}), Some(55)),
            (Some(" 0 "), json!({}), Some(0)),
            (Some("Wed, 21 Oct 2026 07:28:30 GMT"), json!({}), Some(30)),
            (Some("Wed, 21 Oct 2026 07:27:00 GMT"), json!({}), Some(0)),
            (Some("55"), bucket(json!(7)), Some(55)),
            (None, bucket(json!(7)), Some(7)),
            (None, bucket(json!("7")), Some(7)),
            (Some("soon"), bucket(json!(7)), Some(7)),
            (Some("-5"), json!({}), None),
            (Some(""), json!({}), None),
            (None, bucket(json!(-7)), None),
            (None, bucket(json!("soon")), None),
            (None, bucket(json!(null)), None),
            (
                None,
                json!({"errorCode": "RATE_LIMITED_TOKEN_BUCKET", "parameters": []}),
                None,
            ),
            (None, fixed, None),
            (None, json!({}), None),
        ];
        let now: Timestamp = "2026-10-21T07:28:00Z".parse().unwrap();
        for (header, body, expected) in cases {
            let headers = header
                .map(|value| (RETRY_AFTER, value.parse().unwrap()))
                .into_iter()
                .collect();
            let read = retry_after(
                &headers,
                ApiError::from_json(&body, &[], false).as_ref(),
                now,
            );
            assert_eq!(read, expected.map(Duration::from_secs), "{header:?} {body}");
        }
    }

    #[test]
    fn a_date_is_meant_by_the_servers_own_clock() {
        let until = "Wed, 21 Oct 2026 08:28:30 GMT";
        for (date, expected) in [
            (Some("Wed, 21 Oct 2026 08:28:00 GMT"), 30),
            (Some("Wed, 21 Oct 2026 09:00:00 GMT"), 0),
            (Some("today"), 3_630),
            (Some(""), 3_630),
            (None, 3_630),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, until.parse().unwrap());
            if let Some(date) = date {
                headers.insert(DATE, date.parse().unwrap());
            }
            let now: Timestamp = "2026-10-21T07:28:00Z".parse().unwrap();
            let read = retry_after(&headers, None, now);
            assert_eq!(read, Some(Duration::from_secs(expected)), "{date:?}");
        }
    }
}
