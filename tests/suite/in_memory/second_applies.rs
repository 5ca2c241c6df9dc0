//! After a create that failed although its start was, or may have been, accepted, Terraform plans a replace: the second apply
//! makes at most one further start, and none if the processor is STARTED by then; the third plan is empty.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, StartBehaviour};
use itertools::iproduct;
use terraform_provider_atlas::framework::{Diagnostics, Value};

use super::terraform::{Action, Terraform};
use super::words::{NAME, after, errors, tell, timeouts};

/// The ways in which a create fails after its start.
pub(super) const FAILURES: [&str; 5] = [
    "FAILED",
    "timeout",
    "interruption",
    "lost answer",
    "lost answer, not accepted",
];

/// What Atlas shows by the second apply. One that was deleted and made anew is CREATED.
const BY_THEN: [&str; 6] = [
    "STARTED",
    "STOPPED",
    "FAILED",
    "STARTING",
    "deleted",
    "made anew",
];

/// One row of the table.
#[derive(Clone, Copy, Debug)]
struct Row {
    failure: &'static str,
    stop_on_destroy: bool,
    if_started: &'static str,
    create_before_destroy: bool,
    feeds_planned_private: bool,
    addresses: usize,
}

fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (failure, if_started, bits) in iproduct!(FAILURES, ["keep", "restart", "error"], 0..16) {
        rows.push(Row {
            failure,
            if_started,
            stop_on_destroy: bits & 1 > 0,
            create_before_destroy: bits & 2 > 0,
            feeds_planned_private: bits & 4 > 0,
            addresses: if bits & 8 > 0 { 2 } else { 1 },
        });
    }
    rows
}

impl Row {
    /// Before Terraform 1.16 nobody can tell a create whose place it takes where its destroy comes after it, nor a second address
    /// that sent nothing of its own: they are creates like any other, and mean their `if_started`. Only its default does right.
    fn is_told(self) -> bool {
        self.feeds_planned_private || (!self.create_before_destroy && self.addresses == 1)
    }
}

pub(super) fn arguments(stop_on_destroy: bool, if_started: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("stop_on_destroy", Value::from(stop_on_destroy)),
        ("if_started", Value::from(if_started)),
        timeouts("90s"),
    ]
}

/// A create that failed in this way; afterwards Atlas behaves again.
pub(super) async fn failed_create(
    failure: &'static str,
    stop_on_destroy: bool,
    if_started: &'static str,
) -> Terraform {
    let row = Row {
        failure,
        stop_on_destroy,
        if_started,
        create_before_destroy: false,
        feeds_planned_private: false,
        addresses: 1,
    };
    let mut terraform = failed(row).await;
    terraform.remove(0)
}

/// The addresses of such a create, all of one processor.
async fn failed(row: Row) -> Vec<Terraform> {
    let mut first = Terraform::with_processor("CREATED");
    let slow = StartBehaviour::slow("STARTING", Lag::Time(Duration::from_secs(1_000)));
    let lost = |processed| Fault::on(Operation::Start, Effect::NoAnswer { processed });
    let unread = || {
        Fault::on(Operation::Get, Effect::unexpected_error(false))
            .skip(1)
            .always()
    };
    let starts = match row.failure {
        "FAILED" => StartBehaviour::failing("STARTING", Lag::Polls(2)),
        "timeout" | "interruption" => slow,
        _ => StartBehaviour::default(),
    };
    first.atlas.settings(|settings| settings.start = starts);
    match row.failure {
        "interruption" => first.interrupt_after = Some(Duration::from_secs(20)),
        "lost answer" | "lost answer, not accepted" => {
            first.atlas.fault(lost(row.failure == "lost answer"));
            first.atlas.fault(unread());
        }
        _ => {}
    }
    let mut all = vec![first];
    if row.addresses == 2 {
        let mut second = Terraform::of(all[0].atlas.clone());
        second.interrupt_after = all[0].interrupt_after;
        all.push(second);
    }
    for address in &mut all {
        address.edit(&arguments(row.stop_on_destroy, row.if_started));
        address.create_before_destroy = row.create_before_destroy;
        address.feeds_planned_private = row.feeds_planned_private;
    }
    let diagnostics = apply(&mut all).await;
    assert!(diagnostics.has_error(), "{row:?}");
    assert!(all[0].is_tainted(), "{row:?}: {diagnostics:?}");
    let atlas = &all[0].atlas;
    atlas.settings(|settings| settings.start = StartBehaviour::default());
    atlas.clear_faults();
    for address in &mut all {
        address.interrupt_after = None;
    }
    all
}

/// `terraform apply` of a configuration that holds all of these: one process plans, another one applies.
async fn apply(all: &mut [Terraform]) -> Diagnostics {
    let planning = all[0].process();
    let mut refreshed = Vec::new();
    for address in &mut *all {
        refreshed.push(address.refresh_all_in(&planning).await);
    }
    let mut diagnostics = Diagnostics::default();
    let mut plans = Vec::new();
    for (address, refreshed) in all.iter().zip(refreshed) {
        let mut plan = address.plan_after(&planning, refreshed);
        diagnostics.extend(std::mem::take(&mut plan.diagnostics));
        plans.push(plan);
    }
    if diagnostics.has_error() {
        return diagnostics;
    }
    let applying = all[0].process();
    let mut plans = plans.into_iter();
    let mut next = || plans.next().expect("a plan for each");
    match all {
        [one] => diagnostics.extend(one.apply_in(&applying, next()).await),
        [one, other] => {
            let (first, second) = (next(), next());
            let both = tokio::join!(
                one.apply_in(&applying, first),
                other.apply_in(&applying, second)
            );
            diagnostics.extend(both.0);
            diagnostics.extend(both.1);
        }
        _ => panic!("one address or two"),
    }
    applying.0.farewell().await;
    diagnostics
}

