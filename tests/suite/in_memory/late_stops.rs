//! A stop that Atlas accepted and reads do not show yet: the next run waits for it, and undoes what nobody wants any more.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, StartBehaviour};
use itertools::iproduct;
use terraform_provider_atlas::framework::Value;
use tokio::time::Instant;

use super::terraform::{Action, Terraform};
use super::words::{
    NAME, an_hour_passes, applied, errors, nothing_is_planned, timeouts, triggers, warnings,
};

/// The option whose change restarts, or what `triggers` is.
fn with(version: usize, by_options: bool, keep_started: bool) -> Vec<(&'static str, Value)> {
    let mut with = vec![
        ("keep_started", Value::from(keep_started)),
        ("if_started", Value::from("restart")),
        ("stop_on_destroy", Value::from(true)),
        timeouts("3m"),
    ];
    with.push(match by_options {
        true => ("tier", Value::from(["SP10", "SP30"][version])),
        false => triggers(["1", "2"][version]),
    });
    with
}

fn reads_lag(terraform: &Terraform) {
    let lag = Lag::Time(Duration::from_secs(8));
    terraform
        .atlas
        .settings(|settings| settings.read_lag = Some(lag));
}

/// A create of what runs already, which stops it first.
fn to_be_restarted() -> Terraform {
    Terraform::with_processor("STARTED").configured(&[
        ("if_started", Value::from("restart")),
        ("keep_started", Value::from(false)),
    ])
}

/// Started an hour ago; from here on reads lag.
async fn started(by_options: bool, keep_started: bool) -> Terraform {
    let mut terraform =
        Terraform::with_processor("CREATED").configured(&with(0, by_options, keep_started));
    applied(&mut terraform).await;
    an_hour_passes(&mut terraform).await;
    reads_lag(&terraform);
    terraform.interrupt_after = Some(Duration::from_secs(1));
    terraform
}

/// At once it is applied again, and later once more: it runs in the end, and state says so from the first.
async fn is_made_good(terraform: &mut Terraform, what: &str) {
    terraform.interrupt_after = None;
    assert_eq!(applied(terraform).await.0, Vec::<String>::new(), "{what}");
    let truth = Value::from(terraform.atlas.state(NAME));
    assert_eq!(terraform.state(), truth, "{what}");
    assert_eq!(truth, Value::from("STARTED"), "{what}");
    an_hour_passes(terraform).await;
    nothing_is_planned(terraform).await;
}

