//! Starts whose object or whose process has gone on to something else while they may still take effect.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, known};
use itertools::iproduct;
use terraform_provider_atlas::framework::{CancellationToken, Value};
use tokio::time::Instant;

use super::invoking::{START, STOP, atlas_with, invoke_action, invoke_stop};
use super::terraform::{Action, Terraform};
use super::words::{
    NAME, an_hour_passes, applied, errors, expect, nothing_is_planned, provider, triggers, warnings,
};

/// The processor that a replace goes to.
pub(super) const OTHER: &str = "invoices";

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// No answer, and an effect 20 s after the request.
pub(super) fn late() -> Effect {
    Effect::NoAnswer { processed: false }.processed_late(seconds(20))
}

pub(super) fn stopped_on_destroy(more: &[(&'static str, Value)]) -> Vec<(&'static str, Value)> {
    [&[("stop_on_destroy", Value::from(true))], more].concat()
}

pub(super) fn destroyed_with_a_stop() -> Terraform {
    Terraform::with_processor("CREATED").configured(&stopped_on_destroy(&[]))
}

/// A start that falls into doubt because the person interrupts it.
pub(super) async fn interrupted_in_doubt(terraform: &mut Terraform) {
    terraform.atlas.fault(Fault::on(Operation::Start, late()));
    terraform.interrupt_after = Some(seconds(3));
    let told = errors(&terraform.apply().await);
    assert!(told[0].contains("may have accepted"), "{told:?}");
    terraform.interrupt_after = None;
}

pub(super) async fn in_the_end(terraform: &Terraform, name: &str) -> Option<String> {
    tokio::time::sleep(seconds(120)).await;
    terraform.atlas.state(name)
}

#[tokio::test(start_paused = true)]
async fn a_replace_under_another_name_stops_what_a_start_in_doubt_led_to() {
    for (feeds_planned_private, first) in iproduct!([false, true], ["create", "drift", "triggers"])
    {
        let mut terraform = destroyed_with_a_stop();
        terraform.feeds_planned_private = feeds_planned_private;
        terraform.atlas.add_processor(OTHER, "CREATED");
        if first != "create" {
            applied(&mut terraform).await;
            an_hour_passes(&mut terraform).await;
            terraform.atlas.set_state(NAME, "STOPPED");
        }
        if first == "triggers" {
            terraform.edit(&stopped_on_destroy(&[triggers("2")]));
        }
        interrupted_in_doubt(&mut terraform).await;
        terraform.edit(&stopped_on_destroy(&[(
            "processor_name",
            Value::from(OTHER),
        )]));
        let (told, _) = applied(&mut terraform).await;
        assert_eq!(told, Vec::<String>::new(), "{first}");
        let truth = in_the_end(&terraform, NAME).await;
        assert_eq!(truth.as_deref(), Some("STOPPED"), "{first}");
        let truth = terraform.atlas.state(OTHER);
        assert_eq!(truth.as_deref(), Some("STARTED"), "{first}");
    }
}

/// The next apply sends no second start while the first may still come, and takes it as its own when it does.
#[tokio::test(start_paused = true)]
async fn the_next_apply_waits_for_the_start_that_is_in_doubt() {
    for first in ["create", "drift"] {
        let mut terraform = destroyed_with_a_stop();
        if first == "drift" {
            applied(&mut terraform).await;
            an_hour_passes(&mut terraform).await;
            terraform.atlas.set_state(NAME, "STOPPED");
        }
        interrupted_in_doubt(&mut terraform).await;
        let (told, _) = applied(&mut terraform).await;
        assert_eq!(told, Vec::<String>::new(), "{first}");
        assert_eq!(terraform.state(), Value::from("STARTED"), "{first}");
        let accepted = terraform.atlas.starts(NAME).len();
        assert_eq!(accepted, if first == "drift" { 2 } else { 1 }, "{first}");
        let told = errors(&terraform.destroy().await);
        assert_eq!(told, Vec::<String>::new(), "{first}");
        let truth = in_the_end(&terraform, NAME).await;
        assert_eq!(truth.as_deref(), Some("STOPPED"), "{first}");
        assert_eq!(terraform.stops(), 1, "{first}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_that_asks_for_nothing_does_not_end_it_either() {
    let mut terraform = destroyed_with_a_stop();
    applied(&mut terraform).await;
    an_hour_passes(&mut terraform).await;
    terraform.atlas.set_state(NAME, "STOPPED");
    terraform.edit(&stopped_on_destroy(&[
        triggers("2"),
        ("keep_started", Value::from(false)),
    ]));
    interrupted_in_doubt(&mut terraform).await;
    terraform.edit(&stopped_on_destroy(&[("keep_started", Value::from(false))]));
    terraform.since();
    let (told, _) = applied(&mut terraform).await;
    assert_eq!(told, Vec::<String>::new());
    assert_eq!(terraform.since(), (0, 0), "nothing was asked for");
    assert!(!terraform.destroy().await.has_error());
    let truth = in_the_end(&terraform, NAME).await;
    assert_eq!(truth.as_deref(), Some("STOPPED"));
}

#[tokio::test(start_paused = true)]
async fn a_stop_in_the_same_process_waits_for_a_start_that_does_not_show_yet() {
    for (what, read_lag, effect) in [
        ("reads lag", Some(6), None),
        ("in doubt", None, Some(late())),
    ] {
        let atlas = atlas_with("CREATED");
        let lag = read_lag.map(|lag| Lag::Time(seconds(lag)));
        atlas.settings(|settings| settings.read_lag = lag);
        if let Some(effect) = effect {
            atlas.fault(Fault::on(Operation::Start, effect));
        }
        let provider = provider(&atlas);
        let cancel = CancellationToken::new();
        let interrupt = cancel.clone();
        tokio::spawn(async move {
            tokio::time::sleep(seconds(1)).await;
            interrupt.cancel();
        });
        let without_wait = [("wait", Value::from(false))];
        invoke_action(&provider, START, &without_wait, &cancel).await;
        for _ in 0..2 {
            let stopped = invoke_action(&provider, STOP, &[], &CancellationToken::new()).await;
            assert!(stopped.diagnostics.is_empty(), "{what}");
        }
        tokio::time::sleep(seconds(120)).await;
        assert_eq!(atlas.state(NAME).as_deref(), Some("STOPPED"), "{what}");
        assert_eq!(atlas.calls(Operation::Stop), 1, "{what}");
    }
}

/// Of another process's start nobody knows here: no more is said than was seen.
#[tokio::test(start_paused = true)]
async fn a_stop_that_finds_rest_says_what_it_saw() {
    let invoked = invoke_stop(&atlas_with("FAILED"), &[]).await;
    assert!(invoked.diagnostics.is_empty());
    let last = invoked.progress.last().expect("something is said");
    assert_eq!(
        last,
        "Nothing to do: Atlas reports the stream processor as FAILED"
    );
}

#[tokio::test(start_paused = true)]
async fn rest_right_after_an_accepted_start_is_no_drift() {
    let mut terraform =
        Terraform::with_processor("STOPPED").configured(&[("wait", Value::from(false))]);
    terraform
        .atlas
        .settings(|settings| settings.read_lag = Some(Lag::Time(seconds(8))));
    applied(&mut terraform).await;
    nothing_is_planned(&mut terraform).await;
    assert_eq!(terraform.state(), Value::Null, "nothing shows it yet");
    assert_eq!(terraform.starts(), 1);
    // When it has had its time, rest is rest.
    terraform.atlas.set_state(NAME, "STOPPED");
    an_hour_passes(&mut terraform).await;
    expect(
        &mut terraform,
        Action::Update,
        &["processor_id", "state", "started_at"],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_destroy_that_looks_on_bears_a_look_that_is_refused_for_a_moment() {
    for (times, is_borne) in [(1, true), (Fault::ALWAYS, false)] {
        let mut terraform = destroyed_with_a_stop();
        interrupted_in_doubt(&mut terraform).await;
        let refused = Fault::on(Operation::Get, Effect::access_forbidden());
        // The refresh and the first look go well.
        terraform.atlas.fault(refused.skip(2).times(times));
        let told = errors(&terraform.destroy().await);
        assert_eq!(told.is_empty(), is_borne, "{told:?}");
        if is_borne {
            let truth = in_the_end(&terraform, NAME).await;
            assert_eq!(truth.as_deref(), Some("STOPPED"));
        }
    }
}

/// Good looks between them show that nobody is kept out.
#[tokio::test(start_paused = true)]
async fn refused_looks_of_a_destroy_do_not_add_up() {
    let mut terraform = destroyed_with_a_stop();
    interrupted_in_doubt(&mut terraform).await;
    for look in [3, 5, 7, 9] {
        let refused = Fault::on(Operation::Get, Effect::access_forbidden());
        terraform.atlas.fault(refused.skip(look));
    }
    let told = errors(&terraform.destroy().await);
    assert_eq!(told, Vec::<String>::new());
    let truth = in_the_end(&terraform, NAME).await;
    assert_eq!(truth.as_deref(), Some("STOPPED"));
}

#[tokio::test(start_paused = true)]
async fn a_destroy_looks_no_longer_for_what_is_gone_or_was_never_shown() {
    for (looks, is_gone) in [(2, true), (1, false)] {
        let mut terraform = destroyed_with_a_stop();
        interrupted_in_doubt(&mut terraform).await;
        let effect = match is_gone {
            true => Effect::processor_not_found(known::TENANT, NAME),
            false => Effect::access_forbidden(),
        };
        let fault = Fault::on(Operation::Get, effect).skip(looks);
        terraform.atlas.fault(fault.times(Fault::ALWAYS));
        let began = Instant::now();
        let told = errors(&terraform.destroy().await);
        assert_eq!(told.is_empty(), is_gone, "{told:?}");
        assert!(began.elapsed() < seconds(3), "{:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_destroy_that_has_no_time_to_look_on_says_when_to_try_again() {
    let times = [("delete", Value::from("5s"))]
        .into_iter()
        .chain(["create", "read", "update"].map(|name| (name, Value::Null)));
    let times = times.map(|(name, time)| (name.to_owned(), time)).collect();
    let mut terraform = destroyed_with_a_stop();
    terraform.edit(&stopped_on_destroy(&[("timeouts", Value::Object(times))]));
    interrupted_in_doubt(&mut terraform).await;
    let told = errors(&terraform.destroy().await);
    assert!(told[0].contains("an earlier start"), "{told:?}");
    assert!(told[0].contains("when a minute has passed"), "{told:?}");
    assert!(!told[0].contains("big pipeline"), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stop_in_doubt_names_the_look_that_did_not_settle_it() {
    let atlas = atlas_with("STARTED");
    let lost = Effect::Reset { processed: false };
    atlas.fault(Fault::on(Operation::Stop, lost));
    let gone = Effect::user_unauthorized();
    atlas.fault(Fault::on(Operation::Get, gone).skip(1).times(Fault::ALWAYS));
    let told = errors(&invoke_stop(&atlas, &[]).await.diagnostics);
    assert!(told[0].contains("may have accepted the stop"), "{told:?}");
    assert!(told[0].contains("the last one failed: GET"), "{told:?}");
    assert!(told[0].contains(known::TENANT), "{told:?}");
}

fn says_what_is_left(told: &[String]) -> bool {
    told.iter()
        .any(|text| text.contains("\"orders\" was not stopped"))
}

/// Of a tainted object that goes to another processor no plan is told: the apply says what it leaves behind, also where the plan does
/// not know yet where it goes.
#[tokio::test(start_paused = true)]
async fn what_a_tainted_object_leaves_running_is_said() {
    for (stands, feeds, name_is_known) in iproduct!([true, false], [true, false], [true, false]) {
        let mut terraform = Terraform::with_processor("CREATED");
        terraform.feeds_planned_private = feeds;
        terraform.atlas.add_processor(OTHER, "CREATED");
        applied(&mut terraform).await;
        an_hour_passes(&mut terraform).await;
        terraform.taint();
        if stands {
            terraform.atlas.set_state(NAME, "STOPPED");
        }
        let there = [("processor_name", Value::from(OTHER))];
        terraform.edit(&there);
        if !name_is_known {
            terraform.edit(&[("processor_name", Value::Unknown)]);
        }
        let plan = terraform.plan().await;
        terraform.edit(&there);
        let told = terraform.apply_plan(plan).await;
        assert_eq!(errors(&told), Vec::<String>::new());
        let warned = warnings(&told);
        assert_eq!(says_what_is_left(&warned), !stands, "{feeds}: {warned:?}");
    }
}

/// What does not show yet, too.
#[tokio::test(start_paused = true)]
async fn what_a_tainted_object_leaves_that_is_about_to_run_is_said() {
    for (in_doubt, feeds) in iproduct!([true, false], [true, false]) {
        let mut terraform = Terraform::with_processor("CREATED");
        terraform.feeds_planned_private = feeds;
        terraform.atlas.add_processor(OTHER, "CREATED");
        if in_doubt {
            interrupted_in_doubt(&mut terraform).await;
        } else {
            let lag = Lag::Time(seconds(8));
            terraform
                .atlas
                .settings(|settings| settings.read_lag = Some(lag));
            terraform.interrupt_after = Some(seconds(1));
            assert_eq!(errors(&terraform.apply().await).len(), 1);
            terraform.interrupt_after = None;
        }
        terraform.edit(&[("processor_name", Value::from(OTHER))]);
        let (told, warned) = applied(&mut terraform).await;
        assert_eq!(told, Vec::<String>::new());
        assert!(
            says_what_is_left(&warned),
            "{in_doubt}, {feeds}: {warned:?}"
        );
        let truth = in_the_end(&terraform, NAME).await;
        assert_eq!(truth.as_deref(), Some("STARTED"));
    }
}

/// Of a sound one the plan has said it.
#[tokio::test(start_paused = true)]
async fn what_a_sound_object_leaves_running_is_said_once() {
    for (feeds, create_before_destroy) in iproduct!([true, false], [true, false]) {
        let mut terraform = Terraform::with_processor("CREATED");
        terraform.feeds_planned_private = feeds;
        terraform.create_before_destroy = create_before_destroy;
        terraform.atlas.add_processor(OTHER, "CREATED");
        applied(&mut terraform).await;
        an_hour_passes(&mut terraform).await;
        terraform.edit(&[("processor_name", Value::from(OTHER))]);
        let plan = terraform.plan().await;
        assert!(warnings(&plan.diagnostics)[0].contains("so it keeps running"));
        let warned = warnings(&terraform.apply_plan(plan).await);
        assert!(!says_what_is_left(&warned), "{feeds}: {warned:?}");
    }
}
