//! Several objects of one processor, all of which end in one run: the last of them stops it.

use itertools::iproduct;
use terraform_provider_atlas::framework::{Diagnostics, Value};

use super::left_behind::{OTHER, destroyed_with_a_stop, in_the_end, stopped_on_destroy};
use super::other_objects::applied_in_turn;
use super::terraform::{Action, Terraform};
use super::words::{
    NAME, an_hour_passes, applied, errors, fails_although_accepted, timeouts, warnings,
};

fn named(name: &str) -> Vec<(&'static str, Value)> {
    stopped_on_destroy(&[("processor_name", Value::from(name)), timeouts("60s")])
}

/// The tainted object and those that are deposed beside it are of one address.
#[tokio::test(start_paused = true)]
async fn a_rename_after_a_failed_create_before_destroy_stops_what_is_left() {
    for (feeds, still_created_first, was_sound) in
        iproduct!([false, true], [true, false], [true, false])
    {
        let mut t = destroyed_with_a_stop();
        t.atlas.add_processor(OTHER, "CREATED");
        t.create_before_destroy = true;
        t.feeds_planned_private = feeds;
        t.edit(&stopped_on_destroy(&[timeouts("60s")]));
        if was_sound {
            applied(&mut t).await;
        } else {
            fails_although_accepted(&mut t).await;
        }
        an_hour_passes(&mut t).await;
        t.atlas.set_state(NAME, "STOPPED");
        t.replace = true;
        fails_although_accepted(&mut t).await;
        t.replace = false;
        an_hour_passes(&mut t).await;
        assert_eq!(t.deposed.len(), 1);
        t.create_before_destroy = still_created_first;
        t.edit(&named(OTHER));
        let (failed, _) = applied(&mut t).await;
        let case = format!("{feeds}, {still_created_first}, {was_sound}");
        assert_eq!(failed, Vec::<String>::new(), "{case}");
        assert!(t.deposed.is_empty(), "{case}");
        let truth = in_the_end(&t, NAME).await;
        assert_eq!(truth.as_deref(), Some("STOPPED"), "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_that_go_elsewhere_the_last_stops_it_whatever_is_new() {
    for (feeds, create_before_destroy) in iproduct!([false, true], [false, true]) {
        let mut first = destroyed_with_a_stop();
        for name in [OTHER, "third", "fourth"] {
            first.atlas.add_processor(name, "CREATED");
        }
        let mut second = Terraform::of(first.atlas.clone()).configured(&stopped_on_destroy(&[]));
        for one in [&mut first, &mut second] {
            one.feeds_planned_private = feeds;
            one.create_before_destroy = create_before_destroy;
            applied(one).await;
            an_hour_passes(one).await;
        }
        first.edit(&named(OTHER));
        second.edit(&named("third"));
        let mut new = Terraform::of(first.atlas.clone()).configured(&named("fourth"));
        new.feeds_planned_private = feeds;
        // The new one is planned when both are read and neither is planned.
        let planning = first.process();
        let of_first = first.refresh_all_in(&planning).await;
        let of_second = second.refresh_all_in(&planning).await;
        let of_new = new.plan_after(&planning, Diagnostics::default());
        let of_first = first.plan_after(&planning, of_first);
        let of_second = second.plan_after(&planning, of_second);
        let applying = first.process();
        let mut told = new.apply_in(&applying, of_new).await;
        told.extend(first.apply_in(&applying, of_first).await);
        told.extend(second.apply_in(&applying, of_second).await);
        let case = format!("{feeds}, {create_before_destroy}: {:?}", warnings(&told));
        assert_eq!(errors(&told), Vec::<String>::new(), "{case}");
        let truth = in_the_end(&first, NAME).await;
        assert_eq!(truth.as_deref(), Some("STOPPED"), "{case}");
    }
}

/// Of two that end, one has `stop_on_destroy`: whichever is the last, it is stopped.
#[tokio::test(start_paused = true)]
async fn one_of_two_that_end_stops_it_whoever_is_the_last() {
    for feeds in [false, true] {
        for (stops_goes_on, forgets_goes_on, new) in [
            (false, false, false),
            (false, false, true),
            (true, false, false),
            (false, true, false),
        ] {
            for (tainted, stops_first) in iproduct!([false, true], [true, false]) {
                let mut stops = destroyed_with_a_stop();
                for name in [OTHER, "third"] {
                    stops.atlas.add_processor(name, "CREATED");
                }
                let mut forgets = Terraform::of(stops.atlas.clone());
                for (one, goes_on) in [(&mut stops, stops_goes_on), (&mut forgets, forgets_goes_on)]
                {
                    one.feeds_planned_private = feeds;
                    applied(one).await;
                    an_hour_passes(one).await;
                    if goes_on {
                        let state = one.state.as_mut().expect("it is in state");
                        state.tainted = tainted;
                        one.edit(&[("processor_name", Value::from(OTHER))]);
                    } else {
                        one.config = None;
                    }
                }
                let mut third = Terraform::of(stops.atlas.clone()).configured(&named("third"));
                third.feeds_planned_private = feeds;
                let planning = stops.process();
                let of_stops = stops.refresh_all_in(&planning).await;
                let of_forgets = forgets.refresh_all_in(&planning).await;
                let of_third = third.plan_after(&planning, Diagnostics::default());
                let of_stops = stops.plan_after(&planning, of_stops);
                let of_forgets = forgets.plan_after(&planning, of_forgets);
                let applying = stops.process();
                if new {
                    third.apply_in(&applying, of_third).await;
                }
                let (of_stops, of_forgets) = ((&mut stops, of_stops), (&mut forgets, of_forgets));
                applied_in_turn(&applying, of_forgets, of_stops, stops_first).await;
                let truth = in_the_end(&stops, NAME).await;
                assert_eq!(
                    truth.as_deref(),
                    Some("STOPPED"),
                    "{feeds}, {stops_goes_on}, {forgets_goes_on}, {new}, {tainted}, {stops_first}"
                );
            }
        }
    }
}

/// The tainted object and the deposed one, of which only one has `stop_on_destroy`.
#[tokio::test(start_paused = true)]
async fn of_a_tainted_and_a_deposed_one_one_stops_it() {
    for (feeds, deposed_stops, still_created_first) in
        iproduct!([false, true], [false, true], [false, true])
    {
        let mut t = destroyed_with_a_stop();
        t.atlas.add_processor(OTHER, "CREATED");
        t.create_before_destroy = true;
        t.feeds_planned_private = feeds;
        let with = |stops: bool, name: &str| {
            [
                ("stop_on_destroy", Value::from(stops)),
                ("processor_name", Value::from(name)),
                timeouts("60s"),
            ]
        };
        t.edit(&with(deposed_stops, NAME));
        applied(&mut t).await;
        an_hour_passes(&mut t).await;
        t.atlas.set_state(NAME, "STOPPED");
        t.edit(&with(!deposed_stops, NAME));
        t.replace = true;
        fails_although_accepted(&mut t).await;
        t.replace = false;
        an_hour_passes(&mut t).await;
        t.create_before_destroy = still_created_first;
        t.edit(&with(!deposed_stops, OTHER));
        applied(&mut t).await;
        let truth = in_the_end(&t, NAME).await;
        let case = format!("{feeds}, {deposed_stops}, {still_created_first}");
        assert_eq!(truth.as_deref(), Some("STOPPED"), "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_announced_of_a_failed_one_that_stops_nothing() {
    let mut sound = Terraform::with_processor("CREATED");
    applied(&mut sound).await;
    let mut failed = Terraform::of(sound.atlas.clone()).configured(&[timeouts("60s")]);
    sound.atlas.set_state(NAME, "STOPPED");
    fails_although_accepted(&mut failed).await;
    sound.atlas.set_state(NAME, "STARTED");
    an_hour_passes(&mut sound).await;
    let planning = sound.process();
    let of_sound = sound.refresh_all_in(&planning).await;
    let of_failed = failed.refresh_all_in(&planning).await;
    failed.plan_after(&planning, of_failed);
    let of_sound = sound.plan_after(&planning, of_sound);
    assert_eq!(of_sound.action, Action::NoOp);
    assert_eq!(warnings(&of_sound.diagnostics), Vec::<String>::new());
}
