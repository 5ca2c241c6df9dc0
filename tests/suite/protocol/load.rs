//! Load: a thousand starts by one real process, a hundred at a time, under a rate limit, and what it keeps of them.

use super::core::atlas;
use super::host::{Host, Object};
use atlas_simulator::{Effect, Fault, RateLimit, Simulator, known};
use serde_json::json;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

const ROUNDS: usize = 10;
const STARTS: usize = 1_000;
const AT_A_TIME: usize = 100;
/// What may be kept of one start, in KiB: where its processor is and what was done to it, but no request, answer or connection.
const KEPT: u64 = 8;

/// As documented, with a minute that takes two seconds.
fn bucket() -> RateLimit {
    RateLimit {
        period: Duration::from_secs(2),
        ..RateLimit::default()
    }
}

/// A process that kept what a start needs would need more in every round; one that does not, needs much more only in those that
/// chance makes the hardest so far.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_starts_at_once_leave_the_process_as_small_as_the_first_hundreds() {
    let (simulator, url) = atlas().await;
    simulator.settings(|settings| settings.rate_limit = Some(bucket()));
    // A machine that is busy may be too slow to empty the bucket.
    simulator.fault(Fault::on_any(Effect::rate_limited(1)).skip(1_000).times(20));
    let host = Host::unconfigured().await;
    let block = json!({"base_url": url, "access_token": known::ACCESS_TOKEN});
    let configured = host.configure(block).await;
    assert!(configured.is_empty(), "{configured:?}");
    let host = Arc::new(host);

    let began = Instant::now();
    let mut peaks = Vec::new();
    for round in 0..ROUNDS {
        let each = STARTS / ROUNDS;
        start(&host, &simulator, round * each..(round + 1) * each).await;
        peaks.push(host.peak_memory() / 1024);
    }
    let took = began.elapsed();

    let record = simulator.record();
    let refused = record.iter().filter(|request| request.status == Some(429));
    let refused = refused.count();
    let _ = writeln!(
        std::io::stderr(),
        "{STARTS} starts, {AT_A_TIME} at a time, by a real process: {} requests, {refused} of them 429, {:.1} s, \
         memory at most, in KiB, after each tenth of them: {peaks:?}",
        record.len(),
        took.as_secs_f64(),
    );
    assert!(refused >= 20, "{refused}");
    // The kernel's own count is not exact: a peak may seem lower afterwards.
    let grown = peaks.windows(2).map(|two| two[1].saturating_sub(two[0]));
    let mut grown: Vec<u64> = grown.collect();
    grown.sort_unstable();
    let usual = grown[grown.len() / 2];
    assert!(usual < KEPT * (STARTS / ROUNDS) as u64, "{peaks:?} KiB");
    assert!(peaks[ROUNDS - 1] < 64 * 1_024, "{peaks:?} KiB");
}

async fn start(host: &Arc<Host>, simulator: &Simulator, numbers: std::ops::Range<usize>) {
    let permits = Arc::new(Semaphore::new(AT_A_TIME));
    let mut starts = JoinSet::new();
    for number in numbers {
        // Each in a workspace of its own: what the allocator keeps of shared lists is more than what a leak would take.
        let (name, tenant) = (format!("processor-{number}"), format!("workspace-{number}"));
        simulator.add_processor_at(known::GROUP_ID, &tenant, &name, "CREATED");
        let (host, permits, simulator) = (host.clone(), permits.clone(), simulator.clone());
        starts.spawn(async move {
            let _permit = permits.acquire_owned().await;
            let config = host.config(json!({"processor_name": name, "tenant_name": tenant}));
            let object = host.change(&Object::default(), &config).await;
            assert_eq!(object.state["state"], "STARTED", "{name}");
            let truth = simulator.state_at(known::GROUP_ID, &tenant, &name);
            assert_eq!(truth.as_deref(), Some("STARTED"), "{name}");
        });
    }
    starts.join_all().await;
}
