//! After a create or update that failed although its start was, or may have been, accepted: what is changed, asked for or goes
//! wrong next. The plain second apply is a table of its own.

use atlas_simulator::{Effect, Fault, Operation};
use itertools::iproduct;
use terraform_provider_atlas::framework::Value;

use super::second_applies::{FAILURES, arguments, failed_create};
use super::terraform::{Action, Terraform};
use super::words::{NAME, errors, starting_for, timeouts};

#[tokio::test(start_paused = true)]
async fn a_replace_that_was_asked_for_stops_and_starts() {
    for (stop_on_destroy, if_started, starts, stops) in [
        (true, "keep", 1, 1),
        (true, "error", 1, 1),
        (false, "keep", 0, 0),
        (false, "restart", 1, 1),
    ] {
        let mut terraform = Terraform::with_processor("CREATED")
            .configured(&arguments(stop_on_destroy, if_started));
        assert!(!terraform.apply().await.has_error());
        terraform.atlas.clear_record();
        terraform.replace = true;
        let diagnostics = terraform.apply().await;
        assert_eq!(
            errors(&diagnostics),
            Vec::<String>::new(),
            "{stop_on_destroy}, {if_started}"
        );
        assert_eq!(
            (terraform.starts(), terraform.stops()),
            (starts, stops),
            "{stop_on_destroy}, {if_started}"
        );
        assert_eq!(terraform.atlas.state(NAME).as_deref(), Some("STARTED"));
    }
}

#[tokio::test(start_paused = true)]
async fn create_before_destroy_does_not_stop_what_its_own_run_started() {
    let mut terraform = Terraform::with_processor("CREATED").configured(&arguments(true, "keep"));
    assert!(!terraform.apply().await.has_error());
    terraform.create_before_destroy = true;
    terraform.replace = true;
    terraform.atlas.clear_record();
    let diagnostics = terraform.apply().await;
    assert_eq!(errors(&diagnostics), Vec::<String>::new());
    assert!(
        diagnostics
            .iter()
            .any(|diagnostic| diagnostic.summary.contains("was not stopped")),
        "{diagnostics:?}"
    );
    assert_eq!((terraform.starts(), terraform.stops()), (0, 0));
    assert_eq!(terraform.atlas.state(NAME).as_deref(), Some("STARTED"));
}

