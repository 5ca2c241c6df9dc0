//! Performs an operation: the checks that all have, then its own part.

use bytes::Bytes;
use http::{Response, StatusCode};

use crate::{
    Operation,
    answer::{Answer, ApiError},
    call::Call,
    processors,
    route::DeadEnd,
    start::start,
    stop::stop,
    versions,
    world::World,
};

/// Does what was asked and answers it, as if nothing ever went wrong on the way.
pub(crate) fn perform(world: &mut World, call: &Call) -> Response<Bytes> {
    answer(world, call)
        .unwrap_or_else(Answer::from)
        .finish(call, &world.settings)
}

fn answer(world: &mut World, call: &Call) -> Result<Answer, ApiError> {
    if let Some(dead_end) = &call.route.dead_end {
        return Ok(nowhere(call, dead_end));
    }
    versions::check(call)?;
    match call.route.operation {
        Operation::Get => processors::get(world, call),
        Operation::Start | Operation::StartWith => start(world, call),
        Operation::Stop => stop(world, call),
        _ => Ok(nowhere(call, &DeadEnd::UnknownPath)),
    }
}

fn nowhere(call: &Call, dead_end: &DeadEnd) -> Answer {
    match dead_end {
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
            Answer::from(error).with("allow", *allowed)
        }
        DeadEnd::Encoding => {
            let detail = "The path is not UTF-8 once it is decoded.";
            ApiError::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", detail).into()
        }
    }
}
