//! The latency of each call over mutual TLS, alone and among many.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use plugin_host::Launch;
use plugin_host::tfplugin6::get_provider_schema;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Outcome;
use super::call::Call;
use super::figures::{ms, quantile};
use super::provider::Provider;
use super::table::Table;

/// Callers at once. Each has a processor of its own: calls about the same wait for one another.
const MANY: usize = 64;

/// Calls of each kind.
const CALLS: usize = 1_000;

/// Processes that are asked for their schema once.
const PROCESSES: usize = 50;

pub(crate) async fn measure(table: &mut Table, binary: &Path) -> Outcome {
    let mut first = Vec::new();
    for _ in 0..PROCESSES {
        let process = Launch::new(binary).spawn().await?;
        let began = Instant::now();
        let plugin = process.into_plugin().await?;
        let request = get_provider_schema::Request {};
        plugin.provider().get_provider_schema(request).await?;
        first.push(began.elapsed());
        // One that takes its time to end is killed, and is no reason to have no table.
        let _ = plugin.shutdown().await;
    }
    table.row(
        format!("handshake line to first schema, with TLS, median of {PROCESSES}"),
        ms(quantile(&mut first, 0.5)),
        "",
        format!("p99 {}", ms(quantile(&mut first, 0.99))),
    );

    let provider = Arc::new(Provider::start(binary).await?);
    for caller in 0..MANY {
        provider.atlas.add_processor(&name(caller), "STARTED");
    }
    for call in Call::ALL {
        among(&provider, call, 1, CALLS / 10).await?;
        let mut alone = among(&provider, call, 1, CALLS).await?;
        let mut many = among(&provider, call, MANY, CALLS).await?;
        let reach = match call {
            Call::GetProviderSchema | Call::ConfigureProvider | Call::PlanResourceChange => {
                "p50 0.5 ms, p99 2 ms"
            }
            _ => "",
        };
        let with = if call.asks_atlas() {
            ", with Atlas' answer"
        } else {
            ""
        };
        table.row(
            format!("{call:?}, warm{with}"),
            format!(
                "p50 {}, p99 {}",
                ms(quantile(&mut alone, 0.5)),
                ms(quantile(&mut alone, 0.99))
            ),
            reach,
            format!(
                "{MANY} in flight: p50 {}, p99 {}",
                ms(quantile(&mut many, 0.5)),
                ms(quantile(&mut many, 0.99))
            ),
        );
    }
    Ok(())
}

fn name(caller: usize) -> String {
    format!("orders-{caller}")
}

/// The times of so many calls, with so many under way at once.
async fn among(
    provider: &Arc<Provider>,
    call: Call,
    in_flight: usize,
    calls: usize,
) -> Outcome<Vec<Duration>> {
    let mut callers = JoinSet::new();
    for caller in 0..in_flight {
        let (provider, name) = (provider.clone(), name(caller));
        callers.spawn(async move {
            let mut client = provider.plugin.provider();
            let mut times = Vec::with_capacity(calls / in_flight);
            for _ in 0..calls / in_flight {
                let began = Instant::now();
                let sent = call.send(&provider, &mut client, &name).await;
                sent.map_err(|error| error.to_string())?;
                times.push(began.elapsed());
            }
            Ok::<_, String>(times)
        });
    }
    let mut all = Vec::with_capacity(calls);
    for times in callers.join_all().await {
        all.extend(times?);
    }
    Ok(all)
}