fn tier(tier: &str) -> [(&'static str, Value); 2] {
    [("tier", Value::from(tier)), timeouts("90s")]
}

/// It runs with SP30 instead of SP10, and nobody was told.
async fn with_another_tier_in_doubt() -> Terraform {
    let mut terraform = Terraform::with_processor("CREATED").configured(&tier("SP10"));
    assert!(!terraform.apply().await.has_error());
    terraform.edit(&tier("SP30"));
    terraform.atlas.fault(Fault::on(
        Operation::StartWith,
        Effect::NoAnswer { processed: true },
    ));
    terraform.atlas.fault(
        Fault::on(Operation::Get, Effect::unexpected_error(false))
            .skip(3)
            .always(),
    );
    let diagnostics = terraform.apply().await;
    assert!(diagnostics.has_error());
    assert_eq!(
        terraform.attribute("tier"),
        Some(Value::from("SP10")),
        "{diagnostics:?}"
    );
    terraform.atlas.clear_faults();
    terraform.atlas.clear_record();
    terraform
}

#[tokio::test(start_paused = true)]
async fn an_update_in_doubt_takes_what_runs_by_then_as_its_own() {
    let mut terraform = with_another_tier_in_doubt().await;
    let diagnostics = terraform.apply().await;
    assert_eq!(errors(&diagnostics), Vec::<String>::new());
    assert_eq!(
        (terraform.starts(), terraform.stops()),
        (0, 0),
        "it runs with SP30 already"
    );
    assert_eq!(terraform.attribute("tier"), Some(Value::from("SP30")));
    assert_eq!(terraform.plan().await.action, Action::NoOp);
}

#[tokio::test(start_paused = true)]
async fn an_update_in_doubt_that_is_then_given_other_options_is_another_intention() {
    let mut terraform = with_another_tier_in_doubt().await;
    terraform.edit(&tier("SP50"));
    let diagnostics = terraform.apply().await;
    assert_eq!(errors(&diagnostics), Vec::<String>::new());
    assert_eq!(
        (terraform.starts(), terraform.stops()),
        (1, 1),
        "it ran with SP30"
    );
    assert_eq!(terraform.last_start_body()["tier"], "SP50");
}

#[tokio::test(start_paused = true)]
async fn a_failed_create_that_is_then_given_other_options_says_that_they_are_not_applied() {
    for (if_started, starts, stops) in [("keep", 0, 0), ("error", 0, 0), ("restart", 1, 1)] {
        let mut terraform = failed_create("timeout", true, if_started).await;
        terraform.atlas.set_state(NAME, "STARTED");
        terraform.atlas.clear_record();
        let mut other = arguments(true, if_started);
        other.push(("tier", Value::from("SP50")));
        terraform.edit(&other);
        let diagnostics = terraform.apply().await;
        assert_eq!(errors(&diagnostics), Vec::<String>::new(), "{if_started}");
        assert_eq!(
            (terraform.starts(), terraform.stops()),
            (starts, stops),
            "{if_started}"
        );
        let warned = diagnostics
            .iter()
            .any(|diagnostic| diagnostic.detail.contains("tier did not take effect"));
        assert_eq!(warned, starts == 0, "{if_started}: {diagnostics:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_fails_again_is_not_forgotten_and_what_runs_in_the_end_is_its_own() {
    for (failure, if_started) in iproduct!(FAILURES, ["keep", "restart", "error"]) {
        let what = format!("{failure}, {if_started}");
        let mut terraform = failed_create(failure, true, if_started).await;
        terraform.atlas.set_state(NAME, "STARTING");
        assert!(
            terraform.apply().await.has_error(),
            "{what}: still STARTING"
        );
        terraform.atlas.fault(
            Fault::on(Operation::Get, Effect::access_forbidden())
                .skip(1)
                .times(1),
        );
        terraform
            .atlas
            .fault(Fault::on(Operation::Start, Effect::user_unauthorized()).times(9));
        let errors_of_the_third = errors(&terraform.apply().await);
        assert!(
            terraform
                .state
                .as_ref()
                .is_some_and(|stored| stored.tainted),
            "{what}: {errors_of_the_third:?}"
        );
        terraform.atlas.clear_faults();
        terraform.atlas.set_state(NAME, "STARTED");
        terraform.atlas.clear_record();
        let diagnostics = terraform.apply().await;
        assert_eq!(errors(&diagnostics), Vec::<String>::new(), "{what}");
        assert_eq!((terraform.starts(), terraform.stops()), (0, 0), "{what}");
        assert_eq!(terraform.plan().await.action, Action::NoOp, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_processor_that_may_not_be_read_stays_so_through_a_create_that_is_refused() {
    let mut terraform = Terraform::with_processor("STOPPED").configured(&[timeouts("90s")]);
    let forbidden = Fault::on(Operation::Get, Effect::access_forbidden());
    terraform.atlas.fault(forbidden.always());
    let lost = Effect::Reset { processed: true };
    terraform.atlas.fault(Fault::on(Operation::Start, lost));
    assert!(terraform.apply().await.has_error());
    let refused = Effect::access_forbidden();
    terraform.atlas.fault(Fault::on(Operation::Start, refused));
    assert!(terraform.apply().await.has_error());
    assert_eq!(terraform.starts(), 2);
    // Its state cannot be refreshed, and that is a warning: the start may have been accepted.
    let plan = terraform.plan().await;
    assert!(!plan.diagnostics.has_error(), "{:?}", plan.diagnostics);
    assert_eq!(plan.action, Action::Replace);
}

#[tokio::test(start_paused = true)]
async fn the_time_of_an_accepted_start_stays_known_through_a_second_one_in_doubt() {
    let mut terraform = Terraform::with_processor("STOPPED").configured(&[timeouts("90s")]);
    terraform
        .atlas
        .settings(|settings| settings.start = starting_for(600));
    assert!(terraform.apply().await.has_error());
    let started_at = terraform.attribute("started_at");
    assert!(started_at.as_ref().is_some_and(|at| at.as_str().is_some()));
    terraform.atlas.set_state(NAME, "STOPPED");
    let timeout = Effect::stream_processor_timeout("workspace-1", NAME, false);
    terraform
        .atlas
        .fault(Fault::on(Operation::Start, timeout).always());
    assert!(terraform.apply().await.has_error());
    assert!(terraform.is_tainted());
    assert_eq!(terraform.attribute("started_at"), started_at);
}