/// What became of the processor between the two applies.
fn goes_on(all: &[Terraform], by_then: &'static str) {
    let atlas = &all[0].atlas;
    match by_then {
        "deleted" => atlas.remove_processor(NAME),
        "made anew" => {
            atlas.remove_processor(NAME);
            atlas.add_processor(NAME, "CREATED");
        }
        "STARTING" => {
            atlas.set_state(NAME, "STARTING");
            after(atlas, 30, |atlas| atlas.set_state(NAME, "STARTED"));
        }
        state => atlas.set_state(NAME, state),
    }
    atlas.clear_record();
}

async fn nothing_is_left_to_do(all: &mut [Terraform], what: &str) {
    for address in all {
        let plan = address.plan().await;
        assert_eq!(plan.action, Action::NoOp, "{what}: {:?}", plan.diagnostics);
        assert!(
            address.deposed.is_empty() && !address.is_tainted(),
            "{what}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_second_apply_starts_at_most_once_and_not_at_all_what_runs_by_then() {
    let (mut cases, mut older) = (0, 0);
    for (row, by_then) in iproduct!(rows(), BY_THEN) {
        let what = format!("{row:?}, {by_then}");
        let mut all = failed(row).await;
        goes_on(&all, by_then);
        let before = all[0].atlas.starts(NAME).len();
        let failed = errors(&apply(&mut all).await);
        let accepted = all[0].atlas.starts(NAME).len().saturating_sub(before);
        let (starts, stops) = (all[0].starts(), all[0].stops());
        cases += 1;
        if by_then == "deleted" {
            assert_eq!((accepted, stops), (0, 0), "{what}");
            assert!(failed[0].contains("does not exist"), "{what}: {failed:?}");
            assert!(all.iter().all(|one| one.state.is_none()), "{what}");
            continue;
        }
        let runs = matches!(by_then, "STARTED" | "STARTING");
        let found_running = runs || row.addresses == 2;
        if !row.is_told() && row.if_started != "keep" && found_running {
            older += 1;
            if row.if_started == "restart" {
                assert_eq!(failed, Vec::<String>::new(), "{what}");
                assert!(starts <= row.addresses && stops <= row.addresses, "{what}");
            } else {
                let named = failed.iter().all(|failed| failed.contains("untaint"));
                assert!(named, "{what}: {failed:?}");
                assert_eq!((starts, stops), (usize::from(!runs), 0), "{what}");
            }
            if failed.is_empty() {
                nothing_is_left_to_do(&mut all, &what).await;
            }
            continue;
        }
        assert_eq!(failed, Vec::<String>::new(), "{what}");
        assert_eq!((starts, stops), (usize::from(!runs), 0), "{what}");
        let state = all[0].atlas.state(NAME);
        assert_eq!(state.as_deref(), Some("STARTED"), "{what}");
        nothing_is_left_to_do(&mut all, &what).await;
    }
    tell(&format!(
        "\nThe second apply after a failed create: {cases} cases passed, in {older} of them an older host cannot tell the create\n"
    ));
}

#[tokio::test(start_paused = true)]
async fn a_replace_that_is_asked_for_means_it_once_the_taint_is_taken_back() {
    let mut cases = 0;
    for (row, untaint, by_then) in iproduct!(
        rows().into_iter().filter(|row| row.addresses == 1),
        [true, false],
        ["STARTED", "STOPPED"]
    ) {
        let what = format!("{row:?}, {by_then}, {untaint}");
        let mut all = failed(row).await;
        goes_on(&all, by_then);
        if untaint {
            all[0].untaint();
        }
        all[0].replace = true;
        let failed = errors(&apply(&mut all).await);
        all[0].replace = false;
        let sent = all[0].since();
        cases += 1;
        let runs = by_then == "STARTED";
        let stops_first = row.stop_on_destroy && !row.create_before_destroy;
        let means_it = untaint || !row.is_told();
        // What is still tainted is replaced anyway, and takes what runs as its own.
        let wanted = match row.if_started {
            _ if !runs => Some((1, 0)),
            _ if untaint && stops_first => Some((1, 1)),
            "restart" if means_it => Some((1, 1)),
            "error" if means_it => None,
            _ => Some((0, 0)),
        };
        let Some(wanted) = wanted else {
            assert!(failed[0].contains("STARTED already"), "{what}: {failed:?}");
            assert_eq!(sent, (0, 0), "{what}");
            continue;
        };
        assert_eq!(failed, Vec::<String>::new(), "{what}");
        assert_eq!(sent, wanted, "{what}");
        nothing_is_left_to_do(&mut all, &what).await;
    }
    tell(&format!(
        "\nA replace that was asked for after a failed create: {cases} cases passed\n"
    ));
}

#[tokio::test(start_paused = true)]
async fn an_untaint_settles_it() {
    for row in rows().into_iter().filter(|row| row.addresses == 1) {
        let mut all = failed(row).await;
        goes_on(&all, "STARTED");
        all[0].untaint();
        nothing_is_left_to_do(&mut all, &format!("{row:?}")).await;
        assert_eq!(all[0].since(), (0, 0), "{row:?}");
    }
}
