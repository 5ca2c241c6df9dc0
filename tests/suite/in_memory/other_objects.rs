//! Several objects of one processor, in one configuration or left over by a replace: none of them undoes what another stands for.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, StartBehaviour};
use itertools::iproduct;
use terraform_provider_atlas::framework::{Diagnostics, Value};

use super::left_behind::{
    OTHER, destroyed_with_a_stop, in_the_end, interrupted_in_doubt, stopped_on_destroy,
};
use super::terraform::{Planned, Process, Terraform};
use super::words::{
    NAME, an_hour_passes, applied, errors, fails_although_accepted, nothing_is_planned,
    starting_for, timeouts, warnings,
};

/// The plans of two addresses, made in this order by one process when both are read, and all that is told meanwhile.
pub(super) async fn planned(
    first: &mut Terraform,
    second: &mut Terraform,
) -> (Planned, Planned, Diagnostics) {
    let planning = first.process();
    let refreshed = first.refresh_all_in(&planning).await;
    let of_second = second.refresh_all_in(&planning).await;
    let of_first = first.plan_after(&planning, refreshed);
    let of_second = second.plan_after(&planning, of_second);
    with_all_that_is_told(of_first, of_second)
}

/// The same, where the second address is read only after the first is planned: a host takes them as they come.
pub(super) async fn planned_one_by_one(
    first: &mut Terraform,
    second: &mut Terraform,
) -> (Planned, Planned, Diagnostics) {
    let planning = first.process();
    let refreshed = first.refresh_all_in(&planning).await;
    let of_first = first.plan_after(&planning, refreshed);
    let refreshed = second.refresh_all_in(&planning).await;
    let of_second = second.plan_after(&planning, refreshed);
    with_all_that_is_told(of_first, of_second)
}

fn with_all_that_is_told(first: Planned, second: Planned) -> (Planned, Planned, Diagnostics) {
    let mut told = first.diagnostics.clone();
    told.extend(second.diagnostics.clone());
    (first, second, told)
}

/// Applies the plans of two addresses one after another.
pub(super) async fn applied_in_turn(
    applying: &Process,
    first: (&mut Terraform, Planned),
    second: (&mut Terraform, Planned),
    second_comes_first: bool,
) -> Diagnostics {
    let turns = if second_comes_first {
        [second, first]
    } else {
        [first, second]
    };
    let mut told = Diagnostics::default();
    for (one, plan) in turns {
        told.extend(one.apply_in(applying, plan).await);
    }
    told
}

/// What one run says to two addresses, which is planned in this order and applied at once: errors, and warnings.
async fn both(first: &mut Terraform, second: &mut Terraform) -> (Vec<String>, Vec<String>) {
    let (of_first, of_second, mut told) = planned(first, second).await;
    let applying = first.process();
    let (of_first, of_second) = tokio::join!(
        first.apply_in(&applying, of_first),
        second.apply_in(&applying, of_second)
    );
    told.extend(of_first);
    told.extend(of_second);
    (errors(&told), warnings(&told))
}

/// The same, with the first of them planned first, or the second.
async fn in_order(
    one: &mut Terraform,
    other: &mut Terraform,
    one_planned_first: bool,
) -> (Vec<String>, Vec<String>) {
    match one_planned_first {
        true => both(one, other).await,
        false => both(other, one).await,
    }
}

/// A create that failed at another address, whose start runs by now.
async fn failed_beside(sound: &Terraform, if_started: &'static str) -> Terraform {
    sound.atlas.set_state(NAME, "STOPPED");
    let mut failed = Terraform::of(sound.atlas.clone()).configured(&[
        ("stop_on_destroy", Value::from(true)),
        ("if_started", Value::from(if_started)),
    ]);
    fails_although_accepted(&mut failed).await;
    failed.atlas.set_state(NAME, "STARTED");
    failed.atlas.clear_record();
    failed
}

