//! A host that reads the second address of a processor only after it has planned the first: what was promised by then stays so,
//! although the apply learns of the other's doubts.

use serde_json::Value as Json;
use terraform_provider_atlas::framework::Value;

use super::lasting::{lasting, lose_stop, secs};
use super::left_behind::{OTHER, destroyed_with_a_stop, stopped_on_destroy};
use super::other_objects::planned_one_by_one;
use super::terraform::{Action, Terraform};
use super::words::{NAME, an_hour_passes, applied, errors, nothing_is_planned, timeouts};

/// What becomes of the object whose stop was lost.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Then {
    TriesAgain,
    IsTakenBack,
    Goes,
    IsForgotten,
    IsRenamed,
    IsRenamedWithCreateBeforeDestroy,
}

const THEN: [Then; 6] = [
    Then::TriesAgain,
    Then::IsTakenBack,
    Then::Goes,
    Then::IsForgotten,
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
        Then::IsRenamed | Then::IsRenamedWithCreateBeforeDestroy => {
            lost.edit(&stopped_on_destroy(&[(
                "processor_name",
                Value::from(OTHER),
            )]));
        }
    }
    (lost, edited)
}

#[tokio::test(start_paused = true)]
async fn a_harmless_edit_that_was_planned_first_is_applied_as_planned() {
    let mut bad = Vec::new();
    for late in [None, Some(5), Some(25)] {
        for then in THEN {
            for feeds in [false, true] {
                for edited_is_applied_first in [false, true] {
                    let (mut lost, mut edited) = beside_a_lost_stop(late, then, feeds).await;
                    edited.edit(&[timeouts("120s")]);
                    let promised = edited.attribute("started_at");
                    let (of_edited, of_lost, _) = planned_one_by_one(&mut edited, &mut lost).await;
                    assert_eq!(of_edited.action, Action::Update);
                    let applying = edited.process();
                    let told = if edited_is_applied_first {
                        let mut told = edited.apply_in(&applying, of_edited).await;
                        told.extend(lost.apply_in(&applying, of_lost).await);
                        told
                    } else {
                        let mut told = lost.apply_in(&applying, of_lost).await;
                        told.extend(edited.apply_in(&applying, of_edited).await);
                        told
                    };
                    let case = format!("{late:?} {then:?} {feeds} {edited_is_applied_first}");
                    lasting(&mut edited, &case, &errors(&told), &mut bad).await;
                    if edited.atlas.state(NAME).as_deref() != Some("STARTED") {
                        continue;
                    }
                    nothing_is_planned(&mut edited).await;
                    // A start of this object is one without a tier; its time could not be told at once.
                    let started_it = edited.atlas.starts(NAME).last() == Some(&Json::Null);
                    let is_new = edited.attribute("started_at") != promised;
                    assert_eq!(is_new, started_it, "{case}");
                }
            }
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}
