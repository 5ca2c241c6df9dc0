//! Stop and start: what a person is told when the second half, or somebody else, comes in between.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, Simulator};
use terraform_provider_atlas::framework::Value;

use super::terraform::{Action, Terraform};
use super::words::{NAME, after, applied, is_start};

fn tier(tier: &str) -> (&'static str, Value) {
    ("tier", Value::from(tier))
}

fn restart() -> (&'static str, Value) {
    ("if_started", Value::from("restart"))
}

async fn started(arguments: &[(&str, Value)]) -> Terraform {
    let mut terraform = Terraform::with_processor("CREATED").configured(arguments);
    let (errors, _) = applied(&mut terraform).await;
    assert_eq!(errors, Vec::<String>::new());
    terraform.atlas.clear_record();
    terraform
}

#[tokio::test(start_paused = true)]
async fn a_start_refused_after_our_stop_says_that_it_was_stopped() {
    let mut create = Terraform::with_processor("STARTED").configured(&[restart(), tier("SP2")]);
    let mut update = started(&[]).await;
    update.edit(&[tier("SP2")]);
    for terraform in [&mut create, &mut update] {
        let refused = Effect::tier_too_small(NAME);
        terraform
            .atlas
            .fault(Fault::on(Operation::StartWith, refused).always());
        let (errors, _) = applied(terraform).await;
        assert!(errors[0].contains("A stop was sent first"), "{errors:?}");
        assert!(errors[0].contains("STOPPED"), "{errors:?}");
        assert_eq!(terraform.since(), (1, 1));
    }
    assert!(create.state.is_none());
    assert_eq!(update.state(), Value::from("STOPPED"));
}

#[tokio::test(start_paused = true)]
async fn a_start_refused_without_a_stop_claims_none() {
    let mut terraform = Terraform::with_processor("STOPPED").configured(&[tier("SP2")]);
    let refused = Effect::tier_too_small(NAME);
    terraform
        .atlas
        .fault(Fault::on(Operation::StartWith, refused));
    let (errors, _) = applied(&mut terraform).await;
    assert!(!errors[0].contains("stopped first"), "{errors:?}");
}

/// Whenever a start of ours is on its way, somebody else is faster, so many times.
pub(super) fn somebody_is_faster(atlas: &Simulator, times: u32) {
    let already = Effect::generic_error(NAME, "stream processor has already been started");
    let late = already.after(Duration::from_secs(3));
    atlas.fault(Fault::on(Operation::StartWith, late).times(times));
    let atlas = atlas.clone();
    tokio::spawn(async move {
        let mut beaten = 0;
        while beaten < times {
            tokio::time::sleep(Duration::from_millis(700)).await;
            let record = atlas.record();
            let sent = record.iter().filter(|request| is_start(request)).count();
            if sent > beaten as usize {
                atlas.set_state(NAME, "STARTED");
                beaten += 1;
            }
        }
    });
}

#[tokio::test(start_paused = true)]
async fn a_start_of_somebody_else_in_between_is_stopped_once() {
    let mut terraform = started(&[tier("SP10")]).await;
    terraform.edit(&[tier("SP30")]);
    somebody_is_faster(&terraform.atlas, 1);
    let (errors, _) = applied(&mut terraform).await;
    assert_eq!(errors, Vec::<String>::new());
    assert_eq!(terraform.last_start_body()["tier"], "SP30");
    assert_eq!(terraform.since(), (2, 2));
    assert_eq!(terraform.attribute("tier"), Some(Value::from("SP30")));
    assert_eq!(terraform.plan().await.action, Action::NoOp);
}

#[tokio::test(start_paused = true)]
async fn somebody_who_starts_it_each_time_is_named_and_the_old_values_stay() {
    let mut terraform = started(&[tier("SP10")]).await;
    terraform.edit(&[tier("SP30")]);
    somebody_is_faster(&terraform.atlas, 2);
    let (errors, _) = applied(&mut terraform).await;
    assert!(
        errors[0].contains("somebody else starts it too"),
        "{errors:?}"
    );
    assert_eq!(terraform.since(), (2, 2));
    assert_eq!(terraform.attribute("tier"), Some(Value::from("SP10")));
    assert_eq!(terraform.state(), Value::from("STARTED"));
    let (errors, _) = applied(&mut terraform).await;
    assert_eq!(errors, Vec::<String>::new());
    assert_eq!(
        terraform.since(),
        (1, 1),
        "what was not done is planned again"
    );
    assert_eq!(terraform.attribute("tier"), Some(Value::from("SP30")));
}

