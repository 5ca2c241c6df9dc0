//! Version dates in the Accept header, resolved for each resource by itself.

use http::StatusCode;
use jiff::civil::Date;

use crate::{
    Operation,
    answer::{Answer, ApiError},
    call::Call,
    world::World,
};

/// The only version date of an operation.
pub(crate) fn of(operation: Operation) -> &'static str {
    match operation {
        Operation::StartWith | Operation::RateLimits => "2025-03-12",
        Operation::Workspace => "2023-02-01",
        _ => "2024-05-30",
    }
}

/// Whether the Accept header asks for a version that the operation has: its own date or a later one.
pub(crate) fn check(world: &World, call: &Call) -> Result<(), ApiError> {
    let refused = || {
        let detail = "Invalid accept header or version date.";
        ApiError::new(StatusCode::NOT_ACCEPTABLE, "INVALID_VERSION_DATE", detail)
    };
    let first: Date = of(call.route.operation).parse().map_err(|_| refused())?;
    let accept = call.header("accept").unwrap_or_default();
    let asked = accept
        .split(',')
        .filter_map(|range| version(range.split(';').next().unwrap_or_default().trim()));
    if asked.max().is_none_or(|asked| asked < first) {
        return Err(refused());
    }
    if world.settings.sunset {
        let detail =
            format!("The requested version of this resource, {first}, is no longer available.");
        return Err(ApiError::new(StatusCode::GONE, "VERSION_GONE", detail));
    }
    Ok(())
}

/// Adds what tells a client that its version is deprecated.
pub(crate) fn deprecate(world: &World, answer: Answer) -> Answer {
    if !world.settings.deprecated {
        return answer;
    }
    answer
        .with("deprecation", "Sat, 01 Aug 2026 00:00:00 GMT")
        .with("sunset", "Sun, 01 Aug 2027 00:00:00 GMT")
}

/// The date in `application/vnd.atlas.<date>+json`.
fn version(media_type: &str) -> Option<Date> {
    media_type
        .strip_prefix("application/vnd.atlas.")?
        .strip_suffix("+json")?
        .parse()
        .ok()
}
