//! The mark of a failed create on its way through one process and the next: who may see it, and who must not.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Operation, StartBehaviour, known};
use terraform_provider_atlas::framework::Value;

use super::one_run::Run;
use super::terraform::{Action, Stored, Terraform};
use super::words::{
    NAME, applied, configuration, configure, errors, fails_although_accepted, timeouts, warnings,
};

const OTHER: &str = "invoices";

fn another() -> (&'static str, Value) {
    ("processor_name", Value::from(OTHER))
}

fn arguments() -> Vec<(&'static str, Value)> {
    vec![("stop_on_destroy", Value::from(true)), timeouts("90s")]
}

/// A create that timed out; the processor runs by now.
async fn failed_create() -> Terraform {
    let mut terraform = Terraform::with_processor("CREATED").configured(&arguments());
    terraform.atlas.add_processor(OTHER, "CREATED");
    fails_although_accepted(&mut terraform).await;
    assert!(terraform.is_tainted());
    terraform
}

/// A process whose refresh has just seen the mark.
async fn saw(terraform: &Terraform) -> (Run, Stored) {
    let run = Run::on(&terraform.atlas);
    let stored = terraform.state.clone().expect("a state");
    let diagnostics = run.read(&stored).await;
    assert!(!diagnostics.has_error(), "{diagnostics:?}");
    assert_ne!(
        run.plan_create(&[], &[]),
        b"",
        "the create of the replace is told"
    );
    (run, stored)
}

#[tokio::test(start_paused = true)]
async fn a_plan_to_destroy_a_deposed_object_leaves_the_mark_of_the_current_one() {
    let (run, stored) = saw(&failed_create().await).await;
    let told = run.plan_create(&[], &[]);
    run.plan_destroy(&stored);
    assert_eq!(run.plan_create(&[], &[]), told);
}

/// A create that is to run before the destroy, and fails again.
async fn failing_again(feeds_planned_private: bool, effect: Effect) -> (Terraform, Vec<String>) {
    let mut terraform = failed_create().await;
    terraform.create_before_destroy = true;
    terraform.feeds_planned_private = feeds_planned_private;
    terraform.atlas.set_state(NAME, "STOPPED");
    let refused = Fault::on(Operation::Start, effect);
    terraform.atlas.fault(refused.always());
    let failed = errors(&terraform.apply().await);
    terraform.atlas.clear_faults();
    terraform.atlas.set_state(NAME, "STARTED");
    terraform.atlas.clear_record();
    (terraform, failed)
}

