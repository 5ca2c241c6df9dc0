//! Version dates in the Accept header, resolved for each resource by itself.

use http::StatusCode;
use jiff::civil::Date;

use crate::{Operation, answer::ApiError, call::Call};

/// The only version date of an operation.
pub(crate) fn of(operation: Operation) -> &'static str {
    match operation {
        Operation::StartWith | Operation::RateLimits => "2025-03-12",
        Operation::Workspace => "2023-02-01",
        _ => "2024-05-30",
    }
}

/// Whether the Accept header asks for a version that the operation has: its own date or a later one.
pub(crate) fn check(call: &Call) -> Result<(), ApiError> {
    let refused = || {
        let detail = "Invalid accept header or version date.";
        ApiError::new(StatusCode::NOT_ACCEPTABLE, "INVALID_VERSION_DATE", detail)
    };
    let first: Date = of(call.route.operation).parse().map_err(|_| refused())?;
    let accept = call.header("accept").unwrap_or_default();
    let asked = accept
        .split(',')
        .filter_map(|range| version(range.split(';').next().unwrap_or_default().trim()));
    if asked.max().is_some_and(|asked| asked >= first) {
        Ok(())
    } else {
        Err(refused())
    }
}

/// The date in `application/vnd.atlas.<date>+json`.
fn version(media_type: &str) -> Option<Date> {
    media_type
        .strip_prefix("application/vnd.atlas.")?
        .strip_suffix("+json")?
        .parse()
        .ok()
}
