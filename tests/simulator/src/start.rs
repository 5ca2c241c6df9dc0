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

#[cfg(test)]
mod tests {
    use crate::{
        Lag, Operation, StartBehaviour, WhenStarted, WhenUnknown,
        testing::{send, with_orders},
    };

    #[tokio::test(start_paused = true)]
    async fn what_a_start_does_depends_on_the_state() {
        for (state, verdict, after) in [
            ("CREATED", "200", "STARTED"),
            ("STOPPED", "200", "STARTED"),
            ("FAILED", "200", "STARTED"),
            ("STARTED", "400 STREAM_PROCESSOR_GENERIC_ERROR", "STARTED"),
            (
                "AUTOSCALING",
                "400 STREAM_PROCESSOR_GENERIC_ERROR",
                "AUTOSCALING",
            ),
            ("CREATING", "400 STREAM_PROCESSOR_GENERIC_ERROR", "CREATING"),
            ("STOPPING", "409 STREAM_PROCESSOR_GENERIC_ERROR", "STOPPING"),
        ] {
            let simulator = with_orders(state);
            let seen = send(&simulator, "POST processor/orders:start", "").await;
            assert_eq!(seen.verdict(), verdict, "{state}");
            assert_eq!(simulator.state("orders").as_deref(), Some(after), "{state}");
            let record = simulator.record();
            let entry = &record[0];
            assert_eq!(
                (entry.operation, entry.status),
                (Operation::Start, Some(seen.status))
            );
            assert_eq!(
                (entry.state_before.as_deref(), entry.state_after.as_deref()),
                (Some(state), Some(after))
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_accepted_start_answers_nothing_in_a_versioned_type() {
        let seen = send(
            &with_orders("STOPPED"),
            "POST processor/orders:start",
            "{\"ignored\":",
        )
        .await;
        assert_eq!(
            (
                seen.status,
                seen.text.as_str(),
                seen.header("content-length")
            ),
            (200, "", "0")
        );
        assert_eq!(
            seen.header("content-type"),
            "application/vnd.atlas.2024-05-30+json"
        );
        assert_eq!(seen.header("server"), "mdbws");
        assert_ne!(seen.header("x-mongodb-service-version"), "");
    }

    #[tokio::test(start_paused = true)]
    async fn a_start_of_what_runs_or_is_not_there_has_variants() {
        for (when_started, status) in [
            (WhenStarted::GenericError, 400),
            (WhenStarted::Conflict, 409),
            (WhenStarted::Accepted, 200),
        ] {
            let simulator = with_orders("STARTED");
            simulator.settings(|settings| settings.when_started = when_started);
            assert_eq!(
                send(&simulator, "POST processor/orders:start", "")
                    .await
                    .status,
                status
            );
            assert!(
                simulator.starts("orders").is_empty(),
                "it was not started again"
            );
        }
        for (when_unknown, status) in [
            (WhenUnknown::GenericError, 400),
            (WhenUnknown::NotFound, 404),
        ] {
            let simulator = with_orders("STOPPED");
            simulator.settings(|settings| settings.when_unknown = when_unknown);
            let seen = send(&simulator, "POST processor/other:start", "").await;
            assert_eq!(seen.status, status);
            assert_eq!(seen.json()["parameters"].as_array().map(Vec::len), Some(2));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_message_of_a_generic_error_is_its_second_parameter() {
        let seen = send(&with_orders("STOPPED"), "POST processor/other:start", "")
            .await
            .json();
        assert_eq!(
            seen["parameters"][1],
            "Stream processor does not exist: other"
        );
        assert_eq!(
            seen["detail"],
            "Streams Processor with this name (other) had a problem occur: Stream processor does not exist: other."
        );
    }

    #[tokio::test(start_paused = true)]
    async fn one_processor_may_start_otherwise_than_the_rest() {
        let simulator = with_orders("STOPPED");
        simulator.add_processor("slow", "STOPPED");
        simulator.settings(|settings| {
            settings.start_of.insert(
                "slow".to_owned(),
                StartBehaviour::failing("PROVISIONING", Lag::Polls(1)),
            );
        });
        for (name, first, second) in [
            ("orders", "STARTED", "STARTED"),
            ("slow", "PROVISIONING", "FAILED"),
        ] {
            send(&simulator, &format!("POST processor/{name}:start"), "").await;
            assert_eq!(
                send(&simulator, &format!("GET processor/{name}"), "")
                    .await
                    .state(),
                first
            );
            assert_eq!(
                send(&simulator, "GET processors", "").await.json()["results"]
                    .as_array()
                    .map(Vec::len),
                Some(2)
            );
            assert_eq!(
                send(&simulator, &format!("GET processor/{name}"), "")
                    .await
                    .state(),
                second
            );
        }
    }
}
