//! `wait = false`: one look after the start, which may tell the state, or tell that it is not known.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, StartBehaviour, known};
use itertools::iproduct;
use terraform_provider_atlas::framework::Value;
use tokio::time::Instant;

use super::invoking::{atlas_with, invoke_stop};
use super::terraform::{Action, Terraform};
use super::words::{NAME, applied, nothing_is_planned, warnings};

fn unattended(state: &str) -> Terraform {
    Terraform::with_processor(state).configured(&[("wait", Value::from(false))])
}

#[tokio::test(start_paused = true)]
async fn a_look_that_fails_or_lags_leaves_the_state_open_rather_than_old() {
    for (what, effect) in [
        ("401", Effect::empty(401)),
        ("not JSON", Effect::html(200)),
        (
            "404 of Atlas",
            Effect::processor_not_found(known::TENANT, NAME),
        ),
        ("no answer", Effect::NoAnswer { processed: false }),
    ] {
        let mut terraform = unattended("STOPPED");
        terraform
            .atlas
            .fault(Fault::on(Operation::Get, effect).skip(1).times(20));
        let (errors, warnings) = applied(&mut terraform).await;
        assert_eq!((errors, warnings), (vec![], vec![]), "{what}");
        assert_eq!(terraform.state(), Value::Null, "{what}");
        assert_eq!(terraform.private(), b"", "{what}: nothing is remembered");
        // Not refreshed, it is no drift; refreshed, it is what it is.
        terraform.refresh = false;
        nothing_is_planned(&mut terraform).await;
        terraform.refresh = true;
        terraform.atlas.clear_faults();
        nothing_is_planned(&mut terraform).await;
        assert_eq!(terraform.state(), Value::from("STARTED"), "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_old_state_that_lags_is_not_recorded() {
    for state in ["STOPPED", "FAILED", "CREATED"] {
        let mut terraform = unattended(state);
        let lag = Lag::Time(Duration::from_secs(6));
        terraform
            .atlas
            .settings(|settings| settings.read_lag = Some(lag));
        let (errors, warnings) = applied(&mut terraform).await;
        assert_eq!((errors, warnings), (vec![], vec![]), "{state}");
        assert_eq!(terraform.state(), Value::Null, "{state}");
        terraform.refresh = false;
        nothing_is_planned(&mut terraform).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_processor_deleted_after_its_start_is_gone_at_the_next_refresh() {
    let mut terraform = unattended("STOPPED");
    let gone = Effect::processor_not_found(known::TENANT, NAME);
    terraform
        .atlas
        .fault(Fault::on(Operation::Get, gone).skip(1));
    applied(&mut terraform).await;
    terraform.atlas.remove_processor(NAME);
    let plan = terraform.plan().await;
    assert_eq!(plan.action, Action::Create);
    assert!(terraform.state.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_look_under_a_rate_limit_does_not_hold_the_apply_up() {
    let mut terraform = unattended("STOPPED");
    terraform.atlas.fault(
        Fault::on(Operation::Get, Effect::rate_limited(20))
            .skip(1)
            .always(),
    );
    let began = tokio::time::Instant::now();
    let (errors, warnings) = applied(&mut terraform).await;
    assert_eq!((errors, warnings), (vec![], vec![]));
    assert!(
        began.elapsed() <= Duration::from_secs(11),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(terraform.state(), Value::Null);
}

#[tokio::test(start_paused = true)]
async fn a_look_that_is_forbidden_is_a_warning_and_remembered() {
    let mut terraform = unattended("STOPPED");
    let forbidden = Fault::on(Operation::Get, Effect::access_forbidden()).skip(1);
    terraform.atlas.fault(forbidden.always());
    let (errors, warned) = applied(&mut terraform).await;
    assert_eq!(errors, Vec::<String>::new());
    assert!(warned[0].contains("cannot be read back"), "{warned:?}");
    assert_eq!(terraform.state(), Value::Null);
    let plan = terraform.plan().await;
    assert!(!plan.diagnostics.has_error(), "{:?}", plan.diagnostics);
    assert!(warnings(&plan.diagnostics)[0].contains("still cannot be read"));
}

/// Answers to a request that was carried out, which do not say so.
fn lost_answers() -> [(&'static str, Effect); 5] {
    [
        ("a page", Effect::html(200).although_processed()),
        ("a reset", Effect::Reset { processed: true }),
        ("500", Effect::unexpected_error(true)),
        ("503", Effect::service_unavailable(true)),
        (
            "504",
            Effect::stream_processor_timeout(known::TENANT, NAME, true),
        ),
    ]
}

const HALF_AN_HOUR: Lag = Lag::Time(Duration::from_secs(1_800));
const SOON: Duration = Duration::from_secs(30);

#[tokio::test(start_paused = true)]
async fn a_start_whose_answer_was_lost_is_not_waited_for_once_it_is_seen_on_its_way() {
    for ((what, effect), state) in iproduct!(lost_answers(), ["CREATED", "STOPPED", "FAILED"]) {
        let mut terraform = unattended(state);
        terraform
            .atlas
            .settings(|settings| settings.start = StartBehaviour::slow("STARTING", HALF_AN_HOUR));
        terraform
            .atlas
            .fault(Fault::on(Operation::Start, effect.clone()));
        let began = Instant::now();
        let (errors, warnings) = applied(&mut terraform).await;
        assert_eq!((errors, warnings), (vec![], vec![]), "{what}, {state}");
        let took = began.elapsed();
        assert!(took < SOON, "{what}, {state}: {took:?}");
        assert_eq!(terraform.starts(), 1, "{what}, {state}");
        assert_eq!(
            terraform.state(),
            Value::from("STARTING"),
            "{what}, {state}"
        );
        let started_at = terraform.attribute("started_at").expect("a state");
        assert!(
            started_at.as_str().is_some(),
            "{what}, {state}: {started_at:?}"
        );
        nothing_is_planned(&mut terraform).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_whose_answer_was_lost_is_not_waited_for_once_it_is_seen_on_its_way() {
    for (what, effect) in lost_answers() {
        let atlas = atlas_with("STARTED");
        atlas.settings(|settings| settings.stop_lag = Some(HALF_AN_HOUR));
        atlas.fault(Fault::on(Operation::Stop, effect));
        let began = Instant::now();
        let stopped = invoke_stop(&atlas, &[("wait", Value::from(false))]).await;
        assert!(
            stopped.diagnostics.is_empty(),
            "{what}: {:?}",
            stopped.diagnostics
        );
        assert!(began.elapsed() < SOON, "{what}: {:?}", began.elapsed());
        assert_eq!(atlas.calls(Operation::Stop), 1, "{what}");
    }
}
