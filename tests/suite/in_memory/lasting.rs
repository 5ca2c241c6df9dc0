//! What a clean apply records lasts, although the one before left a stop or a start in doubt: a minute later it is still so.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation};
use itertools::iproduct;
use terraform_provider_atlas::framework::Value;

use super::invoking::invoke;
use super::left_behind::{OTHER, destroyed_with_a_stop, late, stopped_on_destroy};
use super::terraform::Terraform;
use super::words::{NAME, an_hour_passes, applied, errors, triggers};

pub(super) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(super) fn lose_stop(t: &Terraform, after: u64) {
    let lost = Effect::Reset { processed: false }.processed_late(secs(after));
    t.atlas.fault(Fault::on(Operation::Stop, lost));
}

pub(super) async fn lasting(t: &mut Terraform, what: &str, e: &[String], bad: &mut Vec<String>) {
    let told = t.attribute("state");
    tokio::time::sleep(secs(120)).await;
    let truth = t.atlas.state(NAME);
    if e.is_empty() && told != Some(Value::from(truth.clone())) {
        bad.push(format!("{what}: told {told:?}, truth {truth:?}"));
    }
}

#[tokio::test(start_paused = true)]
async fn the_replace_of_a_tainted_object_waits_for_its_own_stop() {
    let mut bad = Vec::new();
    for (cbd, feeds, late, if_started) in
        iproduct!([false], [false, true], [5, 14, 25], ["keep", "restart"])
    {
        let mut t = destroyed_with_a_stop();
        t.create_before_destroy = cbd;
        t.feeds_planned_private = feeds;
        t.edit(&stopped_on_destroy(&[(
            "if_started",
            Value::from(if_started),
        )]));
        applied(&mut t).await;
        an_hour_passes(&mut t).await;
        t.state.as_mut().unwrap().tainted = true;
        lose_stop(&t, late);
        t.interrupt_after = Some(secs(3));
        let (e0, _) = applied(&mut t).await;
        t.interrupt_after = None;
        assert_eq!(e0.len(), 1);

        let (e, _) = applied(&mut t).await;
        lasting(
            &mut t,
            &format!("a1 feeds {feeds} late {late} {if_started}"),
            &e,
            &mut bad,
        )
        .await;
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn whatever_follows_an_interrupted_replace_waits_for_its_stop() {
    let mut bad = Vec::new();
    for (feeds, late) in iproduct!([false, true], [5, 14, 25]) {
        for then in [
            "replace",
            "taint",
            "destroy+apply",
            "rename+back",
            "destroyonly",
            "triggers",
            "tier",
            "off",
            "norefresh",
        ] {
            for keep in [true, false] {
                let mut t = destroyed_with_a_stop();
                t.feeds_planned_private = feeds;
                t.atlas.add_processor(OTHER, "CREATED");
                let args = |more: &[(&'static str, Value)]| {
                    stopped_on_destroy(&[&[("keep_started", Value::from(keep))], more].concat())
                };
                t.edit(&args(&[]));
                applied(&mut t).await;
                an_hour_passes(&mut t).await;
                lose_stop(&t, late);
                t.interrupt_after = Some(secs(3));
                t.replace = true;
                let (e0, _) = applied(&mut t).await;
                t.replace = false;
                t.interrupt_after = None;
                assert_eq!(e0.len(), 1);
                let e = match then {
                    "replace" => {
                        t.replace = true;
                        let e = applied(&mut t).await.0;
                        t.replace = false;
                        e
                    }
                    "taint" => {
                        t.state.as_mut().unwrap().tainted = true;
                        applied(&mut t).await.0
                    }
                    "destroy+apply" => {
                        let e = errors(&t.destroy().await);
                        assert_eq!(e, Vec::<String>::new());
                        applied(&mut t).await.0
                    }
                    "rename+back" => {
                        t.edit(&args(&[("processor_name", Value::from(OTHER))]));
                        let (e, _) = applied(&mut t).await;
                        assert_eq!(e, Vec::<String>::new());
                        t.edit(&args(&[]));
                        applied(&mut t).await.0
                    }
                    "destroyonly" => {
                        let e = errors(&t.destroy().await);
                        assert_eq!(e, Vec::<String>::new());
                        tokio::time::sleep(secs(100)).await;
                        assert_eq!(t.atlas.state(NAME).as_deref(), Some("STOPPED"));
                        continue;
                    }
                    "triggers" => {
                        t.edit(&args(&[triggers("9")]));
                        applied(&mut t).await.0
                    }
                    "tier" => {
                        t.edit(&args(&[("tier", Value::from("SP30"))]));
                        applied(&mut t).await.0
                    }
                    "off" => {
                        t.edit(&[("keep_started", Value::from(keep))]);
                        applied(&mut t).await.0
                    }
                    _ => {
                        t.refresh = false;
                        let e = applied(&mut t).await.0;
                        t.refresh = true;
                        e
                    }
                };
                lasting(
                    &mut t,
                    &format!("a2 feeds {feeds} late {late} keep {keep} {then}"),
                    &e,
                    &mut bad,
                )
                .await;
            }
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

/// CBD and the stop in doubt.
#[tokio::test(start_paused = true)]
async fn with_create_before_destroy_it_is_waited_for_or_an_error_tells() {
    let mut bad = Vec::new();
    for ((feeds, stops), how, late, then) in iproduct!(
        [(false, true), (false, false), (true, true), (true, false)],
        ["create restart", "replace restart", "replace keep"],
        [5, 14, 25],
        ["apply", "replace", "untaint"]
    ) {
        let mut t = Terraform::with_processor("STARTED");
        t.create_before_destroy = true;
        t.feeds_planned_private = feeds;
        let restart = how != "replace keep";
        let if_started = if restart { "restart" } else { "keep" };
        let args = [
            ("if_started", Value::from(if_started)),
            ("stop_on_destroy", Value::from(stops)),
        ];
        t.edit(&args);
        if how != "create restart" {
            applied(&mut t).await;
            an_hour_passes(&mut t).await;
            t.replace = true;
        }
        lose_stop(&t, late);
        t.interrupt_after = Some(secs(3));
        let (e0, _) = applied(&mut t).await;
        t.interrupt_after = None;
        t.replace = then == "replace";
        if e0.is_empty() {
            t.atlas.clear_faults();
        }
        if then == "untaint" && t.is_tainted() {
            t.untaint();
        }

        let (e, _) = applied(&mut t).await;
        t.replace = false;
        lasting(
            &mut t,
            &format!("feeds {feeds} stops {stops} {how} late {late} {then}"),
            &e,
            &mut bad,
        )
        .await;
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

/// A lost start, somebody else's start with another tier, then our restart's stop is interrupted: is the doubt remembered?
#[tokio::test(start_paused = true)]
async fn a_start_in_doubt_is_remembered_where_the_restart_fails_at_its_stop() {
    let mut bad = Vec::new();
    for (form, stop) in iproduct!(["create", "update"], ["refused", "slow"]) {
        let args = |n: &'static str| {
            stopped_on_destroy(&[
                ("tier", Value::from("SP30")),
                ("if_started", Value::from("restart")),
                triggers(n),
            ])
        };
        let mut t = destroyed_with_a_stop();
        t.edit(&args("1"));
        if form == "update" {
            applied(&mut t).await;
            an_hour_passes(&mut t).await;
            t.atlas.set_state(NAME, "STOPPED");
            t.edit(&args("2"));
        }
        let lost = Effect::Reset { processed: false }.processed_late(secs(35));
        t.atlas.fault(Fault::on(Operation::StartWith, lost));
        let atlas = t.atlas.clone();
        tokio::spawn(async move {
            tokio::time::sleep(secs(3)).await;
            invoke(&atlas, &[("tier", Value::from("SP10"))]).await;
        });
        if stop == "refused" {
            t.atlas
                .fault(Fault::on(Operation::Stop, Effect::access_forbidden()));
        } else {
            t.atlas.settings(|s| s.stop_lag = Some(Lag::Time(secs(9))));
            t.interrupt_after = Some(secs(9));
        }
        let (e, _) = applied(&mut t).await;
        assert_eq!(e.len(), 1, "{form} {stop}: {e:?}");
        t.interrupt_after = None;

        if stop == "refused" {
            t.atlas.set_state(NAME, "STOPPED");
        } else {
            tokio::time::sleep(secs(9)).await;
        }
        let e2 = errors(&t.destroy().await);
        tokio::time::sleep(secs(120)).await;
        let truth = t.atlas.state(NAME);
        if e2.is_empty() && truth.as_deref() != Some("STOPPED") {
            bad.push(format!("{form} {stop}: destroyed, truth {truth:?}"));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_create_interrupted_while_it_waits_for_a_stop_in_doubt_remembers_it() {
    let mut bad = Vec::new();
    let mut t =
        Terraform::with_processor("STARTED").configured(&[("if_started", Value::from("restart"))]);
    lose_stop(&t, 25);
    t.interrupt_after = Some(secs(3));
    assert_eq!(applied(&mut t).await.0.len(), 1);
    t.interrupt_after = Some(secs(2));
    assert_eq!(applied(&mut t).await.0.len(), 1);
    t.interrupt_after = None;
    let (e, _) = applied(&mut t).await;
    lasting(&mut t, "k4", &e, &mut bad).await;
    assert!(bad.is_empty() && e.is_empty(), "{bad:?} {e:?}");
}

#[tokio::test(start_paused = true)]
async fn a_replace_interrupted_twice_remembers_the_first_stop() {
    let mut bad = Vec::new();
    let mut t = destroyed_with_a_stop();
    applied(&mut t).await;
    an_hour_passes(&mut t).await;
    t.replace = true;
    lose_stop(&t, 25);
    t.interrupt_after = Some(secs(3));
    assert_eq!(applied(&mut t).await.0.len(), 1);
    t.atlas.settings(|s| s.stop_lag = Some(Lag::Time(secs(5))));
    t.interrupt_after = Some(secs(2));
    assert_eq!(applied(&mut t).await.0.len(), 1);
    (t.interrupt_after, t.replace) = (None, false);
    t.atlas.settings(|s| s.stop_lag = None);
    let (e, _) = applied(&mut t).await;
    lasting(&mut t, "k5", &e, &mut bad).await;
    assert!(bad.is_empty() && e.is_empty(), "{bad:?} {e:?}");
}

#[tokio::test(start_paused = true)]
async fn a_start_in_doubt_that_fails_between_two_looks_is_not_sent_again() {
    let mut t = Terraform::with_processor("CREATED")
        .configured(&[("resume_from_checkpoint", Value::from(false))]);
    t.atlas.settings(|s| {
        s.start = atlas_simulator::StartBehaviour::failing(
            "STARTING",
            Lag::Time(Duration::from_millis(50)),
        )
    });
    t.atlas.fault(Fault::on(Operation::StartWith, late()));
    t.interrupt_after = Some(secs(3));
    assert_eq!(applied(&mut t).await.0.len(), 1);
    t.interrupt_after = None;
    let (e, _) = applied(&mut t).await;
    assert_eq!(t.atlas.starts(NAME).len(), 1, "{e:?}");
}
