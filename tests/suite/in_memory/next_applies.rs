//! Starts and stops whose answers were lost in one apply, and the next apply at once: they may still take effect.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, StartBehaviour};
use itertools::iproduct;
use terraform_provider_atlas::framework::Value;

use super::left_behind::{
    destroyed_with_a_stop, in_the_end, interrupted_in_doubt, stopped_on_destroy,
};
use super::terraform::{Action, Terraform};
use super::words::{
    NAME, an_hour_passes, applied, errors, nothing_is_planned, timeouts, triggers, warnings,
};

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// However late it comes, and whatever asked for it.
#[tokio::test(start_paused = true)]
async fn a_stop_in_doubt_does_not_undo_the_start_of_the_next_apply() {
    let mut bad = Vec::new();
    for (late, how, keep) in iproduct!(
        [5, 14, 25],
        ["options", "triggers", "replace"],
        [true, false]
    ) {
        let args = |n: &'static str| {
            let mut all = vec![
                ("stop_on_destroy", Value::from(true)),
                ("if_started", Value::from("restart")),
                ("keep_started", Value::from(keep)),
            ];
            match how {
                "options" => {
                    all.push(("tier", Value::from(if n == "1" { "SP10" } else { "SP30" })))
                }
                "triggers" => all.push(triggers(n)),
                _ => {}
            }
            all
        };
        let mut t = Terraform::with_processor("CREATED").configured(&args("1"));
        applied(&mut t).await;
        t.edit(&args("2"));
        t.replace = how == "replace";
        let lost = Effect::Reset { processed: false }.processed_late(secs(late));
        t.atlas.fault(Fault::on(Operation::Stop, lost));
        t.interrupt_after = Some(secs(3));
        let (e, _) = applied(&mut t).await;
        assert_eq!(e.len(), 1, "{e:?}");
        t.interrupt_after = None;
        t.since();
        let (e2, _) = applied(&mut t).await;
        let sent = t.since();
        let state = t.state();
        tokio::time::sleep(secs(120)).await;
        let truth = t.atlas.state(NAME);
        t.replace = false;
        let next = t.plan().await.action;
        if truth.as_deref() != Some("STARTED") {
            bad.push(format!("{late} {how} keep {keep}: second apply sent {sent:?}, errors {e2:?}, state {state:?}, later truth {truth:?}, next plan {next:?}; first said {e:?}"));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn nor_does_one_that_is_taken_back_a_while_later() {
    let mut t = Terraform::with_processor("CREATED").configured(&[
        ("tier", Value::from("SP10")),
        ("keep_started", Value::from(false)),
    ]);
    applied(&mut t).await;
    t.edit(&[
        ("tier", Value::from("SP30")),
        ("keep_started", Value::from(false)),
    ]);
    let lost = Effect::Reset { processed: false }.processed_late(secs(25));
    t.atlas.fault(Fault::on(Operation::Stop, lost));
    t.interrupt_after = Some(secs(3));
    let (e, _) = applied(&mut t).await;
    t.interrupt_after = None;
    // Twelve more seconds, for the clock of the machine too.
    tokio::time::sleep(secs(12)).await;
    let mut private: serde_json::Value = serde_json::from_slice(t.private()).unwrap();
    let at = private["stop_in_doubt"].as_i64().expect("a stop in doubt");
    private["stop_in_doubt"] = (at - 12_000).into();
    t.state.as_mut().unwrap().private = private.to_string().into_bytes();
    t.edit(&[
        ("tier", Value::from("SP10")),
        ("keep_started", Value::from(false)),
    ]);
    let (e2, _) = applied(&mut t).await;
    let told = t.state();
    tokio::time::sleep(secs(120)).await;
    let (e3, _) = applied(&mut t).await;
    let truth = t.atlas.state(NAME);
    assert_eq!(
        truth.as_deref(),
        Some("STARTED"),
        "{e:?} {e2:?} told {told:?} {e3:?} next {:?}",
        t.plan().await.action
    );
}

#[tokio::test(start_paused = true)]
async fn a_create_that_stopped_first_is_remembered_where_the_stop_is_in_doubt() {
    let mut bad = Vec::new();
    for (deadline, late) in iproduct!([false, true], [6, 20]) {
        let time = if deadline { "4s" } else { "5m" };
        let mut t = Terraform::with_processor("STARTED").configured(&[
            ("if_started", Value::from("restart")),
            ("keep_started", Value::from(false)),
            timeouts(time),
        ]);
        let lost = Effect::Reset { processed: false }.processed_late(secs(late));
        t.atlas.fault(Fault::on(Operation::Stop, lost));
        if !deadline {
            t.interrupt_after = Some(secs(3));
        }
        let (e, _) = applied(&mut t).await;
        t.interrupt_after = None;
        let kept = t.state.is_some();
        t.edit(&[
            ("if_started", Value::from("restart")),
            ("keep_started", Value::from(false)),
            timeouts("5m"),
        ]);
        let (e2, _) = applied(&mut t).await;
        let told = t.attribute("state");
        tokio::time::sleep(secs(120)).await;
        let truth = t.atlas.state(NAME);
        let next = t.plan().await.action;
        if truth.as_deref() != Some("STARTED") {
            bad.push(format!("deadline {deadline} late {late}: in state after the first: {kept}; {e:?}; {e2:?}; told {told:?} truth {truth:?} next {next:?}"));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_destroy_in_doubt_that_is_taken_back_leaves_it_running() {
    let mut bad = Vec::new();
    for (keep, late) in iproduct!([true, false], [5, 20]) {
        let mut t = destroyed_with_a_stop();
        t.edit(&stopped_on_destroy(&[
            ("keep_started", Value::from(keep)),
            triggers("1"),
        ]));
        applied(&mut t).await;
        an_hour_passes(&mut t).await;
        let lost = Effect::Reset { processed: false }.processed_late(secs(late));
        t.atlas.fault(Fault::on(Operation::Stop, lost));
        t.interrupt_after = Some(secs(3));
        let e = errors(&t.destroy().await);
        t.interrupt_after = None;
        t.edit(&stopped_on_destroy(&[
            ("keep_started", Value::from(keep)),
            triggers("2"),
        ]));
        let (e2, w2) = applied(&mut t).await;
        let told = t.attribute("state");
        tokio::time::sleep(secs(120)).await;
        let truth = t.atlas.state(NAME);
        let next = t.plan().await.action;
        if truth.as_deref() != Some("STARTED") {
            bad.push(format!("keep {keep} late {late}: first {e:?}; second {e2:?} {w2:?} told {told:?}, truth {truth:?}, next {next:?}, private {}", String::from_utf8_lossy(t.private())));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

/// The next apply at once sees it come, and fail: that was the start that is wanted.
#[tokio::test(start_paused = true)]
async fn a_start_in_doubt_that_comes_to_an_end_is_not_sent_again() {
    let mut bad = Vec::new();
    for first in ["create", "triggers"] {
        let args = |n: &'static str| {
            vec![
                ("resume_from_checkpoint", Value::from(false)),
                triggers(n),
                ("keep_started", Value::from(false)),
            ]
        };
        let mut t = Terraform::with_processor("CREATED").configured(&args("1"));
        if first != "create" {
            applied(&mut t).await;
            an_hour_passes(&mut t).await;
            t.atlas.set_state(NAME, "STOPPED");
            t.edit(&args("2"));
        }
        let before = t.atlas.starts(NAME).len();
        let soon = Lag::Time(secs(3));
        t.atlas
            .settings(|settings| settings.start = StartBehaviour::failing("STARTING", soon));
        let late = Effect::NoAnswer { processed: false }.processed_late(secs(20));
        t.atlas.fault(Fault::on(Operation::StartWith, late));
        t.interrupt_after = Some(secs(3));
        let (e, _) = applied(&mut t).await;
        t.interrupt_after = None;
        let (e2, _) = applied(&mut t).await;
        tokio::time::sleep(secs(120)).await;
        let accepted = t.atlas.starts(NAME).len() - before;
        if accepted > 1 {
            bad.push(format!("{first}: {accepted} starts accepted: {e:?} {e2:?}"));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn nor_where_the_time_was_over_in_the_middle_of_the_doubt() {
    let mut bad = Vec::new();
    for ends in ["fails", "is stopped by somebody", "stays"] {
        let mut t = Terraform::with_processor("CREATED").configured(&[
            ("resume_from_checkpoint", Value::from(false)),
            timeouts("8s"),
        ]);
        if ends == "fails" {
            t.atlas
                .settings(|s| s.start = StartBehaviour::failing("STARTING", Lag::Time(secs(3))));
        }
        let late = Effect::Reset { processed: false }.processed_late(secs(25));
        t.atlas.fault(Fault::on(Operation::StartWith, late));
        let (e, _) = applied(&mut t).await;
        assert_eq!(e.len(), 1, "{e:?}");
        let (e2, _) = applied(&mut t).await;
        if ends == "is stopped by somebody" {
            t.atlas.set_state(NAME, "STOPPED");
        }
        tokio::time::sleep(secs(120)).await;
        let accepted = t.atlas.starts(NAME).len();
        if accepted > 1 {
            bad.push(format!(
                "{ends}: {accepted} starts accepted, {:?}; {e2:?}",
                t.atlas.state(NAME)
            ));
        }
        if ends == "stays" {
            assert_eq!(applied(&mut t).await.0, Vec::<String>::new());
            assert_eq!(t.atlas.starts(NAME).len(), 1);
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_doubt_outlives_a_replace_whose_create_is_interrupted() {
    let mut terraform = destroyed_with_a_stop();
    interrupted_in_doubt(&mut terraform).await;
    terraform.interrupt_after = Some(secs(2));
    let (told, _) = applied(&mut terraform).await;
    terraform.interrupt_after = None;
    assert!(
        told[0].contains("an earlier start, which Atlas may still carry out"),
        "{told:?}"
    );
    assert!(terraform.state.is_some());
    let told = errors(&terraform.destroy().await);
    assert_eq!(told, Vec::<String>::new());
    let truth = in_the_end(&terraform, NAME).await;
    assert_eq!(truth.as_deref(), Some("STOPPED"));
}

/// The words for whoever interrupts a stop: what may still come, and what the next apply does about it.
#[tokio::test(start_paused = true)]
async fn a_stop_in_doubt_is_told_of() {
    let with = |tier: &'static str| {
        [
            ("tier", Value::from(tier)),
            ("keep_started", Value::from(false)),
        ]
    };
    let mut terraform = Terraform::with_processor("CREATED").configured(&with("SP10"));
    applied(&mut terraform).await;
    terraform.edit(&with("SP30"));
    let lost = Effect::Reset { processed: false }.processed_late(secs(20));
    terraform.atlas.fault(Fault::on(Operation::Stop, lost));
    terraform.interrupt_after = Some(secs(3));
    let (told, _) = applied(&mut terraform).await;
    terraform.interrupt_after = None;
    for words in [
        "for up to a minute it may still take effect",
        "The next apply waits until it cannot any more",
    ] {
        assert!(told[0].contains(words), "{words}: {told:?}");
    }
    // Taken back, it is planned nevertheless, so that the apply can see to it.
    terraform.edit(&with("SP10"));
    let plan = terraform.plan().await;
    assert_eq!(plan.action, Action::Update);
    let warned = warnings(&plan.diagnostics);
    assert!(
        warned[0].contains("A stop of the stream processor may still take effect"),
        "{warned:?}"
    );
    // Ctrl-C while it waits loses nothing.
    terraform.interrupt_after = Some(secs(2));
    let (told, _) = applied(&mut terraform).await;
    terraform.interrupt_after = None;
    assert!(
        told[0].contains("waiting until an earlier stop"),
        "{told:?}"
    );
    let (told, _) = applied(&mut terraform).await;
    assert_eq!(told, Vec::<String>::new());
    tokio::time::sleep(secs(60)).await;
    assert_eq!(terraform.atlas.state(NAME).as_deref(), Some("STARTED"));
    nothing_is_planned(&mut terraform).await;
}
