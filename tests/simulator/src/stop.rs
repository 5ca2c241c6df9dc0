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

#[cfg(test)]
mod tests {
    use crate::{
        Lag,
        testing::{send, with_orders},
    };

    #[tokio::test(start_paused = true)]
    async fn only_what_runs_is_stopped() {
        for (state, status, after) in [
            ("STARTED", 200, "STOPPED"),
            ("STOPPED", 400, "STOPPED"),
            ("CREATED", 400, "CREATED"),
            ("FAILED", 400, "FAILED"),
        ] {
            let simulator = with_orders(state);
            assert_eq!(
                send(&simulator, "POST processor/orders:stop", "")
                    .await
                    .status,
                status,
                "{state}"
            );
            assert_eq!(simulator.state("orders").as_deref(), Some(after));
        }
        assert_eq!(
            send(&with_orders("STARTED"), "POST processor/other:stop", "")
                .await
                .status,
            404
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_stop_shows_stopping_meanwhile() {
        let simulator = with_orders("STARTED");
        simulator.settings(|settings| settings.stop_lag = Some(Lag::Polls(1)));
        send(&simulator, "POST processor/orders:stop", "").await;
        for state in ["STOPPING", "STOPPED"] {
            assert_eq!(
                send(&simulator, "GET processor/orders", "").await.state(),
                state
            );
        }
    }
}