#[tokio::test(start_paused = true)]
async fn a_change_that_was_interrupted_after_it_is_repeated_or_taken_back() {
    for (by_options, keep_started, then, wait) in
        iproduct!([true, false], [true, false], [0, 1], [true, false])
    {
        let what = format!("options {by_options}, keep {keep_started}, then {then}, wait {wait}");
        let mut terraform = started(by_options, keep_started).await;
        terraform.edit(&with(1, by_options, keep_started));
        assert_eq!(errors(&terraform.apply().await).len(), 1, "{what}");
        assert_eq!(terraform.state(), Value::Null, "{what}");
        let mut next = with(then, by_options, keep_started);
        next.push(("wait", Value::from(wait)));
        terraform.edit(&next);
        terraform.interrupt_after = None;
        assert_eq!(
            applied(&mut terraform).await.0,
            Vec::<String>::new(),
            "{what}"
        );
        let seen = terraform.state();
        assert!(
            [Value::Null, Value::from("STARTED")].contains(&seen),
            "{what}"
        );
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(
            terraform.atlas.state(NAME).as_deref(),
            Some("STARTED"),
            "{what}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_destroy_that_was_interrupted_after_it_is_made_good() {
    for keep_started in [true, false] {
        let mut terraform = started(true, keep_started).await;
        assert_eq!(errors(&terraform.destroy().await).len(), 1);
        terraform.edit(&with(0, true, keep_started));
        is_made_good(&mut terraform, "destroy").await;
    }
}

/// What was still being started by then is read as that.
#[tokio::test(start_paused = true)]
async fn a_destroy_of_what_is_being_started_is_made_good() {
    for keep_started in [true, false] {
        let arguments = [
            ("keep_started", Value::from(keep_started)),
            ("stop_on_destroy", Value::from(true)),
            ("wait", Value::from(false)),
        ];
        let mut terraform = Terraform::with_processor("CREATED").configured(&arguments);
        terraform.atlas.settings(|settings| {
            settings.start = StartBehaviour::slow("STARTING", Lag::Time(Duration::from_secs(300)));
        });
        applied(&mut terraform).await;
        an_hour_passes(&mut terraform).await;
        terraform.atlas.set_state(NAME, "STARTING");
        terraform.atlas.settings(|settings| {
            settings.start = StartBehaviour::default();
            settings.read_lag = Some(Lag::Time(Duration::from_secs(8)));
        });
        terraform.interrupt_after = Some(Duration::from_secs(1));
        assert_eq!(errors(&terraform.destroy().await).len(), 1);
        terraform.interrupt_after = None;
        terraform.edit(&arguments);
        assert_eq!(applied(&mut terraform).await.0, Vec::<String>::new());
        tokio::time::sleep(Duration::from_secs(60)).await;
        let truth = terraform.atlas.state(NAME);
        assert_eq!(truth.as_deref(), Some("STARTED"), "{keep_started}");
    }
}

/// A destroy that the person has second thoughts about after it stopped the processor, and a refresh that shows that: it is said.
#[tokio::test(start_paused = true)]
async fn what_a_destroy_has_brought_to_rest_is_not_started_without_a_word() {
    let mut terraform = started(true, false).await;
    let told = errors(&terraform.destroy().await);
    assert!(
        told[0].contains("unless keep_started is false: then only where it comes within a minute"),
        "{told:?}"
    );
    terraform.interrupt_after = None;
    terraform.edit(&with(0, true, false));
    tokio::time::sleep(Duration::from_secs(8)).await;
    let plan = terraform.plan().await;
    assert_eq!(terraform.state(), Value::from("STOPPED"));
    assert_eq!(plan.action, Action::Update);
    let told = warnings(&plan.diagnostics);
    assert!(
        told[0].contains("although keep_started is false"),
        "{told:?}"
    );
}

/// It was Terraform that stopped it, for a start that did not come.
#[tokio::test(start_paused = true)]
async fn a_create_that_was_interrupted_after_it_is_made_good() {
    for (next, keep_started) in iproduct!(["restart", "keep", "error"], [true, false]) {
        let with = |if_started: &'static str| {
            [
                ("if_started", Value::from(if_started)),
                ("keep_started", Value::from(keep_started)),
                timeouts("3m"),
            ]
        };
        let mut terraform = Terraform::with_processor("STARTED").configured(&with("restart"));
        reads_lag(&terraform);
        terraform.interrupt_after = Some(Duration::from_secs(1));
        assert_eq!(errors(&terraform.apply().await).len(), 1);
        terraform.edit(&with(next));
        is_made_good(&mut terraform, next).await;
    }
}

/// Whoever untaints it takes it for made: it was stopped to be started.
#[tokio::test(start_paused = true)]
async fn a_create_that_was_interrupted_after_it_and_untainted_is_made_good() {
    let mut terraform = to_be_restarted();
    reads_lag(&terraform);
    // The second time while that is waited for.
    for _ in 0..2 {
        terraform.interrupt_after = Some(Duration::from_secs(1));
        assert_eq!(errors(&terraform.apply().await).len(), 1);
    }
    terraform.untaint();
    an_hour_passes(&mut terraform).await;
    is_made_good(&mut terraform, "untainted").await;
}

/// The start that it was for is lost: at rest, it was Terraform that brought it there.
#[tokio::test(start_paused = true)]
async fn a_create_that_stopped_it_for_a_start_that_is_lost_is_made_good() {
    for interrupted_before in [false, true] {
        let mut terraform = to_be_restarted();
        if interrupted_before {
            reads_lag(&terraform);
            terraform.interrupt_after = Some(Duration::from_secs(1));
            assert_eq!(errors(&terraform.apply().await).len(), 1);
        }
        let lost = Effect::NoAnswer { processed: false };
        terraform.atlas.fault(Fault::on(Operation::Start, lost));
        terraform.interrupt_after = Some(Duration::from_secs(30));
        assert_eq!(errors(&terraform.apply().await).len(), 1);
        terraform.untaint();
        an_hour_passes(&mut terraform).await;
        is_made_good(&mut terraform, "lost").await;
    }
}

/// Which does not know what was remembered of it, but that it was stopped.
#[tokio::test(start_paused = true)]
async fn a_replace_of_a_tainted_one_that_was_interrupted_at_stopping_is_made_good() {
    let mut terraform = started(true, false).await;
    terraform.atlas.settings(|settings| {
        settings.read_lag = None;
        settings.stop_lag = Some(Lag::Time(Duration::from_secs(6)));
    });
    terraform.state.as_mut().unwrap().tainted = true;
    terraform.interrupt_after = Some(Duration::from_secs(3));
    assert_eq!(errors(&terraform.apply().await).len(), 1);
    assert_eq!(terraform.state(), Value::from("STOPPING"));
    terraform.untaint();
    an_hour_passes(&mut terraform).await;
    is_made_good(&mut terraform, "tainted").await;
}

/// A clock that was ahead when it was sent does not hide for as long what somebody starts.
#[tokio::test(start_paused = true)]
async fn one_that_another_clock_dates_ahead_hides_no_start() {
    let mut terraform = started(true, true).await;
    terraform.edit(&with(1, true, true));
    assert_eq!(errors(&terraform.apply().await).len(), 1);
    let stored = terraform.state.as_mut().unwrap();
    let mut private: serde_json::Value = serde_json::from_slice(&stored.private).unwrap();
    let at = private["stop_in_doubt"].as_i64().unwrap();
    private["stop_in_doubt"] = (at + 7_200_000).into();
    stored.private = private.to_string().into_bytes();
    tokio::time::sleep(Duration::from_secs(60)).await;
    terraform.atlas.set_state(NAME, "STARTED");
    tokio::time::sleep(Duration::from_secs(60)).await;
    let process = terraform.process();
    terraform.refresh_all_in(&process).await;
    assert_eq!(terraform.state(), Value::from("STARTED"));
}

/// What has been waited for while looks failed is not waited for again.
#[tokio::test(start_paused = true)]
async fn it_shows_within_ten_seconds_of_its_answer_and_not_of_the_end_of_the_run() {
    let mut terraform = started(true, true).await;
    terraform.interrupt_after = Some(Duration::from_secs(9));
    terraform.edit(&with(1, true, true));
    let broken = Fault::on(Operation::Get, Effect::unexpected_error(false));
    terraform.atlas.fault(broken.skip(2).always());
    assert_eq!(errors(&terraform.apply().await).len(), 1);
    terraform.interrupt_after = None;
    terraform.atlas.clear_faults();
    terraform
        .atlas
        .settings(|settings| settings.read_lag = None);
    let began = Instant::now();
    assert_eq!(applied(&mut terraform).await.0, Vec::<String>::new());
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
}

/// With `create_before_destroy`, where the host tells the second plan what the first one said.
#[tokio::test(start_paused = true)]
async fn a_replace_whose_create_comes_first_is_made_good() {
    let mut terraform = started(true, false).await;
    terraform.create_before_destroy = true;
    terraform.feeds_planned_private = true;
    terraform.replace = true;
    assert_eq!(errors(&terraform.apply().await).len(), 1);
    terraform.replace = false;
    is_made_good(&mut terraform, "create before destroy").await;
}

/// STARTED is from before it: no refresh takes it for the state.
#[tokio::test(start_paused = true)]
async fn a_refresh_does_not_forget_it() {
    let mut terraform = started(true, true).await;
    terraform.edit(&with(1, true, true));
    assert_eq!(errors(&terraform.apply().await).len(), 1);
    for (seconds, state) in [(0, Value::Null), (8, Value::from("STOPPED"))] {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        let process = terraform.process();
        let told = terraform.refresh_all_in(&process).await;
        assert!(!told.has_error(), "{told:?}");
        assert_eq!(terraform.state(), state);
    }
}

#[tokio::test(start_paused = true)]
async fn a_destroy_that_is_repeated_ends_at_rest() {
    let mut terraform = started(true, true).await;
    assert_eq!(errors(&terraform.destroy().await).len(), 1);
    terraform.interrupt_after = None;
    assert_eq!(errors(&terraform.destroy().await), Vec::<String>::new());
    assert!(terraform.state.is_none());
    assert_eq!(terraform.atlas.state(NAME).as_deref(), Some("STOPPED"));
}

#[tokio::test(start_paused = true)]
async fn a_replace_that_was_interrupted_after_it_is_made_good() {
    for (tainted, keep_started) in iproduct!([true, false], [true, false]) {
        let mut terraform = started(true, keep_started).await;
        match tainted {
            true => terraform.state.as_mut().unwrap().tainted = true,
            false => terraform.replace = true,
        }
        assert_eq!(errors(&terraform.apply().await).len(), 1);
        assert_eq!(terraform.state(), Value::Null, "tainted {tainted}");
        terraform.replace = false;
        is_made_good(&mut terraform, "replace").await;
    }
}
