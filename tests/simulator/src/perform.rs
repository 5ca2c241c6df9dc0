//! Performs an operation: the checks that all have, then its own part.

use bytes::Bytes;
use http::{Method, Response, StatusCode, header};
use serde_json::json;

use crate::{
    Operation,
    answer::{Answer, ApiError},
    call::Call,
    create::create,
    delete::delete,
    modify::modify,
    oauth, processors,
    route::DeadEnd,
    start::start,
    stop::stop,
    versions, workspaces,
    world::World,
};

/// Does what was asked and answers it, as if nothing ever went wrong on the way.
pub(crate) fn perform(world: &mut World, call: &Call) -> Response<Bytes> {
    let mut answer = match call.route.operation {
        Operation::Token => oauth::token(world, call).unwrap_or_else(|refusal| *refusal),
        Operation::Revoke => oauth::revoke(world, call).unwrap_or_else(|refusal| *refusal),
        _ => administration(world, call).unwrap_or_else(Answer::from),
    };
    if let (Some(limit), Some(bucket)) =
        (&world.settings.rate_limit, world.buckets.get(call.group()))
    {
        answer.headers.extend(bucket.headers(limit));
    }
    answer.finish(call, &world.settings)
}

fn administration(world: &mut World, call: &Call) -> Result<Answer, ApiError> {
    if let Some(dead_end) = &call.route.dead_end {
        return Ok(nowhere(world, call, dead_end));
    }
    if world.settings.length_required
        && call.method == Method::POST
        && call.header("content-length").is_none()
    {
        let detail = "A request without Content-Length is not accepted.";
        return Err(ApiError::new(
            StatusCode::LENGTH_REQUIRED,
            "LENGTH_REQUIRED",
            detail,
        ));
    }
    versions::check(world, call)?;
    let answer = match call.route.operation {
        Operation::Get => processors::get(world, call),
        Operation::List => processors::list(world, call),
        Operation::Start | Operation::StartWith => start(world, call),
        Operation::Stop => stop(world, call),
        Operation::Create => create(world, call),
        Operation::Modify => modify(world, call),
        Operation::Delete => delete(world, call),
        Operation::Workspace => workspaces::get(world, call),
        Operation::RateLimits => Ok(rate_limits(world, call)),
        Operation::Token | Operation::Revoke | Operation::Other => {
            Ok(nowhere(world, call, &DeadEnd::UnknownPath))
        }
    }?;
    Ok(versions::deprecate(world, answer))
}

/// The limits as they are set; the shape of this answer is not documented.
fn rate_limits(world: &World, call: &Call) -> Answer {
    let limits = world.settings.rate_limit.iter().map(|limit| {
        json!({
            "endpointSetName": "Streams", "scope": "GROUP", "capacity": limit.capacity,
            "refillRate": limit.refill, "refillDurationSeconds": limit.period.as_secs(),
        })
    });
    let limits: Vec<_> = limits.collect();
    Answer::ok(
        versions::of(call.route.operation),
        Some(json!({ "totalCount": limits.len(), "results": limits })),
    )
}

fn nowhere(world: &World, call: &Call, dead_end: &DeadEnd) -> Answer {
    match dead_end {
        DeadEnd::Method(_) if world.settings.wrong_method_is_not_found => {
            nowhere(world, call, &DeadEnd::UnknownPath)
        }
        DeadEnd::UnknownPath => {
            let detail = format!("Cannot find resource {}.", call.path);
            ApiError::new(StatusCode::NOT_FOUND, "RESOURCE_NOT_FOUND", detail)
                .parameters([call.path.as_str()])
                .into()
        }
        DeadEnd::Method(allowed) => {
            let detail = format!(
                "The {} method is not allowed for this resource.",
                call.method
            );
            let error = ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", detail);
            Answer::from(error).with(header::ALLOW.as_str(), *allowed)
        }
        DeadEnd::Encoding => {
            let detail = "The path is not UTF-8 once it is decoded.";
            ApiError::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", detail).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        RateLimit, known,
        testing::{bare, send, with_orders},
    };

    #[tokio::test(start_paused = true)]
    async fn methods_and_verbs_that_there_are_not() {
        let simulator = with_orders("STOPPED");
        for (line, by_default) in [
            ("GET processor/orders:start", "405 METHOD_NOT_ALLOWED"),
            ("POST processor/orders:frobnicate", "405 METHOD_NOT_ALLOWED"),
            ("PUT processor/orders", "405 METHOD_NOT_ALLOWED"),
            ("GET nowhere/at/all", "404 RESOURCE_NOT_FOUND"),
        ] {
            simulator.settings(|settings| settings.wrong_method_is_not_found = false);
            assert_eq!(
                send(&simulator, line, "").await.verdict(),
                by_default,
                "{line}"
            );
            simulator.settings(|settings| settings.wrong_method_is_not_found = true);
            assert_eq!(
                send(&simulator, line, "").await.verdict(),
                "404 RESOURCE_NOT_FOUND",
                "{line}"
            );
        }
        assert_eq!(simulator.state("orders").as_deref(), Some("STOPPED"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_post_without_length_may_be_refused() {
        let token = format!("Bearer {}", known::ACCESS_TOKEN);
        let headers = [
            ("authorization", token.as_str()),
            ("accept", "application/vnd.atlas.2024-05-30+json"),
        ];
        let with_length = [headers.as_slice(), &[("content-length", "0")]].concat();
        let simulator = with_orders("STOPPED");
        simulator.settings(|settings| settings.length_required = true);
        assert_eq!(
            bare(&simulator, "POST processor/orders:start", &headers, "")
                .await
                .verdict(),
            "411 LENGTH_REQUIRED"
        );
        assert_eq!(
            bare(&simulator, "POST processor/orders:start", &with_length, "")
                .await
                .status,
            200
        );
    }

    #[tokio::test(start_paused = true)]
    async fn limits_can_be_read() {
        let simulator = with_orders("STOPPED");
        simulator.settings(|settings| settings.rate_limit = Some(RateLimit::default()));
        let seen = send(
            &simulator,
            "GET /api/atlas/v2/rateLimits?groupId=0123456789abcdef01234567",
            "",
        )
        .await;
        assert_eq!(seen.json()["results"][0]["capacity"], 1200);
    }
}
