//! A start whose answer was lost or came too late: patience settles the doubt, and one start stays one.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, StartBehaviour, known};
use terraform_provider_atlas::framework::Value;
use tokio::time::Instant;

use super::invoking::{atlas_with, invoke_stop};
use super::terraform::{Action, Terraform};
use super::words::{NAME, after, applied, errors, starting_for, timeouts, warnings};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn timeout(processed: bool) -> Effect {
    Effect::stream_processor_timeout(known::TENANT, NAME, processed)
}

#[tokio::test(start_paused = true)]
async fn reads_that_lag_do_not_turn_a_lost_answer_into_a_second_start() {
    for (what, effect) in [
        ("500", Effect::unexpected_error(true)),
        ("503", Effect::service_unavailable(true)),
        ("504", timeout(true)),
        ("reset", Effect::Reset { processed: true }),
    ] {
        let mut terraform = Terraform::with_processor("STOPPED");
        terraform
            .atlas
            .settings(|settings| settings.read_lag = Some(Lag::Time(seconds(6))));
        terraform.atlas.fault(Fault::on(Operation::Start, effect));
        let (errors, warnings) = applied(&mut terraform).await;
        assert_eq!((errors, warnings), (vec![], vec![]), "{what}");
        assert_eq!(terraform.starts(), 1, "{what}");
        assert_eq!(terraform.state(), Value::from("STARTED"), "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_that_fails_after_its_answer_was_lost_is_not_sent_again() {
    for before in ["STOPPED", "CREATED", "FAILED"] {
        let mut terraform = Terraform::with_processor(before)
            .configured(&[("resume_from_checkpoint", Value::from(false))]);
        terraform.atlas.settings(|settings| {
            settings.start = StartBehaviour::failing("STARTING", Lag::Time(seconds(15)));
        });
        terraform
            .atlas
            .fault(Fault::on(Operation::StartWith, timeout(true)).always());
        let (errors, _) = applied(&mut terraform).await;
        assert!(errors[0].contains("turned FAILED"), "{before}: {errors:?}");
        assert_eq!(terraform.starts(), 1, "{before}");
        assert_eq!(terraform.state(), Value::from("FAILED"), "{before}");
        let started_at = terraform.attribute("started_at").expect("a state");
        assert!(started_at.as_str().is_some(), "{before}: {started_at:?}");
        assert!(terraform.is_tainted(), "{before}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_takes_effect_after_a_504_or_no_answer_is_waited_for() {
    for (what, effect) in [
        ("504", timeout(false).processed_late(seconds(8))),
        (
            "no answer",
            Effect::NoAnswer { processed: false }.processed_late(seconds(98)),
        ),
    ] {
        let mut terraform = Terraform::with_processor("STOPPED");
        terraform.atlas.fault(Fault::on(Operation::Start, effect));
        let (errors, warnings) = applied(&mut terraform).await;
        assert_eq!((errors, warnings), (vec![], vec![]), "{what}");
        assert_eq!(terraform.starts(), 1, "{what}: Atlas was still at it");
        assert_eq!(terraform.state(), Value::from("STARTED"), "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_conflict_with_a_stop_on_its_way_is_waited_out_and_repeated() {
    let mut terraform = Terraform::with_processor("STOPPED");
    let conflict = Effect::conflict(NAME).after(seconds(2));
    terraform.atlas.fault(Fault::on(Operation::Start, conflict));
    after(&terraform.atlas, 1, |atlas| {
        atlas.set_state(NAME, "STOPPING")
    });
    after(&terraform.atlas, 21, |atlas| {
        atlas.set_state(NAME, "STOPPED")
    });
    let (errors, warnings) = applied(&mut terraform).await;
    assert_eq!((errors, warnings), (vec![], vec![]));
    assert_eq!(terraform.starts(), 2);
    assert_eq!(terraform.state(), Value::from("STARTED"));
}

#[tokio::test(start_paused = true)]
async fn a_doubt_that_nobody_may_look_into_is_remembered_and_resumed() {
    let mut terraform = Terraform::with_processor("CREATED");
    let forbidden = || Fault::on(Operation::Get, Effect::access_forbidden()).always();
    terraform.atlas.fault(forbidden());
    terraform.atlas.fault(Fault::on(
        Operation::Start,
        Effect::Reset { processed: true },
    ));
    let (errors, _) = applied(&mut terraform).await;
    assert!(
        errors[0].contains("may have accepted the start"),
        "{errors:?}"
    );
    assert!(terraform.is_tainted());
    for _ in 0..2 {
        let plan = terraform.plan().await;
        assert!(!plan.diagnostics.has_error(), "{:?}", plan.diagnostics);
        assert!(warnings(&plan.diagnostics)[0].contains("still cannot be read"));
        assert_eq!(plan.action, Action::Replace);
    }
    terraform.atlas.clear_faults();
    terraform.atlas.clear_record();
    let (errors, _) = applied(&mut terraform).await;
    assert_eq!(errors, Vec::<String>::new());
    assert_eq!(terraform.since(), (0, 0), "it runs by then");
    assert_eq!(terraform.plan().await.action, Action::NoOp);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_is_resumed_keeps_the_time_of_its_start() {
    let mut terraform = Terraform::with_processor("CREATED").configured(&[timeouts("90s")]);
    terraform
        .atlas
        .settings(|settings| settings.start = starting_for(100));
    assert!(terraform.apply().await.has_error());
    let started_at = terraform.attribute("started_at").expect("a state");
    assert!(started_at.as_str().is_some(), "{started_at:?}");
    terraform.atlas.set_state(NAME, "STARTED");
    terraform.atlas.clear_record();
    let diagnostics = terraform.apply().await;
    assert_eq!(errors(&diagnostics), Vec::<String>::new());
    assert_eq!(terraform.since(), (0, 0));
    assert_eq!(terraform.attribute("started_at"), Some(started_at));
}

#[tokio::test(start_paused = true)]
async fn a_processor_that_was_failed_before_and_still_is_did_not_turn_failed() {
    let mut terraform = Terraform::with_processor("FAILED");
    terraform
        .atlas
        .fault(Fault::on(Operation::Start, timeout(false)));
    let (errors, warnings) = applied(&mut terraform).await;
    assert_eq!((errors, warnings), (vec![], vec![]));
    assert_eq!(terraform.starts(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_doubt_about_what_does_not_exist_is_gone_at_the_next_refresh() {
    let mut terraform = Terraform::with_processor("CREATED");
    terraform.atlas.remove_processor(NAME);
    terraform.atlas.fault(Fault::on(
        Operation::Start,
        Effect::Reset { processed: false },
    ));
    let (errors, _) = applied(&mut terraform).await;
    assert!(errors[0].contains("may have accepted"), "{errors:?}");
    assert!(terraform.is_tainted());
    let plan = terraform.plan().await;
    assert_eq!(plan.action, Action::Create, "{:?}", plan.diagnostics);
    assert!(plan.diagnostics.is_empty(), "{:?}", plan.diagnostics);
}

#[tokio::test(start_paused = true)]
async fn a_start_that_fails_at_once_after_its_answer_was_lost_is_not_sent_again() {
    // FAILED before and after: only a look at once sees that it was STARTING in between.
    let mut terraform = Terraform::with_processor("FAILED");
    terraform.atlas.settings(|settings| {
        let soon = Lag::Time(Duration::from_millis(300));
        settings.start = StartBehaviour::failing("STARTING", soon);
    });
    let lost = Effect::Reset { processed: true };
    terraform.atlas.fault(Fault::on(Operation::Start, lost));
    let (errors, _) = applied(&mut terraform).await;
    assert!(errors[0].contains("turned FAILED"), "{errors:?}");
    assert_eq!(terraform.starts(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_acceptance_whose_body_broke_off_is_one_though_nobody_may_look() {
    let mut terraform = Terraform::with_processor("CREATED");
    let forbidden = Fault::on(Operation::Get, Effect::access_forbidden());
    terraform.atlas.fault(forbidden.always());
    terraform
        .atlas
        .fault(Fault::on(Operation::Start, Effect::Truncate));
    let (errors, warned) = applied(&mut terraform).await;
    assert_eq!(errors, Vec::<String>::new());
    assert!(warned[0].contains("cannot be read back"), "{warned:?}");
    assert_eq!(terraform.starts(), 1);
    assert_eq!(terraform.state(), Value::Null);
    assert!(!terraform.is_tainted());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_whose_body_broke_off_is_shown_and_not_sent_again() {
    let mut terraform = Terraform::with_processor("CREATED");
    terraform.atlas.remove_processor(NAME);
    terraform
        .atlas
        .fault(Fault::on(Operation::Start, Effect::Truncate).always());
    let (errors, _) = applied(&mut terraform).await;
    for words in ["HTTP 400", "broke off", "{\"detail\":"] {
        assert!(errors[0].contains(words), "{words}: {errors:?}");
    }
    assert_eq!(terraform.starts(), 1);
    assert!(terraform.state.is_none());
}

/// An answer that says nothing of what it did, and asks for so many seconds.
fn later(processed: bool, seconds: &str) -> Effect {
    Effect::service_unavailable(processed).header("retry-after", seconds)
}

#[tokio::test(start_paused = true)]
async fn where_atlas_asks_for_more_time_than_there_is_one_look_settles_the_doubt() {
    let mut terraform = Terraform::with_processor("STOPPED").configured(&[timeouts("10m")]);
    let hour = || later(true, "3600");
    terraform.atlas.fault(Fault::on(Operation::Start, hour()));
    let began = Instant::now();
    assert_eq!(applied(&mut terraform).await, (vec![], vec![]));
    assert_eq!(terraform.starts(), 1);
    assert_eq!(terraform.state(), Value::from("STARTED"));

    let atlas = atlas_with("STARTED");
    atlas.fault(Fault::on(Operation::Stop, hour()));
    let stopped = invoke_stop(&atlas, &[]).await;
    assert!(stopped.diagnostics.is_empty(), "{:?}", stopped.diagnostics);
    assert_eq!(atlas.calls(Operation::Stop), 1);
    assert!(began.elapsed() < seconds(10), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_time_that_atlas_asked_for_and_got_is_not_given_once_more() {
    let mut terraform = Terraform::with_processor("STOPPED");
    let minute = later(false, "60");
    terraform.atlas.fault(Fault::on(Operation::Start, minute));
    let began = Instant::now();
    assert_eq!(applied(&mut terraform).await, (vec![], vec![]));
    assert_eq!(terraform.starts(), 2);
    let took = began.elapsed();
    assert!(took >= seconds(60) && took < seconds(100), "{took:?}");
}
