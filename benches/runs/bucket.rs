//! A thousand starts of a project whose requests Atlas limits, without a host around them and with a clock that only waits move:
//! how near they come to what the bucket allows.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use atlas_simulator::{Operation, RateLimit, Simulator, known};
use jiff::Timestamp;
use terraform_provider_atlas::atlas::{
    Client, Clock, Exchange, ExchangeError, HttpRequest, HttpResponse,
};
use terraform_provider_atlas::framework::{
    ApplyRequest, CancellationToken, ConfigureRequest, PlanRequest, Provider, Resource, Value,
};
use terraform_provider_atlas::provider::AtlasProvider;
use terraform_provider_atlas::provider::config::Environment;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::Outcome;
use super::in_memory::InMemory;
use super::table::Table;
use super::terraform::ACCESS_TOKEN;

const STARTS: u32 = 1_000;
const AT_A_TIME: usize = 100;
/// How long a request is on its way, and its answer on its way back.
const WAY: Duration = Duration::from_millis(50);

/// What Atlas tells of its limit beside the refusals, where all processors are, and how full the bucket is at first.
const CASES: [(&str, bool, bool, u32); 4] = [
    ("one workspace each, a full bucket", true, false, 1),
    ("the same, without RateLimit headers", false, false, 1),
    ("one workspace, half a bucket", true, true, 2),
    ("the same, without RateLimit headers", false, true, 2),
];

pub(crate) fn measure(table: &mut Table) -> Outcome {
    for (name, headers, together, part) in CASES {
        let documented = RateLimit::default();
        let limit = RateLimit {
            headers,
            capacity: documented.capacity / part,
            ..documented
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()?;
        let (atlas, took) = runtime.block_on(start_all(limit.clone(), together))?;
        let sent = atlas.record().len();
        let refused = atlas.record().into_iter();
        let refused = refused.filter(|one| one.status == Some(429)).count();
        let beyond = u32::try_from(sent - refused)?.saturating_sub(limit.capacity);
        let allowed = limit.period * beyond.div_ceil(limit.refill);
        table.row(
            format!("{STARTS} starts, {AT_A_TIME} at a time, {name}"),
            format!(
                "{:.0} s, {sent} requests ({} lists), {:.1} % of them 429",
                took.as_secs_f64(),
                atlas.calls(Operation::List),
                100.0 * refused as f64 / sent as f64
            ),
            if together { "" } else { "1.1x, 5 %" },
            format!(
                "the bucket allows {:.0} s, {:.2}x",
                allowed.as_secs_f64(),
                took.as_secs_f64() / allowed.as_secs_f64()
            ),
        );
    }
    Ok(())
}

async fn start_all(limit: RateLimit, together: bool) -> Outcome<(Simulator, Duration)> {
    let atlas = Simulator::new();
    atlas.settings(|settings| settings.rate_limit = Some(limit));
    let variables = [("MONGODB_ATLAS_BASE_URL", "http://127.0.0.1:1")];
    let variables = variables.iter().chain(ACCESS_TOKEN);
    let variables = variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let (far, clock) = (
        Arc::new(Far(InMemory(atlas.clone()))),
        Arc::new(ClockOf(atlas.clone())),
    );
    let provider = AtlasProvider::new(Environment::from_iter(variables), move |settings| {
        Client::new(settings, far.clone(), clock.clone())
    });
    let refused = provider.configure(ConfigureRequest {
        config: provider.schema().null_object(),
        terraform_version: "1.15.5".to_owned(),
    });
    if refused.has_error() {
        return Err(format!("{refused:?}").into());
    }
    let resource = provider.resources().into_iter().next();
    let resource = resource.ok_or("the provider has no resource")?;
    let permits = Arc::new(Semaphore::new(AT_A_TIME));
    let mut starts = JoinSet::new();
    let began = Instant::now();
    for number in 0..STARTS {
        let tenant = match together {
            true => known::TENANT.to_owned(),
            false => format!("workspace-{number}"),
        };
        let name = format!("processor-{number}");
        atlas.add_processor_at(known::GROUP_ID, &tenant, &name, "CREATED");
        let (resource, permits) = (resource.clone(), permits.clone());
        starts.spawn(async move {
            let _permit = permits.acquire_owned().await;
            start(resource.as_ref(), &tenant, &name).await
        });
    }
    let failed = starts.join_all().await.into_iter().flatten().next();
    match failed {
        Some(failed) => Err(failed.into()),
        None => Ok((atlas, began.elapsed())),
    }
}

/// Why it was not started.
async fn start(resource: &dyn Resource, tenant: &str, name: &str) -> Option<String> {
    let mut config = resource.schema().null_object();
    config.set("group_id", known::GROUP_ID);
    config.set("tenant_name", tenant);
    config.set("processor_name", name);
    let plan = resource.plan(PlanRequest {
        prior: &Value::Null,
        config: &config,
        proposed: &config,
        private: &[],
        planned_private: &[],
        identity: None,
    });
    let applied = resource.create(ApplyRequest {
        prior: Value::Null,
        planned: plan.planned,
        config,
        private: plan.private,
        identity: None,
        cancel: CancellationToken::new(),
        abandoned: CancellationToken::new(),
    });
    let told = applied.await.diagnostics;
    told.has_error().then(|| format!("{told:?}"))
}

/// An Atlas that is not next door.
struct Far(InMemory);

#[async_trait]
impl Exchange for Far {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ExchangeError> {
        sleep(WAY).await;
        let answer = self.0.exchange(request).await;
        sleep(WAY).await;
        answer
    }
}

/// The simulator's time of day.
struct ClockOf(Simulator);

impl Clock for ClockOf {
    fn now(&self) -> Timestamp {
        Timestamp::try_from(self.0.now()).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}
