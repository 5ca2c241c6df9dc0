//! A host that reads the second address of a processor only after it has planned the first: what was promised by then stays so,
//! although the apply learns of the other's doubts.

use itertools::iproduct;
use serde_json::Value as Json;
use terraform_provider_atlas::framework::{Diagnostics, Value};

use super::lasting::{lasting, lose_stop, secs};
use super::left_behind::{OTHER, destroyed_with_a_stop, stopped_on_destroy};
use super::other_objects::{applied_in_turn, planned_one_by_one};
use super::terraform::{Action, Terraform};
use super::words::{
    NAME, an_hour_passes, applied, errors, fails_although_accepted, nothing_is_planned, timeouts,
    warnings,
};

/// What becomes of the object whose stop was lost.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Then {
    TriesAgain,
    IsTakenBack,
    Goes,
    IsForgotten,
    IsReplaced,
    IsRenamed,
    IsRenamedWithCreateBeforeDestroy,
}

const THEN: [Then; 7] = [
    Then::TriesAgain,
    Then::IsTakenBack,
    Then::Goes,
    Then::IsForgotten,
    Then::IsReplaced,
    Then::IsRenamed,
    Then::IsRenamedWithCreateBeforeDestroy,
];

/// One object, whose stop, where it was sent, was lost `late` seconds before it takes effect, and another of the same processor.
async fn beside_a_lost_stop(late: Option<u64>, then: Then, feeds: bool) -> (Terraform, Terraform) {
    let mut lost = destroyed_with_a_stop();
    lost.atlas.add_processor(OTHER, "CREATED");
    lost.feeds_planned_private = feeds;
    lost.create_before_destroy = then == Then::IsRenamedWithCreateBeforeDestroy;
    lost.edit(&stopped_on_destroy(&[("tier", Value::from("SP10"))]));
    applied(&mut lost).await;
    let mut edited = Terraform::of(lost.atlas.clone());
    edited.feeds_planned_private = feeds;
    applied(&mut edited).await;
    an_hour_passes(&mut lost).await;
    an_hour_passes(&mut edited).await;
    lost.edit(&stopped_on_destroy(&[("tier", Value::from("SP30"))]));
    if let Some(late) = late {
        lose_stop(&lost, late);
        lost.interrupt_after = Some(secs(3));
        assert_eq!(applied(&mut lost).await.0.len(), 1);
        lost.interrupt_after = None;
    }
    match then {
        Then::TriesAgain => {}
        Then::IsTakenBack => lost.edit(&stopped_on_destroy(&[("tier", Value::from("SP10"))])),
        Then::Goes => lost.config = None,
        Then::IsForgotten => {
            // An earlier apply would have taken the time in which the stop comes.
            let state = lost.state.as_mut().expect("it is in state");
            state.value.set("stop_on_destroy", false);
            lost.config = None;
        }
        Then::IsReplaced => lost.replace = true,
        Then::IsRenamed | Then::IsRenamedWithCreateBeforeDestroy => {
            lost.edit(&stopped_on_destroy(&[(
                "processor_name",
                Value::from(OTHER),
            )]));
        }
    }
    (lost, edited)
}

/// No plan is told of a tainted object, which may go to another processor. One that is read and planned after it, and has something to do,
/// learns of it in the apply.
#[tokio::test(start_paused = true)]
async fn a_tainted_one_that_goes_to_another_processor_leaves_it_to_who_is_applied_too() {
    for (feeds, stays_is_applied_first, fails) in
        iproduct!([false, true], [false, true], [false, true])
    {
        let mut stays = Terraform::with_processor("CREATED");
        stays.atlas.add_processor(OTHER, "CREATED");
        stays.feeds_planned_private = feeds;
        applied(&mut stays).await;
        let mut goes =
            Terraform::of(stays.atlas.clone()).configured(&stopped_on_destroy(&[timeouts("60s")]));
        goes.feeds_planned_private = feeds;
        if fails {
            stays.atlas.set_state(NAME, "STOPPED");
            fails_although_accepted(&mut goes).await;
        } else {
            applied(&mut goes).await;
            goes.state.as_mut().expect("it is in state").tainted = true;
        }
        goes.edit(&stopped_on_destroy(&[(
            "processor_name",
            Value::from(OTHER),
        )]));
        stays.edit(&[timeouts("120s")]);
        let (of_goes, of_stays, _) = planned_one_by_one(&mut goes, &mut stays).await;
        let applying = goes.process();
        let (of_goes, of_stays) = ((&mut goes, of_goes), (&mut stays, of_stays));
        let told = applied_in_turn(&applying, of_goes, of_stays, stays_is_applied_first).await;
        let case = format!("{feeds}, {stays_is_applied_first}, {fails}");
        assert_eq!(errors(&told), Vec::<String>::new(), "{case}");
        assert_eq!(stays.state(), Value::from("STARTED"), "{case}");
        let truth = stays.atlas.state(NAME);
        assert_eq!(truth.as_deref(), Some("STARTED"), "{case}");
        nothing_is_planned(&mut stays).await;
    }
}

