//! Stopping on destroy: looked at like a start, waited for, and never forgotten before it is done.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, Settings, known};
use terraform_provider_atlas::framework::Value;

use super::terraform::Terraform;
use super::words::{NAME, after, applied, errors, timeouts};

#[tokio::test(start_paused = true)]
async fn a_stop_that_loses_its_answer_is_looked_at() {
    for effect in [
        Effect::Reset { processed: true },
        Effect::Reset { processed: false },
        Effect::unexpected_error(true),
    ] {
        let mut terraform = Terraform::with_processor("CREATED")
            .configured(&[("stop_on_destroy", Value::from(true))]);
        applied(&mut terraform).await;
        terraform.atlas.fault(Fault::on(Operation::Stop, effect));
        let diagnostics = terraform.destroy().await;
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        assert_eq!(terraform.atlas.state(NAME).as_deref(), Some("STOPPED"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_big_pipeline_may_take_minutes_to_stop() {
    let mut terraform =
        Terraform::with_processor("CREATED").configured(&[("stop_on_destroy", Value::from(true))]);
    applied(&mut terraform).await;
    terraform.atlas.settings(|settings: &mut Settings| {
        settings.stop_lag = Some(Lag::Time(Duration::from_secs(180)))
    });
    let diagnostics = terraform.destroy().await;
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(terraform.atlas.state(NAME).as_deref(), Some("STOPPED"));
    assert_eq!(terraform.stops(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refused_stop_keeps_the_resource() {
    let mut terraform =
        Terraform::with_processor("CREATED").configured(&[("stop_on_destroy", Value::from(true))]);
    applied(&mut terraform).await;
    terraform
        .atlas
        .fault(Fault::on(Operation::Stop, Effect::user_unauthorized()).always());
    let diagnostics = terraform.destroy().await;
    assert!(
        errors(&diagnostics)[0].starts_with("Cannot stop stream processor \"orders\""),
        "{diagnostics:?}"
    );
    assert!(terraform.state.is_some());
}

/// A resource that stops its processor on destroy, started and not refreshed again.
async fn to_be_stopped() -> Terraform {
    let arguments = [("stop_on_destroy", Value::from(true)), timeouts("60s")];
    let mut terraform = Terraform::with_processor("CREATED").configured(&arguments);
    let (errors, _) = applied(&mut terraform).await;
    assert_eq!(errors, Vec::<String>::new());
    terraform.refresh = false;
    terraform
}

fn stops_take(terraform: &Terraform, seconds: u64) {
    let lag = Lag::Time(Duration::from_secs(seconds));
    terraform
        .atlas
        .settings(|settings: &mut Settings| settings.stop_lag = Some(lag));
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_does_not_end_well_tells_and_records_the_last_state() {
    for interrupted in [false, true] {
        let mut terraform = to_be_stopped().await;
        stops_take(&terraform, 180);
        terraform.interrupt_after = interrupted.then_some(Duration::from_secs(10));
        let errors = errors(&terraform.destroy().await);
        let ends = if interrupted {
            "interrupted"
        } else {
            "in time"
        };
        assert!(errors[0].contains(ends), "{errors:?}");
        assert!(errors[0].contains("STOPPING"), "{errors:?}");
        assert_eq!(terraform.state(), Value::from("STOPPING"));
        terraform.interrupt_after = None;
        stops_take(&terraform, 0);
        terraform.atlas.set_state(NAME, "STOPPED");
        assert!(
            terraform.destroy().await.is_empty(),
            "the next destroy tries again"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_processor_deleted_between_the_look_and_the_stop_is_destroyed() {
    let mut terraform = to_be_stopped().await;
    let gone = Effect::processor_not_found(known::TENANT, NAME).after(Duration::from_secs(3));
    terraform.atlas.fault(Fault::on(Operation::Stop, gone));
    after(&terraform.atlas, 1, |atlas| atlas.remove_processor(NAME));
    let diagnostics = terraform.destroy().await;
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert!(terraform.state.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_is_answered_404_while_the_processor_is_there_is_an_error() {
    let mut terraform = to_be_stopped().await;
    let gone = Effect::processor_not_found(known::TENANT, NAME);
    terraform.atlas.fault(Fault::on(Operation::Stop, gone));
    assert!(terraform.destroy().await.has_error());
    assert!(terraform.state.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_processor_deleted_while_it_stops_is_destroyed() {
    let mut terraform = to_be_stopped().await;
    stops_take(&terraform, 50);
    after(&terraform.atlas, 20, |atlas| atlas.remove_processor(NAME));
    let diagnostics = terraform.destroy().await;
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert!(terraform.state.is_none());
}

#[tokio::test(start_paused = true)]
async fn one_that_is_stopping_already_is_waited_for_and_not_stopped_again() {
    let mut terraform = to_be_stopped().await;
    terraform.atlas.set_state(NAME, "STOPPING");
    after(&terraform.atlas, 30, |atlas| {
        atlas.set_state(NAME, "STOPPED")
    });
    let began = tokio::time::Instant::now();
    let diagnostics = terraform.destroy().await;
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(terraform.stops(), 0);
    assert!(began.elapsed() >= Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn one_that_was_stopping_and_runs_on_is_stopped() {
    let mut terraform = to_be_stopped().await;
    terraform.atlas.set_state(NAME, "STOPPING");
    after(&terraform.atlas, 10, |atlas| {
        atlas.set_state(NAME, "STARTED")
    });
    let diagnostics = terraform.destroy().await;
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(terraform.stops(), 1);
    assert_eq!(terraform.atlas.state(NAME).as_deref(), Some("STOPPED"));
}
