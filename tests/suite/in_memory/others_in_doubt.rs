//! Two objects of one processor, one of which left a stop or a start in doubt: the other waits for it too.

use atlas_simulator::{Fault, Operation};
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