/// A new one elsewhere and two that are sound: nothing ends, and nothing is planned, whatever is read and planned first.
#[tokio::test(start_paused = true)]
async fn a_create_elsewhere_makes_no_change_of_what_is_shared() {
    for all_are_read_first in [false, true] {
        let mut first = Terraform::with_processor("CREATED");
        first.atlas.add_processor(OTHER, "CREATED");
        applied(&mut first).await;
        let mut second = Terraform::of(first.atlas.clone());
        applied(&mut second).await;
        let new = Terraform::of(first.atlas.clone())
            .configured(&[("processor_name", Value::from(OTHER))]);
        let planning = first.process();
        let refreshed = first.refresh_all_in(&planning).await;
        let mut of_second = Diagnostics::default();
        if all_are_read_first {
            of_second = second.refresh_all_in(&planning).await;
        }
        let planned = new.plan_after(&planning, Diagnostics::default());
        assert_eq!(planned.action, Action::Create);
        assert_eq!(first.plan_after(&planning, refreshed).action, Action::NoOp);
        if !all_are_read_first {
            of_second = second.refresh_all_in(&planning).await;
        }
        assert_eq!(second.plan_after(&planning, of_second).action, Action::NoOp);
    }
}

/// What was planned to stay at rest does: nobody could be told of another end of it.
#[tokio::test(start_paused = true)]
async fn what_was_promised_to_be_at_rest_is_not_started_for_another() {
    let (mut lost, mut edited) = beside_a_lost_stop(Some(5), Then::Goes, false).await;
    tokio::time::sleep(secs(8)).await;
    let at_rest = |time| [timeouts(time), ("keep_started", Value::from(false))];
    edited.edit(&at_rest("60s"));
    let (of_edited, of_lost, _) = planned_one_by_one(&mut edited, &mut lost).await;
    assert_eq!(of_edited.value.attribute("state"), &Value::from("STOPPED"));
    edited.since();
    let applying = edited.process();
    lost.apply_in(&applying, of_lost).await;
    edited.apply_in(&applying, of_edited).await;
    assert_eq!(edited.since().0, 0);
    assert_eq!(edited.state(), Value::from("STOPPED"));
    assert_eq!(edited.atlas.state(NAME).as_deref(), Some("STOPPED"));
}

#[derive(Clone, Copy, Debug)]
struct Case {
    late: Option<u64>,
    then: Then,
    feeds: bool,
    edits: bool,
    edited_is_applied_first: bool,
}

impl Case {
    fn stops_after_all(self) -> bool {
        self.then == Then::IsRenamedWithCreateBeforeDestroy && !self.feeds && !self.edits
    }
}

fn cases() -> impl Iterator<Item = Case> {
    let both = [false, true];
    let lates = [None, Some(5), Some(25)];
    let all = iproduct!(lates, THEN, both, both, both);
    all.map(|(late, then, feeds, edits, edited_is_applied_first)| Case {
        late,
        then,
        feeds,
        edits,
        edited_is_applied_first,
    })
}

#[tokio::test(start_paused = true)]
async fn what_was_planned_first_is_applied_as_planned_and_tells_the_truth() {
    let mut bad = Vec::new();
    for case in cases() {
        let (mut lost, mut edited) = beside_a_lost_stop(case.late, case.then, case.feeds).await;
        if case.edits {
            edited.edit(&[timeouts("120s")]);
        }
        let promised = edited.attribute("started_at");
        let (of_edited, of_lost, planned) = planned_one_by_one(&mut edited, &mut lost).await;
        assert_eq!(of_edited.action == Action::Update, case.edits, "{case:?}");
        let applying = edited.process();
        edited.since();
        let (of_lost, of_edited) = ((&mut lost, of_lost), (&mut edited, of_edited));
        let told =
            applied_in_turn(&applying, of_lost, of_edited, case.edited_is_applied_first).await;
        let told = errors(&told);
        if case.stops_after_all() {
            // Nothing is handed on to the destroy half that comes last: the plan says so, and the next apply repairs it.
            let warned = warnings(&planned);
            assert!(
                warned.iter().any(|one| one.contains("apply once more")),
                "{warned:?}"
            );
            applied(&mut edited).await;
        }
        if case.then == Then::IsReplaced && case.late.is_none() {
            // It was asked for, and means it.
            assert_eq!(edited.since(), (1, 1), "{case:?}");
        }
        // The create half waits by itself, and starts what the stop has brought to rest.
        assert!(
            case.then != Then::IsReplaced || told.is_empty(),
            "{case:?}: {told:?}"
        );
        lasting(&mut edited, &format!("{case:?}"), &told, &mut bad).await;
        if edited.atlas.state(NAME).as_deref() != Some("STARTED") {
            continue;
        }
        nothing_is_planned(&mut edited).await;
        // A start of this object is one without a tier; where the plan had promised another time, the refresh tells it.
        let started_it = edited.atlas.starts(NAME).last() == Some(&Json::Null);
        let is_new = edited.attribute("started_at") != promised;
        assert_eq!(is_new, started_it, "{case:?}");
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}
