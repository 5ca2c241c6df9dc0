//! `:start` and `:startWith`: which starts Atlas accepts.

use http::StatusCode;
use serde_json::Value;
use tokio::time::Instant;

use crate::{
    Operation, WhenStarted, WhenUnknown,
    answer::{Answer, ApiError},
    call::Call,
    processors, start_options, versions, workspaces,
    world::World,
};

/// Starts a processor, or says why not.
pub(crate) fn start(world: &mut World, call: &Call) -> Result<Answer, ApiError> {
    let name = call.processor();
    workspaces::workspace(world, call)?;
    let options = match call.route.operation {
        Operation::StartWith => start_options::read(world, call)?,
        // The body of a plain start is ignored, whatever it is.
        _ => Value::Null,
    };
    let settings = world.settings.clone();
    let now = Instant::now();
    let Some(processor) = world.processor(call.group(), call.tenant(), name) else {
        return Err(match settings.when_unknown {
            WhenUnknown::GenericError => {
                ApiError::generic(name, format!("Stream processor does not exist: {name}"))
            }
            WhenUnknown::NotFound => processors::not_found(world, call),
        });
    };
    let accepted = Answer::ok(versions::of(call.route.operation), None);
    let failover = options.get("failover");
    if failover.is_some_and(|failover| failover["dryRun"] == Value::Bool(true)) {
        return Ok(accepted);
    }
    match processor.state(now) {
        "CREATED" | "STOPPED" | "FAILED" => {}
        "INIT" | "CREATING" => {
            return Err(ApiError::generic(
                name,
                "Stream processor is being provisioned",
            ));
        }
        "STOPPING" => return Err(conflict(name, "stream processor is being stopped")),
        // A failover moves a processor that runs.
        _ if failover.is_some() => {}
        _ => match settings.when_started {
            WhenStarted::GenericError => {
                return Err(ApiError::generic(
                    name,
                    "stream processor has already been started",
                ));
            }
            WhenStarted::Conflict => {
                return Err(conflict(name, "stream processor is already running"));
            }
            WhenStarted::Accepted => return Ok(accepted),
        },
    }
    if let Some(tier) = options["tier"].as_str() {
        processor.tier = Some(tier.to_owned());
    }
    processor.start(settings.start_of(name), settings.read_lag, options, now);
    Ok(accepted)
}

fn conflict(name: &str, message: &str) -> ApiError {
    ApiError {
        status: StatusCode::CONFLICT,
        ..ApiError::generic(name, message)
    }
}
