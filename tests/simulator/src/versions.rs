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

#[cfg(test)]
mod tests {
    use crate::{
        known,
        testing::{bare, send, with_orders},
    };

    #[tokio::test(start_paused = true)]
    async fn each_operation_has_its_own_first_version() {
        let simulator = with_orders("STOPPED");
        let token = format!("Bearer {}", known::ACCESS_TOKEN);
        for (line, accept, verdict, content_type) in [
            (
                "GET processor/orders",
                "application/vnd.atlas.2024-05-30+json",
                "200",
                "application/vnd.atlas.2024-05-30+json",
            ),
            (
                "GET processor/orders",
                "application/vnd.atlas.2024-08-05+json",
                "200",
                "application/vnd.atlas.2024-05-30+json",
            ),
            (
                "GET processor/orders",
                "text/html, application/vnd.atlas.2025-03-12+json;q=0.9",
                "200",
                "application/vnd.atlas.2024-05-30+json",
            ),
            (
                "GET processor/orders",
                "application/vnd.atlas.2023-02-01+json",
                "406 INVALID_VERSION_DATE",
                "application/json",
            ),
            (
                "GET processor/orders",
                "application/vnd.atlas.2024-13-45+json",
                "406 INVALID_VERSION_DATE",
                "application/json",
            ),
            (
                "GET processor/orders",
                "application/json",
                "406 INVALID_VERSION_DATE",
                "application/json",
            ),
            (
                "GET processor/orders",
                "*/*",
                "406 INVALID_VERSION_DATE",
                "application/json",
            ),
            (
                "GET processor/orders",
                "",
                "406 INVALID_VERSION_DATE",
                "application/json",
            ),
            (
                "POST processor/orders:startWith",
                "application/vnd.atlas.2024-05-30+json",
                "406 INVALID_VERSION_DATE",
                "application/json",
            ),
            (
                "POST processor/orders:start",
                "application/vnd.atlas.2024-05-30+json",
                "200",
                "application/vnd.atlas.2024-05-30+json",
            ),
        ] {
            let seen = bare(
                &simulator,
                line,
                &[("authorization", &token), ("accept", accept)],
                "",
            )
            .await;
            assert_eq!(
                (seen.verdict().as_str(), seen.header("content-type")),
                (verdict, content_type),
                "{line} {accept}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn old_versions_are_deprecated_and_then_gone() {
        let simulator = with_orders("STOPPED");
        assert_eq!(
            send(&simulator, "GET processor/orders", "")
                .await
                .header("sunset"),
            ""
        );
        simulator.settings(|settings| settings.deprecated = true);
        let seen = send(&simulator, "GET processor/orders", "").await;
        assert!(
            httpdate::parse_http_date(seen.header("sunset")).is_ok(),
            "{seen:?}"
        );
        assert!(
            httpdate::parse_http_date(seen.header("deprecation")).is_ok(),
            "{seen:?}"
        );
        simulator.settings(|settings| settings.sunset = true);
        assert_eq!(
            send(&simulator, "GET processor/orders", "").await.verdict(),
            "410 VERSION_GONE"
        );
    }
}