#[tokio::test(start_paused = true)]
async fn a_sound_one_does_not_make_a_failed_create_bounce_the_processor() {
    for if_started in ["keep", "restart", "error"] {
        for (sound_is_first, has_a_mark) in
            [(true, false), (false, false), (true, true), (false, true)]
        {
            let mut sound = destroyed_with_a_stop();
            if has_a_mark {
                fails_although_accepted(&mut sound).await;
                sound.untaint();
            } else {
                applied(&mut sound).await;
            }
            let mut failed = failed_beside(&sound, if_started).await;
            let (told, _) = in_order(&mut sound, &mut failed, sound_is_first).await;
            let case = format!("{if_started}, {sound_is_first}, {has_a_mark}");
            assert_eq!(told, Vec::<String>::new(), "{case}");
            assert_eq!(sound.since(), (0, 0), "{case}");
            assert_eq!(sound.atlas.state(NAME).as_deref(), Some("STARTED"));
            nothing_is_planned(&mut failed).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_destroy_of_one_leaves_what_another_holds_running() {
    for (ends_first, keep_started) in iproduct!([true, false], [true, false]) {
        let mut ends = destroyed_with_a_stop();
        applied(&mut ends).await;
        let mut stays = Terraform::of(ends.atlas.clone())
            .configured(&[("keep_started", Value::from(keep_started))]);
        applied(&mut stays).await;
        ends.config = None;
        ends.since();
        let (told, warned) = in_order(&mut ends, &mut stays, ends_first).await;
        let case = format!("{ends_first}, {keep_started}: {warned:?}");
        assert_eq!(told, Vec::<String>::new(), "{case}");
        assert!(!warned.is_empty(), "{case}");
        assert!(ends.state.is_none(), "{case}");
        assert_eq!(stays.state(), Value::from("STARTED"), "{case}");
        assert_eq!(ends.atlas.state(NAME).as_deref(), Some("STARTED"), "{case}");
        // Where the host plans the destroy first and applies it first, the processor is bounced.
        let (starts, stops) = ends.since();
        assert!(
            starts == stops && stops <= usize::from(ends_first),
            "{case}"
        );
        nothing_is_planned(&mut stays).await;
    }
}

/// What one object does that ends, or goes to another processor, beside one that stays and is changed at the same time.
#[tokio::test(start_paused = true)]
async fn an_edit_of_what_stays_and_a_rename_of_what_ends_come_to_the_same() {
    for (ends_first, renames, edits) in iproduct!([true, false], [true, false], [true, false]) {
        let mut ends = destroyed_with_a_stop();
        ends.atlas.add_processor(OTHER, "CREATED");
        applied(&mut ends).await;
        let mut stays = Terraform::of(ends.atlas.clone());
        applied(&mut stays).await;
        if renames {
            ends.edit(&stopped_on_destroy(&[(
                "processor_name",
                Value::from(OTHER),
            )]));
        } else {
            ends.config = None;
        }
        if edits {
            stays.edit(&stopped_on_destroy(&[]));
        }
        // Whatever is applied first, too.
        let (told, _) = in_order(&mut ends, &mut stays, ends_first).await;
        let case = format!("{ends_first}, {renames}, {edits}");
        assert_eq!(told, Vec::<String>::new(), "{case}");
        assert_eq!(stays.state(), Value::from("STARTED"), "{case}");
        let truth = ends.atlas.state(NAME);
        assert_eq!(truth.as_deref(), Some("STARTED"), "{case}");
        nothing_is_planned(&mut stays).await;
    }
}

/// The host may apply in another order than it planned, and plans once more before it does.
#[tokio::test(start_paused = true)]
async fn what_is_planned_once_more_stays_as_it_was() {
    for ends_first in [true, false] {
        let mut ends = destroyed_with_a_stop();
        applied(&mut ends).await;
        let mut stays = Terraform::of(ends.atlas.clone());
        applied(&mut stays).await;
        ends.config = None;
        stays.edit(&stopped_on_destroy(&[]));
        let planning = ends.process();
        let of_ends = ends.refresh_all_in(&planning).await;
        let of_stays = stays.refresh_all_in(&planning).await;
        let (of_ends, of_stays) = if ends_first {
            let of_ends = ends.plan_after(&planning, of_ends);
            (of_ends, stays.plan_after(&planning, of_stays))
        } else {
            let of_stays = stays.plan_after(&planning, of_stays);
            (ends.plan_after(&planning, of_ends), of_stays)
        };
        let applying = ends.process();
        let mut told = ends.apply_in(&applying, of_ends).await;
        told.extend(stays.apply_in(&applying, of_stays).await);
        assert_eq!(errors(&told), Vec::<String>::new(), "{ends_first}");
        let truth = ends.atlas.state(NAME);
        assert_eq!(truth.as_deref(), Some("STARTED"), "{ends_first}");
        nothing_is_planned(&mut stays).await;
    }
}

/// One that stands still and is to, holds nothing running.
#[tokio::test(start_paused = true)]
async fn one_at_rest_does_not_keep_another_from_stopping() {
    for ends_first in [true, false] {
        let mut stays = Terraform::with_processor("CREATED")
            .configured(&[("keep_started", Value::from(false))]);
        applied(&mut stays).await;
        an_hour_passes(&mut stays).await;
        stays.atlas.set_state(NAME, "STOPPED");
        let mut ends = Terraform::of(stays.atlas.clone()).configured(&stopped_on_destroy(&[]));
        interrupted_in_doubt(&mut ends).await;
        ends.config = None;
        let (told, _) = in_order(&mut ends, &mut stays, ends_first).await;
        assert_eq!(told, Vec::<String>::new(), "{ends_first}");
        let truth = in_the_end(&ends, NAME).await;
        assert_eq!(truth.as_deref(), Some("STOPPED"), "{ends_first}");
    }
}

#[tokio::test(start_paused = true)]
async fn both_of_two_that_are_destroyed_stop_it() {
    let mut first = destroyed_with_a_stop();
    applied(&mut first).await;
    let mut second =
        Terraform::of(first.atlas.clone()).configured(&[("stop_on_destroy", Value::from(true))]);
    applied(&mut second).await;
    (first.config, second.config) = (None, None);
    let (told, _) = both(&mut first, &mut second).await;
    assert_eq!(told, Vec::<String>::new());
    assert_eq!(first.atlas.state(NAME).as_deref(), Some("STOPPED"));
}

/// A replace that timed out after its create came first leaves the old object beside the new one, which is then declared sound.
#[tokio::test(start_paused = true)]
async fn what_a_replace_left_over_does_not_stop_what_took_its_place() {
    for feeds_planned_private in [true, false] {
        let mut terraform = Terraform::with_processor("CREATED").configured(&[
            ("stop_on_destroy", Value::from(true)),
            ("if_started", Value::from("restart")),
            timeouts("90s"),
        ]);
        terraform.create_before_destroy = true;
        terraform.feeds_planned_private = feeds_planned_private;
        applied(&mut terraform).await;
        terraform.replace = true;
        let slow = starting_for(1_000);
        terraform.atlas.settings(|settings| settings.start = slow);
        assert_eq!(applied(&mut terraform).await.0.len(), 1);
        terraform.replace = false;
        let usual = StartBehaviour::default();
        terraform.atlas.settings(|settings| settings.start = usual);
        terraform.atlas.set_state(NAME, "STARTED");
        assert_eq!(terraform.deposed.len(), 1);
        terraform.untaint();
        assert_eq!(applied(&mut terraform).await.0, Vec::<String>::new());
        assert!(terraform.deposed.is_empty());
        // Where the host tells the destroy nothing of the plan, it stops the processor, and the next apply makes that good.
        assert_eq!(applied(&mut terraform).await.0, Vec::<String>::new());
        let truth = terraform.atlas.state(NAME);
        assert_eq!(truth.as_deref(), Some("STARTED"));
        assert_eq!(terraform.state(), Value::from("STARTED"));
        nothing_is_planned(&mut terraform).await;
    }
}

/// Nobody asked for a processor that stands still: the next apply starts it although `keep_started` would not.
#[tokio::test(start_paused = true)]
async fn a_replace_that_was_interrupted_at_its_stop_is_made_good() {
    let mut terraform = Terraform::with_processor("CREATED").configured(&[
        ("stop_on_destroy", Value::from(true)),
        ("keep_started", Value::from(false)),
    ]);
    applied(&mut terraform).await;
    let slowly = Lag::Time(Duration::from_secs(4));
    terraform
        .atlas
        .settings(|settings| settings.stop_lag = Some(slowly));
    terraform.replace = true;
    terraform.interrupt_after = Some(Duration::from_secs(1));
    let (told, _) = applied(&mut terraform).await;
    assert!(told[0].contains("starts the processor again"), "{told:?}");
    (terraform.replace, terraform.interrupt_after) = (false, None);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(terraform.atlas.state(NAME).as_deref(), Some("STOPPED"));
    assert_eq!(applied(&mut terraform).await.0, Vec::<String>::new());
    assert_eq!(terraform.atlas.state(NAME).as_deref(), Some("STARTED"));
    nothing_is_planned(&mut terraform).await;
}

/// A processor moves to a new address, whose start may have been accepted: the old address, which goes, does not stop it.
#[tokio::test(start_paused = true)]
async fn a_start_in_doubt_at_another_address_is_left_running() {
    let mut goes = destroyed_with_a_stop();
    applied(&mut goes).await;
    goes.atlas.set_state(NAME, "STOPPED");
    let mut comes = Terraform::of(goes.atlas.clone()).configured(&[timeouts("20s")]);
    goes.config = None;
    let planning = goes.process();
    let refreshed = goes.refresh_all_in(&planning).await;
    let of_one = goes.plan_after(&planning, refreshed);
    let of_other = comes.plan_after(&planning, Diagnostics::default());
    // The answer to the start is lost, and so is that of the look after it, until the time is over.
    for fault in [
        Fault::on(Operation::Start, Effect::Reset { processed: true }),
        Fault::on(Operation::Get, Effect::NoAnswer { processed: true }).skip(1),
    ] {
        goes.atlas.fault(fault);
    }
    let applying = goes.process();
    let told = errors(&comes.apply_in(&applying, of_other).await);
    assert!(told[0].contains("may have accepted the start"), "{told:?}");
    let told = warnings(&goes.apply_in(&applying, of_one).await);
    assert!(told[0].contains("was not stopped"), "{told:?}");
    assert_eq!(goes.atlas.state(NAME).as_deref(), Some("STARTED"));
    assert_eq!(goes.stops(), 0);
}