#[tokio::test(start_paused = true)]
async fn a_processor_deleted_while_we_stop_it_claims_no_start() {
    let mut terraform = Terraform::with_processor("STARTED").configured(&[restart()]);
    let slow = Lag::Time(Duration::from_secs(60));
    terraform
        .atlas
        .settings(|settings| settings.stop_lag = Some(slow));
    after(&terraform.atlas, 20, |atlas| atlas.remove_processor(NAME));
    let (errors, _) = applied(&mut terraform).await;
    assert!(
        errors[0].contains("deleted while waiting until the processor is STOPPED"),
        "{errors:?}"
    );
    for claim in ["accepted", "tainted", "STARTED"] {
        assert!(!errors[0].contains(claim), "{claim}: {errors:?}");
    }
    assert!(terraform.state.is_none());
    assert_eq!(terraform.starts(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_comes_in_the_last_second_is_named() {
    let mut terraform = Terraform::with_processor("CREATED").configured(&[tier("SP2")]);
    let late = Effect::tier_too_small(NAME).after(Duration::from_millis(7_500));
    terraform.atlas.fault(Fault::on(Operation::StartWith, late));
    terraform.interrupt_after = Some(Duration::from_secs(7));
    let (errors, _) = applied(&mut terraform).await;
    assert!(
        errors[0].contains("STREAM_PROCESSOR_GENERIC_ERROR"),
        "{errors:?}"
    );
    assert!(!errors[0].contains("may have accepted"), "{errors:?}");
    assert!(terraform.state.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_lost_its_answer_counts_as_a_stop_in_what_is_told() {
    let lost = || Fault::on(Operation::Stop, Effect::Reset { processed: true });
    // The look shows that it was stopped; then the start is refused.
    let mut seen = started(&[]).await;
    seen.atlas.fault(lost());
    seen.atlas.fault(Fault::on(
        Operation::StartWith,
        Effect::tier_too_small(NAME),
    ));
    // Nobody can look: it may have been stopped.
    let mut unseen = started(&[]).await;
    unseen.atlas.fault(lost());
    let trouble = Fault::on(Operation::Get, Effect::unexpected_error(false)).skip(2);
    unseen.atlas.fault(trouble.always());
    for (terraform, starts) in [(&mut seen, 1), (&mut unseen, 0)] {
        terraform.edit(&[tier("SP2")]);
        let (errors, _) = applied(terraform).await;
        assert!(errors[0].contains("A stop was sent first"), "{errors:?}");
        assert_eq!(terraform.since(), (starts, 1));
    }
}

/// Seen at rest, and STARTED by somebody else before our start is there: what `if_started` says of that holds all the same.
#[tokio::test(start_paused = true)]
async fn a_start_of_somebody_else_that_is_faster_is_refused_where_that_is_asked_for() {
    for (if_started, refused) in [("keep", false), ("error", true)] {
        let mut terraform = Terraform::with_processor("STOPPED")
            .configured(&[("if_started", Value::from(if_started))]);
        let slowly = Effect::Delay(Duration::from_secs(2));
        terraform.atlas.fault(Fault::on(Operation::Start, slowly));
        after(&terraform.atlas, 1, |atlas| {
            atlas.set_state(NAME, "STARTED")
        });
        let (errors, _) = applied(&mut terraform).await;
        assert_eq!(
            errors.len(),
            usize::from(refused),
            "{if_started}: {errors:?}"
        );
        assert_eq!(terraform.state.is_none(), refused, "{if_started}");
        assert!(
            errors.iter().all(|error| error.contains("if_started")),
            "{errors:?}"
        );
    }
}
