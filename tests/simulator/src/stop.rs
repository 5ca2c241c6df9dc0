//! `:stop`.

use tokio::time::Instant;

use crate::{
    answer::{Answer, ApiError},
    call::Call,
    processors, versions, workspaces,
    world::World,
};

/// Stops a processor that runs.
pub(crate) fn stop(world: &mut World, call: &Call) -> Result<Answer, ApiError> {
    workspaces::workspace(world, call)?;
    let (stop_lag, read_lag) = (world.settings.stop_lag, world.settings.read_lag);
    let now = Instant::now();
    let Some(processor) = world.processor(call.group(), call.tenant(), call.processor()) else {
        return Err(processors::not_found(world, call));
    };
    match processor.state(now) {
        "CREATED" | "STOPPED" | "STOPPING" | "FAILED" => Err(ApiError::generic(
            call.processor(),
            "stream processor has already been stopped",
        )),
        _ => {
            processor.stop(stop_lag, read_lag, now);
            Ok(Answer::ok(versions::of(call.route.operation), None))
        }
    }
}
