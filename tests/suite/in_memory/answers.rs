//! Whatever a start is answered, the state tells the truth, and no start is sent blindly twice.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, WhenStarted};
use terraform_provider_atlas::framework::Value;

use super::terraform::{Action, Terraform};
use super::words::{NAME, after, an_hour_passes, applied, is_start, starting_for, timeouts};

#[tokio::test(start_paused = true)]
async fn a_failed_answer_with_a_processor_that_runs_is_success() {
    for (what, effect) in [
        (
            "504 with effect",
            Effect::stream_processor_timeout("workspace-1", NAME, true),
        ),
        ("500 with effect", Effect::unexpected_error(true)),
        ("503 with effect", Effect::service_unavailable(true)),
        ("reset after processing", Effect::Reset { processed: true }),
        ("no answer, processed", Effect::NoAnswer { processed: true }),
        ("truncated", Effect::Truncate),
    ] {
        let mut terraform = Terraform::with_processor("CREATED");
        terraform.atlas.fault(Fault::on(Operation::Start, effect));
        let (errors, warnings) = applied(&mut terraform).await;
        assert_eq!((errors, warnings), (vec![], vec![]), "{what}");
        assert_eq!(terraform.starts(), 1, "{what}");
        assert_eq!(
            terraform.attribute("state"),
            Some(Value::from("STARTED")),
            "{what}"
        );
        assert!(
            terraform
                .attribute("started_at")
                .is_some_and(|at| at.is_known()),
            "{what}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_answer_without_effect_is_repeated_after_a_look() {
    for (what, effect) in [
        ("429", Effect::rate_limited(7)),
        ("429 without header", Effect::rate_limited_without_header(7)),
        ("500", Effect::unexpected_error(false)),
        ("503 JSON", Effect::service_unavailable(false)),
        ("503 text", Effect::upstream_connect_error()),
        ("502 HTML", Effect::html(502)),
        (
            "504",
            Effect::stream_processor_timeout("workspace-1", NAME, false),
        ),
        (
            "reset before processing",
            Effect::Reset { processed: false },
        ),
        ("no answer", Effect::NoAnswer { processed: false }),
        (
            "transient 400",
            Effect::project_lookup_failed(NAME, "0123456789abcdef01234567"),
        ),
        ("not there yet", Effect::does_not_exist_yet(NAME)),
    ] {
        let mut terraform = Terraform::with_processor("STOPPED");
        terraform.atlas.fault(Fault::on(Operation::Start, effect));
        let (errors, warnings) = applied(&mut terraform).await;
        assert_eq!((errors, warnings), (vec![], vec![]), "{what}");
        assert_eq!(terraform.starts(), 2, "{what}");
        assert_eq!(
            terraform.attribute("state"),
            Some(Value::from("STARTED")),
            "{what}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_final_and_nothing_is_recorded() {
    for (what, effect) in [
        ("401", Effect::user_unauthorized()),
        (
            "402",
            Effect::no_payment_information("0123456789abcdef01234567"),
        ),
        ("403", Effect::ip_not_on_access_list()),
        ("410", Effect::version_gone()),
        ("400", Effect::tier_too_small(NAME)),
        ("409", Effect::conflict(NAME)),
    ] {
        let mut terraform = Terraform::with_processor("CREATED");
        terraform
            .atlas
            .fault(Fault::on(Operation::Start, effect).always());
        let (errors, _) = applied(&mut terraform).await;
        assert_eq!(errors.len(), 1, "{what}");
        assert!(
            errors[0].starts_with("Cannot start stream processor \"orders\""),
            "{what}: {errors:?}"
        );
        assert!(terraform.state.is_none(), "{what}");
        assert!(terraform.starts() <= 2, "{what}");
        assert_eq!(terraform.atlas.state(NAME).as_deref(), Some("CREATED"));
    }
}

#[tokio::test(start_paused = true)]
async fn the_refusal_of_the_start_is_shown_rather_than_that_of_the_look() {
    let mut terraform = Terraform::with_processor("CREATED");
    terraform.atlas.remove_processor(NAME);
    let (errors, _) = applied(&mut terraform).await;
    assert!(
        errors[0].contains("Stream processor does not exist: orders"),
        "{errors:?}"
    );
    assert_eq!(terraform.starts(), 1);
}

#[tokio::test(start_paused = true)]
async fn doubt_that_is_not_settled_is_recorded_with_the_error() {
    for (what, effect) in [
        ("500s", Effect::unexpected_error(false)),
        ("resets", Effect::Reset { processed: false }),
        (
            "504s",
            Effect::stream_processor_timeout("workspace-1", NAME, false),
        ),
    ] {
        let mut terraform = Terraform::with_processor("CREATED");
        terraform
            .atlas
            .fault(Fault::on(Operation::Start, effect).always());
        let (errors, _) = applied(&mut terraform).await;
        assert!(
            errors[0].contains("may have accepted the start"),
            "{what}: {errors:?}"
        );
        assert!(
            terraform
                .state
                .as_ref()
                .is_some_and(|stored| stored.tainted),
            "{what}"
        );
        assert_eq!(
            terraform.attribute("state"),
            Some(Value::from("CREATED")),
            "{what}"
        );
        assert_eq!(
            terraform.attribute("started_at"),
            Some(Value::Null),
            "{what}"
        );
        assert_eq!(
            terraform.starts(),
            6,
            "{what}: one start and max_retries repetitions"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_started_already_is_success_whatever_its_form() {
    for when_started in [
        WhenStarted::GenericError,
        WhenStarted::Conflict,
        WhenStarted::Accepted,
    ] {
        // The looks lag: somebody started it a moment ago.
        let mut terraform = Terraform::with_processor("STOPPED");
        terraform.atlas.settings(|settings| {
            settings.when_started = when_started;
            settings.read_lag = Some(Lag::Time(Duration::from_secs(6)));
        });
        let mut somebody =
            Terraform::of(terraform.atlas.clone()).configured(&[("wait", Value::from(false))]);
        assert!(!somebody.apply().await.has_error());
        terraform.atlas.clear_record();
        let (errors, warnings) = applied(&mut terraform).await;
        assert_eq!((errors, warnings), (vec![], vec![]), "{when_started:?}");
        assert_eq!(terraform.starts(), 1, "{when_started:?}");
        assert_eq!(terraform.attribute("state"), Some(Value::from("STARTED")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_update_keeps_the_old_values_so_that_it_is_planned_again() {
    let mut terraform =
        Terraform::with_processor("CREATED").configured(&[("tier", Value::from("SP10"))]);
    applied(&mut terraform).await;
    terraform.edit(&[("tier", Value::from("SP30"))]);
    terraform.atlas.fault(Fault::on(
        Operation::StartWith,
        Effect::tier_too_small(NAME),
    ));
    let (errors, _) = applied(&mut terraform).await;
    assert_eq!(errors.len(), 1);
    assert_eq!(terraform.attribute("tier"), Some(Value::from("SP10")));
    assert_eq!(
        terraform.attribute("state"),
        Some(Value::from("STOPPED")),
        "it was stopped, and that is known"
    );
    let (errors, _) = applied(&mut terraform).await;
    assert_eq!(errors, Vec::<String>::new());
    assert_eq!(terraform.attribute("tier"), Some(Value::from("SP30")));
    assert_eq!(terraform.plan().await.action, Action::NoOp);
}

#[tokio::test(start_paused = true)]
async fn the_time_that_atlas_asks_for_is_kept_before_it_is_asked_anything_again() {
    for (what, effect) in [
        ("429", Effect::rate_limited(20)),
        (
            "429 without header",
            Effect::rate_limited_without_header(20),
        ),
        (
            "503 without effect",
            Effect::service_unavailable(false).header("retry-after", "20"),
        ),
        (
            "503 with effect",
            Effect::service_unavailable(true).header("retry-after", "20"),
        ),
    ] {
        let mut terraform = Terraform::with_processor("STOPPED");
        terraform.atlas.fault(Fault::on(Operation::Start, effect));
        let (errors, _) = applied(&mut terraform).await;
        assert_eq!(errors, Vec::<String>::new(), "{what}");
        let record = terraform.atlas.record();
        let start = record.iter().position(is_start).expect("a start");
        let waited = record[start + 1].at - record[start].at;
        assert!(waited >= Duration::from_secs(20), "{what}: {waited:?}");
        assert!(waited <= Duration::from_secs(30), "{what}: {waited:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_without_an_answer_does_not_hide_the_answer_before_it() {
    let mut terraform = Terraform::with_processor("STOPPED");
    terraform.block = vec![("max_retries", Value::from(1_i64))];
    for effect in [
        Effect::unexpected_error(false),
        Effect::Reset { processed: false },
    ] {
        terraform.atlas.fault(Fault::on(Operation::Start, effect));
    }
    let (errors, _) = applied(&mut terraform).await;
    assert_eq!(terraform.starts(), 2);
    for words in [
        "The connection to 127.0.0.1 broke",
        "An earlier try of the same request was answered",
        "UNEXPECTED_ERROR",
        "HTTP 500",
        "2 attempts",
    ] {
        assert!(errors[0].contains(words), "{words}: {errors:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_of_our_own_that_a_conflict_shows_runs_with_its_options() {
    let mut terraform = Terraform::with_processor("CREATED").configured(&[
        ("resume_from_checkpoint", Value::from(false)),
        timeouts("90s"),
    ]);
    terraform
        .atlas
        .settings(|settings| settings.start = starting_for(100));
    assert!(terraform.apply().await.has_error());
    terraform.atlas.set_state(NAME, "FAILED");
    an_hour_passes(&mut terraform).await;
    let plan = terraform.plan().await;
    terraform
        .atlas
        .fault(Fault::on(Operation::StartWith, Effect::conflict(NAME)));
    after(&terraform.atlas, 1, |atlas| {
        atlas.set_state(NAME, "STARTED")
    });
    let diagnostics = terraform.apply_plan(plan).await;
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(terraform.starts(), 2);
}
