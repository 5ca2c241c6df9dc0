//! A failover's dry run: sent once, with nothing looked at before, waited for or claimed afterwards.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Operation, Simulator};
use terraform_provider_atlas::framework::{CancellationToken, Value};

use super::invoking::{Invoked, atlas_with, failover, invoke, invoke_in};
use super::one_run::Run;
use super::words::{NAME, errors};

fn dry_run() -> (&'static str, Value) {
    failover(&[
        ("region", Value::from("OREGON_USA")),
        ("dry_run", Value::from(true)),
    ])
}

fn claims_nothing(invoked: &Invoked, what: &str) {
    let refused = errors(&invoked.diagnostics).join("\n");
    for claim in ["may have accepted", "accepted the start"] {
        assert!(!refused.contains(claim), "{what}: {refused}");
    }
    let told = invoked.progress.join("\n");
    for claim in ["is STARTED", "Nothing to do", "Starting"] {
        assert!(!told.contains(claim), "{what}: {told}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_takes_one_request_whatever_the_state() {
    for state in ["STARTED", "STOPPED", "STOPPING", "AUTOSCALING", "FAILED"] {
        let atlas = atlas_with(state);
        let began = tokio::time::Instant::now();
        let invoked = invoke(&atlas, &[dry_run()]).await;
        assert_eq!(
            errors(&invoked.diagnostics),
            Vec::<String>::new(),
            "{state}"
        );
        assert_eq!(atlas.calls(Operation::StartWith), 1, "{state}");
        assert_eq!(atlas.record().len(), 1, "{state}");
        assert!(began.elapsed() < Duration::from_secs(1), "{state}");
        claims_nothing(&invoked, state);
    }
}

#[tokio::test(start_paused = true)]
async fn what_does_not_exist_is_refused_at_once() {
    let atlas = Simulator::new();
    let began = tokio::time::Instant::now();
    let invoked = invoke(&atlas, &[dry_run()]).await;
    assert!(errors(&invoked.diagnostics)[0].contains("does not exist"));
    assert_eq!(atlas.record().len(), 1);
    assert!(began.elapsed() < Duration::from_secs(1));
    claims_nothing(&invoked, "absent");
}

#[tokio::test(start_paused = true)]
async fn a_failed_answer_claims_nothing_and_is_not_repeated() {
    for (what, effect) in [
        ("500", Effect::unexpected_error(false)),
        ("reset", Effect::Reset { processed: true }),
        ("409", Effect::conflict(NAME)),
        ("no answer", Effect::NoAnswer { processed: true }),
    ] {
        let atlas = atlas_with("STARTED");
        atlas.fault(Fault::on(Operation::StartWith, effect));
        let invoked = invoke(&atlas, &[dry_run()]).await;
        assert_eq!(errors(&invoked.diagnostics).len(), 1, "{what}");
        assert_eq!(atlas.record().len(), 1, "{what}");
        claims_nothing(&invoked, what);
    }
}

#[tokio::test(start_paused = true)]
async fn it_keeps_no_destroy_of_the_same_run_from_stopping() {
    let atlas = atlas_with("STARTED");
    let run = Run::on(&atlas);
    let invoked = invoke_in(&run.provider, &[dry_run()], &CancellationToken::new()).await;
    assert_eq!(errors(&invoked.diagnostics), Vec::<String>::new());
    let destroyed = run.destroy(&[]).await;
    assert!(
        destroyed.diagnostics.is_empty(),
        "{:?}",
        destroyed.diagnostics
    );
    assert_eq!(atlas.calls(Operation::Stop), 1);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_breaks_off_is_not_called_a_whole_one() {
    let atlas = atlas_with("STARTED");
    atlas.fault(Fault::on(Operation::StartWith, Effect::Truncate));
    let invoked = invoke(&atlas, &[dry_run()]).await;
    assert_eq!(errors(&invoked.diagnostics), Vec::<String>::new());
    let told = invoked.progress.join("\n");
    assert!(told.contains("did not arrive"), "{told}");
}
