//! Stopping on destroy: looked at like a start, waited for, and never forgotten before it is done.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, Settings};
use terraform_provider_atlas::framework::Value;

use super::terraform::Terraform;
use super::words::{NAME, applied, errors};

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
