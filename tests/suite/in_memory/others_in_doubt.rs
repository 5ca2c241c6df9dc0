//! Two objects of one processor, one of which left a stop or a start in doubt: the other waits for it too.

use atlas_simulator::{Effect, Fault, Lag, Operation};
use itertools::iproduct;
use terraform_provider_atlas::framework::Value;

use super::every_order::in_order;
use super::lasting::{lasting, lose_stop, secs};
use super::left_behind::{destroyed_with_a_stop, late, stopped_on_destroy};
use super::terraform::Terraform;
use super::words::{NAME, an_hour_passes, applied};

/// A's stop in doubt (of an options change or a destroy); B of the same processor stays.
#[tokio::test(start_paused = true)]
async fn another_object_waits_for_a_stop_of_one_that_goes() {
    let mut bad = Vec::new();
    for (late, how, then, a_first, swap) in iproduct!(
        [5, 25],
        ["tier", "destroy"],
        ["same", "taken back"],
        [true, false],
        [true, false]
    ) {
        let mut a = destroyed_with_a_stop();
        a.edit(&stopped_on_destroy(&[("tier", Value::from("SP10"))]));
        applied(&mut a).await;
        let mut b = Terraform::of(a.atlas.clone());
        applied(&mut b).await;
        an_hour_passes(&mut a).await;
        an_hour_passes(&mut b).await;
        lose_stop(&a, late);
        a.interrupt_after = Some(secs(3));
        let saved = a.config.clone();
        if how == "tier" {
            a.edit(&stopped_on_destroy(&[("tier", Value::from("SP30"))]));
        } else {
            a.config = None;
        }
        // -target: only a
        let (e0, _) = applied(&mut a).await;
        a.interrupt_after = None;
        assert_eq!(e0.len(), 1, "{e0:?}");
        if then == "taken back" {
            a.config = saved;
        }
        let (e, w) = in_order(&mut a, &mut b, a_first, swap).await;
        lasting(
            &mut b,
            &format!("a3 late {late} {how} {then} a_first {a_first} swap {swap} w {w:?}"),
            &e,
            &mut bad,
        )
        .await;
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

/// Start in doubt: two addresses, one sound & drifting, one failed in doubt; the start processes data anew and fails soon.
#[tokio::test(start_paused = true)]
async fn another_object_that_drifts_waits_for_a_start_in_doubt() {
    let mut bad = Vec::new();
    for (a_first, swap) in iproduct!([true, false], [true, false]) {
        let mut b = Terraform::with_processor("CREATED");
        applied(&mut b).await;
        an_hour_passes(&mut b).await;
        b.atlas.set_state(NAME, "STOPPED");
        let mut a = Terraform::of(b.atlas.clone()).configured(&stopped_on_destroy(&[]));
        a.atlas.fault(Fault::on(Operation::Start, late()));
        a.interrupt_after = Some(secs(3));
        let (e0, _) = applied(&mut a).await;
        assert_eq!(e0.len(), 1);
        a.interrupt_after = None;
        let n = a.atlas.starts(NAME).len();
        let (e, _) = in_order(&mut a, &mut b, a_first, swap).await;
        let sent = a.atlas.starts(NAME).len() - n;
        assert_eq!(sent, 1, "{a_first} {swap}");

        lasting(&mut b, &format!("a6 {a_first} {swap}"), &e, &mut bad).await;
        // and a destroyed afterwards leaves b's running
        a.config = None;
        let (e, _) = in_order(&mut a, &mut b, a_first, swap).await;
        lasting(
            &mut b,
            &format!("a6 destroy {a_first} {swap}"),
            &e,
            &mut bad,
        )
        .await;
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

/// B's destroy stops it in the run that is to start it again for A, and A's start fails: A remembers that nobody wanted it at rest, also
/// where an earlier answer to it was lost.
#[tokio::test(start_paused = true)]
async fn what_another_has_stopped_is_made_good_after_a_start_that_fails() {
    for (in_doubt, a_first, swap, is_refused) in
        iproduct!([false, true], [true, false], [true, false], [true, false])
    {
        let what = format!("in doubt {in_doubt}, {a_first}, {swap}, refused {is_refused}");
        let mut b = destroyed_with_a_stop();
        applied(&mut b).await;
        an_hour_passes(&mut b).await;
        b.atlas.set_state(NAME, "STOPPED");
        let mut a =
            Terraform::of(b.atlas.clone()).configured(&[("keep_started", Value::from(false))]);
        if in_doubt {
            let lost = Effect::NoAnswer { processed: false };
            a.atlas.fault(Fault::on(Operation::Start, lost));
        }
        assert_eq!(applied(&mut a).await.0, Vec::<String>::new(), "{what}");
        assert_eq!(a.state(), Value::from("STARTED"), "{what}");
        b.config = None;
        if is_refused {
            let refused = Fault::on(Operation::Start, Effect::access_forbidden());
            a.atlas.fault(refused.always());
        } else {
            let lag = Lag::Time(secs(3));
            a.atlas.settings(|settings| settings.stop_lag = Some(lag));
            a.interrupt_after = Some(secs(1));
        }
        in_order(&mut a, &mut b, a_first, swap).await;
        a.atlas.clear_faults();
        a.interrupt_after = None;
        an_hour_passes(&mut a).await;
        assert_eq!(applied(&mut a).await.0, Vec::<String>::new(), "{what}");
        let truth = a.atlas.state(NAME);
        assert_eq!(truth.as_deref(), Some("STARTED"), "{what}");
    }
}

/// The same, where the stop was lost in an earlier run, and took effect before B's destroy came to its turn: no stop is sent any more.
/// Where A comes first under a host that hands no plan's word on, A is not told of it, and B's destroy tells the person.
#[tokio::test(start_paused = true)]
async fn what_a_stop_in_doubt_of_another_has_stopped_is_made_good_after_a_start_that_fails() {
    for (hands_on, a_is_planned_first, swap) in
        iproduct!([true, false], [true, false], [true, false])
    {
        let what = format!("hands on {hands_on}, {a_is_planned_first}, {swap}");
        let mut b = destroyed_with_a_stop();
        applied(&mut b).await;
        let mut a =
            Terraform::of(b.atlas.clone()).configured(&[("keep_started", Value::from(false))]);
        applied(&mut a).await;
        for one in [&mut a, &mut b] {
            one.feeds_planned_private = hands_on;
            an_hour_passes(one).await;
        }
        lose_stop(&b, 5);
        b.interrupt_after = Some(secs(3));
        b.config = None;
        assert_eq!(applied(&mut b).await.0.len(), 1, "{what}");
        b.interrupt_after = None;
        let refused = Fault::on(Operation::Start, Effect::access_forbidden());
        a.atlas.fault(refused.always());
        let (errors, _) = in_order(&mut a, &mut b, a_is_planned_first, swap).await;
        assert_eq!(a.stops(), 1, "{what}");
        a.atlas.clear_faults();
        an_hour_passes(&mut a).await;
        assert_eq!(applied(&mut a).await.0, Vec::<String>::new(), "{what}");
        let a_comes_first = a_is_planned_first != swap;
        let expected = if a_comes_first && !hands_on {
            assert!(errors[0].contains("unless its keep_started is false"));
            "STOPPED"
        } else {
            "STARTED"
        };
        let truth = a.atlas.state(NAME);
        assert_eq!(truth.as_deref(), Some(expected), "{what}");
    }
}