#[tokio::test(start_paused = true)]
async fn a_create_before_destroy_that_starts_nothing_keeps_the_object_that_there_was() {
    for feeds_planned_private in [true, false] {
        let (mut terraform, failed) =
            failing_again(feeds_planned_private, Effect::access_forbidden()).await;
        assert_eq!(failed.len(), 1, "{failed:?}");
        assert!(terraform.deposed.is_empty(), "{feeds_planned_private}");
        assert!(terraform.is_tainted(), "{feeds_planned_private}");
        let (errors, _) = applied(&mut terraform).await;
        assert_eq!(errors, Vec::<String>::new());
        assert_eq!(terraform.since(), (0, 0), "{feeds_planned_private}");
        assert_eq!(terraform.plan().await.action, Action::NoOp);
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_before_destroy_in_doubt_leaves_two_objects_and_the_next_apply_one() {
    for feeds_planned_private in [true, false] {
        let (mut terraform, failed) = failing_again(
            feeds_planned_private,
            Effect::stream_processor_timeout("workspace-1", NAME, false),
        )
        .await;
        assert_eq!(failed.len(), 1, "{failed:?}");
        assert_eq!(terraform.deposed.len(), 1, "{feeds_planned_private}");
        let (errors, _) = applied(&mut terraform).await;
        assert_eq!(errors, Vec::<String>::new());
        assert_eq!(terraform.since(), (0, 0), "{feeds_planned_private}");
        assert!(terraform.deposed.is_empty(), "{feeds_planned_private}");
        assert_eq!(terraform.atlas.state(NAME).as_deref(), Some("STARTED"));
        assert_eq!(terraform.plan().await.action, Action::NoOp);
    }
}

#[tokio::test(start_paused = true)]
async fn a_processor_deleted_before_its_failed_create_is_repeated_leaves_state() {
    let mut terraform = failed_create().await;
    let plan = terraform.plan().await;
    assert_eq!(plan.action, Action::Replace);
    terraform.atlas.remove_processor(NAME);
    let refused = errors(&terraform.apply_plan(plan).await);
    assert!(refused[0].contains("does not exist"), "{refused:?}");
    assert!(!refused[0].contains("is in state"), "{refused:?}");
    assert!(terraform.state.is_none(), "{:?}", terraform.state);
}

/// Whether a planned create is to take the place of a failed one.
fn takes_over(planned_private: &[u8]) -> bool {
    let told: serde_json::Value = serde_json::from_slice(planned_private).unwrap_or_default();
    told["resumes"].is_object()
}

#[tokio::test(start_paused = true)]
async fn a_deletion_seen_by_a_refresh_ends_the_mark() {
    let terraform = failed_create().await;
    let (run, stored) = saw(&terraform).await;
    terraform.atlas.remove_processor(NAME);
    assert!(run.read(&stored).await.is_empty());
    assert!(!takes_over(&run.plan_create(&[], &[])));
}

#[tokio::test(start_paused = true)]
async fn what_the_destroy_half_left_is_taken_by_one_create() {
    let terraform = failed_create().await;
    let (run, stored) = saw(&terraform).await;
    let told = run.plan_create(&[], &[]);
    let next = Run::on(&terraform.atlas);
    let deleted = next.delete(stored.value.clone(), told).await;
    // The create may never come, where something else fails before it.
    let warned = warnings(&deleted.diagnostics);
    assert!(warned[0].contains("terraform import"), "{warned:?}");
    assert_eq!(errors(&deleted.diagnostics), Vec::<String>::new());
    terraform.atlas.set_state(NAME, "STOPPED");
    let forbidden = Fault::on(Operation::Start, Effect::access_forbidden());
    terraform.atlas.fault(forbidden.always());
    let first = next.create(&arguments()).await;
    assert!(!first.state.is_null(), "what stood open is not forgotten");
    let second = next.create(&arguments()).await;
    assert!(second.diagnostics.has_error());
    assert!(second.state.is_null(), "{:?}", second.state);
}

#[tokio::test(start_paused = true)]
async fn configuring_again_makes_the_process_forget_the_mark() {
    let (run, _) = saw(&failed_create().await).await;
    configure(&run.provider, &[]);
    assert!(!takes_over(&run.plan_create(&[], &[])));
}

#[tokio::test(start_paused = true)]
async fn the_mark_of_one_processor_says_nothing_about_another() {
    let terraform = failed_create().await;
    let (run, _) = saw(&terraform).await;
    assert!(!takes_over(&run.plan_create(&[another()], &[])));
    // Nor does the word that a host feeds back to the second plan.
    let told = run.plan_create(&[], &[]);
    let next = Run::on(&terraform.atlas);
    assert!(!takes_over(&next.plan_create(&[another()], &told)));
    assert!(takes_over(&told));
    assert_eq!(next.plan_create(&[], &told), told);
}

#[tokio::test(start_paused = true)]
async fn a_destroy_that_is_told_of_another_processor_stops_all_the_same() {
    let terraform = failed_create().await;
    let (run, _) = saw(&terraform).await;
    let told = run.plan_create(&[], &[]);
    terraform.atlas.set_state(OTHER, "STARTED");
    let next = Run::on(&terraform.atlas);
    let mut prior = configuration(&[another()]);
    prior.set("stop_on_destroy", true);
    let deleted = next.delete(prior, told).await;
    assert!(deleted.diagnostics.is_empty(), "{:?}", deleted.diagnostics);
    assert_eq!(terraform.atlas.state(OTHER).as_deref(), Some("STOPPED"));
    assert_eq!(terraform.atlas.state(NAME).as_deref(), Some("STARTED"));
}

#[tokio::test(start_paused = true)]
async fn a_tainted_object_given_another_name_stops_the_old_and_starts_the_new() {
    let mut terraform = failed_create().await;
    let mut renamed = arguments();
    renamed.push(another());
    terraform.edit(&renamed);
    let (errors, _) = applied(&mut terraform).await;
    assert_eq!(errors, Vec::<String>::new());
    assert_eq!(terraform.atlas.state(NAME).as_deref(), Some("STOPPED"));
    assert_eq!(terraform.atlas.state(OTHER).as_deref(), Some("STARTED"));
    assert_eq!(terraform.since(), (1, 1));
    assert_eq!(terraform.plan().await.action, Action::NoOp);
}

#[tokio::test(start_paused = true)]
async fn a_replace_asked_for_of_a_tainted_object_is_the_replace_that_was_due_anyway() {
    let mut terraform = failed_create().await;
    terraform.replace = true;
    let (errors, _) = applied(&mut terraform).await;
    assert_eq!(errors, Vec::<String>::new());
    assert_eq!(terraform.since(), (0, 0));
    assert!(!terraform.is_tainted());
}

#[tokio::test(start_paused = true)]
async fn an_update_that_cannot_be_read_back_is_remembered() {
    for wait in [true, false] {
        let wait = ("wait", Value::from(wait));
        let tier = |tier: &str| vec![("tier", Value::from(tier)), wait.clone(), timeouts("90s")];
        let mut terraform = Terraform::with_processor("CREATED").configured(&tier("SP10"));
        applied(&mut terraform).await;
        terraform.edit(&tier("SP30"));
        // The refresh, the look before, and the one after the stop are let through.
        let forbidden = Fault::on(Operation::Get, Effect::access_forbidden()).skip(3);
        terraform.atlas.fault(forbidden.always());
        let diagnostics = terraform.apply().await;
        assert_eq!(errors(&diagnostics), Vec::<String>::new(), "{wait:?}");
        let told = diagnostics
            .iter()
            .any(|told| told.summary.contains("cannot be read back"));
        assert!(told, "{wait:?}: {diagnostics:?}");
        assert_eq!(terraform.state(), Value::Null, "{wait:?}");
        assert_eq!(
            terraform.attribute("tier"),
            Some(Value::from("SP30")),
            "{wait:?}"
        );
        let plan = terraform.plan().await;
        assert!(
            !plan.diagnostics.has_error(),
            "{wait:?}: {:?}",
            plan.diagnostics
        );
        assert_eq!(plan.action, Action::NoOp, "{wait:?}");
    }
}

/// A create whose start was accepted with SP10 and is not over, and which is then told to run with SP50.
async fn told_otherwise(if_started: &str) -> Terraform {
    let of = |tier: &str| {
        vec![
            ("tier", Value::from(tier)),
            ("if_started", Value::from(if_started)),
            timeouts("90s"),
        ]
    };
    let mut terraform = Terraform::with_processor("CREATED").configured(&of("SP10"));
    terraform
        .atlas
        .settings(|settings| "STARTING".clone_into(&mut settings.start.ends));
    assert!(terraform.apply().await.has_error());
    terraform.edit(&of("SP50"));
    terraform
}

#[tokio::test(start_paused = true)]
async fn a_resumed_create_that_sent_nothing_records_the_options_that_went_out_before() {
    let mut terraform = told_otherwise("keep").await;
    assert!(terraform.apply().await.has_error(), "still STARTING");
    assert_eq!(terraform.attribute("tier"), Some(Value::from("SP10")));
    assert!(
        terraform
            .attribute("started_at")
            .is_some_and(|at| at.is_known())
    );
    terraform.atlas.set_state(NAME, "STARTED");
    terraform.untaint();
    assert_eq!(
        terraform.plan().await.action,
        Action::Update,
        "SP50 was never sent"
    );
}

#[tokio::test(start_paused = true)]
async fn a_stop_of_ours_ends_what_a_resumed_create_could_take_as_its_own() {
    let mut terraform = told_otherwise("restart").await;
    terraform.atlas.set_state(NAME, "STARTED");
    terraform
        .atlas
        .settings(|settings| settings.start = StartBehaviour::default());
    terraform
        .atlas
        .fault(Fault::on(Operation::StartWith, Effect::access_forbidden()));
    assert!(
        terraform.apply().await.has_error(),
        "it was stopped, and not started"
    );
    // Somebody else starts it: a restart means it again.
    terraform.atlas.set_state(NAME, "STARTED");
    terraform.atlas.clear_record();
    assert!(!terraform.apply().await.has_error());
    assert_eq!((terraform.starts(), terraform.stops()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn of_two_objects_of_one_processor_the_later_one_tells_what_it_runs_of() {
    let of = |tier: &str| {
        vec![
            ("tier", Value::from(tier)),
            ("if_started", Value::from("restart")),
            ("stop_on_destroy", Value::from(true)),
            timeouts("90s"),
        ]
    };
    for (wanted, sent) in [("SP30", (0, 0)), ("SP10", (1, 1))] {
        let mut terraform = Terraform::with_processor("CREATED").configured(&of("SP10"));
        terraform.create_before_destroy = true;
        terraform.feeds_planned_private = true;
        fails_although_accepted(&mut terraform).await;
        terraform.atlas.set_state(NAME, "STOPPED");
        terraform.edit(&of("SP30"));
        fails_although_accepted(&mut terraform).await;
        assert_eq!(terraform.deposed.len(), 1);
        terraform.edit(&of(wanted));
        let (errors, _) = applied(&mut terraform).await;
        assert_eq!(errors, Vec::<String>::new(), "{wanted}");
        assert_eq!(terraform.since(), sent, "{wanted}");
        assert_eq!(terraform.attribute("tier"), Some(Value::from(wanted)));
        assert_eq!(terraform.plan().await.action, Action::NoOp);
    }
}

#[tokio::test(start_paused = true)]
async fn what_runs_with_another_tier_is_somebody_elses() {
    let with = |if_started: &str| {
        [
            ("tier", Value::from("SP30")),
            ("if_started", Value::from(if_started)),
            timeouts("90s"),
        ]
    };
    for (if_started, refused, sent) in [
        ("keep", false, (0, 0)),
        ("restart", false, (1, 1)),
        ("error", true, (0, 0)),
    ] {
        let mut terraform = Terraform::with_processor("CREATED").configured(&with(if_started));
        let lost = Effect::stream_processor_timeout(known::TENANT, NAME, false);
        terraform
            .atlas
            .fault(Fault::on(Operation::StartWith, lost).always());
        assert!(terraform.apply().await.has_error());
        terraform.atlas.clear_faults();
        let mut somebody =
            Terraform::of(terraform.atlas.clone()).configured(&[("tier", Value::from("SP10"))]);
        assert!(!somebody.apply().await.has_error());
        terraform.atlas.clear_record();
        let (errors, _) = applied(&mut terraform).await;
        assert_eq!(
            errors.len(),
            usize::from(refused),
            "{if_started}: {errors:?}"
        );
        assert_eq!(terraform.since(), sent, "{if_started}");
        assert_eq!(terraform.is_tainted(), refused, "{if_started}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_that_came_instead_of_a_lost_one_of_ours_is_not_taken_for_it() {
    let with = |tier: &str| [("tier", Value::from(tier)), timeouts("90s")];
    let mut terraform = Terraform::with_processor("CREATED").configured(&with("SP10"));
    assert!(!terraform.apply().await.has_error());
    terraform.edit(&with("SP30"));
    let lost = Effect::Reset { processed: false };
    terraform.atlas.fault(Fault::on(Operation::StartWith, lost));
    let atlas = terraform.atlas.clone();
    tokio::spawn(async move {
        while atlas.calls(Operation::StartWith) < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let mut somebody = Terraform::of(atlas).configured(&[("tier", Value::from("SP50"))]);
        assert!(!somebody.apply().await.has_error());
    });
    let diagnostics = terraform.apply().await;
    assert!(!diagnostics.has_error(), "{diagnostics:?}");
    let last = terraform.atlas.starts(NAME).pop().expect("starts");
    assert!(last.to_string().contains("SP30"), "{last}");
}
