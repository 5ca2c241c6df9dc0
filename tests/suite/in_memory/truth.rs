//! The truth about a start: what the state says after every kind of trouble, and that no start is sent blindly twice.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, Settings, StartBehaviour, WhenStarted};
use terraform_provider_atlas::framework::Value;

use super::terraform::{Action, NAME, Terraform, errors, is_start, timeouts, warnings};

/// Between two starts there is always a look.
fn never_blind(terraform: &Terraform) {
    let mut looked = true;
    for request in terraform.atlas.record() {
        if is_start(&request) && !matches!(request.status, Some(401)) {
            assert!(
                looked,
                "a start was sent twice without a look in between: {:#?}",
                terraform.atlas.record()
            );
            looked = false;
        } else if request.operation == Operation::Get {
            looked = true;
        }
    }
}

async fn applied(terraform: &mut Terraform) -> (Vec<String>, Vec<String>) {
    let diagnostics = terraform.apply().await;
    never_blind(terraform);
    (errors(&diagnostics), warnings(&diagnostics))
}

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
async fn states_on_their_way_are_waited_out_before_the_start() {
    for state in ["CREATING", "STOPPING", "INIT"] {
        let mut terraform = Terraform::with_processor(state);
        let atlas = terraform.atlas.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(45)).await;
            atlas.set_state(NAME, "STOPPED");
        });
        let (errors, _) = applied(&mut terraform).await;
        assert_eq!(errors, Vec::<String>::new(), "{state}");
        assert_eq!(terraform.starts(), 1);
        let record = terraform.atlas.record();
        let start = record
            .iter()
            .find(|request| is_start(request))
            .expect("a start");
        assert_eq!(start.state_before.as_deref(), Some("STOPPED"), "{state}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_start_is_waited_for_through_states_that_nobody_knows() {
    let mut terraform = Terraform::with_processor("CREATED");
    terraform.atlas.settings(|settings| {
        settings.start = StartBehaviour::slow("WARMING_UP", Lag::Time(Duration::from_secs(120)));
    });
    let (errors, warnings) = applied(&mut terraform).await;
    assert_eq!((errors, warnings), (vec![], vec![]));
    assert_eq!(terraform.attribute("state"), Some(Value::from("STARTED")));
    assert_eq!(terraform.starts(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_processor_that_fails_while_waited_for_is_an_error_and_is_recorded() {
    for before in ["CREATED", "FAILED"] {
        let mut terraform = Terraform::with_processor(before);
        terraform.atlas.settings(|settings| {
            settings.start = StartBehaviour::failing("STARTING", Lag::Polls(2));
        });
        let (errors, _) = applied(&mut terraform).await;
        assert!(
            errors[0].contains("turned FAILED") && errors[0].contains("Logs"),
            "{errors:?}"
        );
        assert!(
            terraform
                .state
                .as_ref()
                .is_some_and(|stored| stored.tainted)
        );
        assert_eq!(terraform.attribute("state"), Some(Value::from("FAILED")));
        assert!(
            terraform
                .attribute("started_at")
                .is_some_and(|at| at.is_known())
        );
        assert_eq!(terraform.starts(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_that_reads_merely_lag_behind_is_no_failure() {
    let mut terraform = Terraform::with_processor("FAILED");
    terraform
        .atlas
        .settings(|settings| settings.read_lag = Some(Lag::Time(Duration::from_secs(6))));
    let (errors, warnings) = applied(&mut terraform).await;
    assert_eq!((errors, warnings), (vec![], vec![]));
    assert_eq!(terraform.attribute("state"), Some(Value::from("STARTED")));
}

#[tokio::test(start_paused = true)]
async fn the_time_that_is_over_says_how_long_and_the_last_state() {
    let mut terraform = Terraform::with_processor("CREATED").configured(&[timeouts("90s")]);
    terraform.atlas.settings(|settings| {
        settings.start = StartBehaviour::slow("PROVISIONING", Lag::Time(Duration::from_secs(3600)));
    });
    let began = tokio::time::Instant::now();
    let (errors, _) = applied(&mut terraform).await;
    assert!(began.elapsed() <= Duration::from_secs(91));
    assert!(
        errors[0].contains("1m30s") && errors[0].contains("PROVISIONING"),
        "{errors:?}"
    );
    assert!(errors[0].contains("timeouts.create"), "{errors:?}");
    assert_eq!(
        terraform.attribute("state"),
        Some(Value::from("PROVISIONING"))
    );
}

#[tokio::test(start_paused = true)]
async fn without_wait_an_accepted_start_is_enough() {
    let mut terraform =
        Terraform::with_processor("CREATED").configured(&[("wait", Value::from(false))]);
    terraform.atlas.settings(|settings| {
        settings.start = StartBehaviour::slow("STARTING", Lag::Time(Duration::from_secs(3600)));
    });
    let (errors, warnings) = applied(&mut terraform).await;
    assert_eq!((errors, warnings), (vec![], vec![]));
    assert_eq!(terraform.attribute("state"), Some(Value::from("STARTING")));
    assert_eq!(terraform.atlas.record().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_accepted_start_that_cannot_be_read_back_is_a_warning_and_remembered() {
    for (what, effect) in [
        ("403", Effect::access_forbidden()),
        ("405", Effect::method_not_allowed()),
        ("404", Effect::not_atlas()),
    ] {
        let mut terraform = Terraform::with_processor("CREATED");
        terraform
            .atlas
            .fault(Fault::on(Operation::Get, effect).always());
        let (errors, warned) = applied(&mut terraform).await;
        assert_eq!(errors, Vec::<String>::new(), "{what}");
        assert!(
            warned[0].contains("cannot be read back"),
            "{what}: {warned:?}"
        );
        assert_eq!(terraform.attribute("state"), Some(Value::Null), "{what}");
        // The plans after it: a warning each, and nothing to do.
        for _ in 0..2 {
            let plan = terraform.plan().await;
            assert_eq!(plan.action, Action::NoOp, "{what}: {:?}", plan.diagnostics);
            assert_eq!(errors_of(&plan), Vec::<String>::new(), "{what}");
            assert!(
                warnings(&plan.diagnostics)[0].contains("still cannot be read"),
                "{what}"
            );
        }
        // Once it can be read, it is.
        terraform.atlas.clear_faults();
        let plan = terraform.plan().await;
        assert_eq!(plan.action, Action::NoOp, "{what}");
        assert_eq!(
            terraform.attribute("state"),
            Some(Value::from("STARTED")),
            "{what}"
        );
        // From then on a refusal is an error again.
        terraform
            .atlas
            .fault(Fault::on(Operation::Get, Effect::access_forbidden()).always());
        assert!(terraform.plan().await.diagnostics.has_error(), "{what}");
    }
}

fn errors_of(plan: &super::terraform::Planned) -> Vec<String> {
    errors(&plan.diagnostics)
}

#[tokio::test(start_paused = true)]
async fn trouble_while_polling_does_not_fail_a_start() {
    for (what, effect) in [
        ("500s", Effect::unexpected_error(false)),
        ("502s", Effect::html(502)),
        ("resets", Effect::Reset { processed: false }),
        ("a spurious 401", Effect::user_unauthorized()),
    ] {
        let mut terraform = Terraform::with_processor("CREATED");
        let times = if what.starts_with('a') { 1 } else { 9 };
        terraform
            .atlas
            .fault(Fault::on(Operation::Get, effect).skip(1).times(times));
        let (errors, warnings) = applied(&mut terraform).await;
        assert_eq!((errors, warnings), (vec![], vec![]), "{what}");
        assert_eq!(
            terraform.attribute("state"),
            Some(Value::from("STARTED")),
            "{what}"
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
        let mut terraform = Terraform::with_processor("STOPPED");
        // The first look lags: somebody started it a moment ago.
        terraform.atlas.settings(|settings| {
            settings.when_started = when_started;
            settings.read_lag = Some(Lag::Polls(1));
        });
        terraform.atlas.set_state(NAME, "STARTED");
        let (errors, _) = applied(&mut terraform).await;
        assert_eq!(errors, Vec::<String>::new());
        assert_eq!(terraform.attribute("state"), Some(Value::from("STARTED")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_processor_deleted_while_it_is_waited_for_is_an_error() {
    let mut terraform = Terraform::with_processor("CREATED");
    terraform.atlas.settings(|settings| {
        settings.start = StartBehaviour::slow("STARTING", Lag::Time(Duration::from_secs(60)));
    });
    let atlas = terraform.atlas.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(20)).await;
        atlas.remove_processor(NAME);
    });
    let (errors, _) = applied(&mut terraform).await;
    assert!(errors[0].contains("deleted"), "{errors:?}");
}

#[tokio::test(start_paused = true)]
async fn an_interruption_ends_the_wait_at_once_with_what_is_known() {
    let mut terraform = Terraform::with_processor("CREATED");
    terraform.atlas.settings(|settings| {
        settings.start = StartBehaviour::slow("STARTING", Lag::Time(Duration::from_secs(600)));
    });
    terraform.interrupt_after = Some(Duration::from_secs(30));
    let began = tokio::time::Instant::now();
    let (errors, _) = applied(&mut terraform).await;
    assert!(began.elapsed() < Duration::from_millis(30_100));
    assert!(
        errors[0].contains("nterrupted") && errors[0].contains("STARTING"),
        "{errors:?}"
    );
    assert_eq!(terraform.attribute("state"), Some(Value::from("STARTING")));
    assert!(
        terraform
            .state
            .as_ref()
            .is_some_and(|stored| stored.tainted)
    );
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_start_gets_a_second_for_its_answer_and_then_counts_as_maybe_accepted() {
    for (answered_after, started) in [
        (Duration::from_millis(31_500), false),
        (Duration::from_millis(30_500), true),
    ] {
        let mut terraform = Terraform::with_processor("CREATED");
        terraform.atlas.fault(Fault::on(
            Operation::Start,
            Effect::AsUsual.after(answered_after),
        ));
        terraform.interrupt_after = Some(Duration::from_secs(30));
        let began = tokio::time::Instant::now();
        let (errors, _) = applied(&mut terraform).await;
        assert!(began.elapsed() <= Duration::from_millis(31_100));
        assert!(errors[0].contains("nterrupted"), "{errors:?}");
        assert!(
            terraform
                .state
                .as_ref()
                .is_some_and(|stored| stored.tainted)
        );
        assert_eq!(
            terraform
                .attribute("started_at")
                .is_some_and(|at| at.is_known()),
            started
        );
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
async fn a_stop_that_loses_its_answer_is_looked_at() {
    for effect in [
        Effect::Reset { processed: true },
        Effect::Reset { processed: false },
        Effect::unexpected_error(true),
    ] {
        let mut terraform = Terraform::with_processor("CREATED")
            .configured(&[("stop_on_destroy", Value::from(true))]);
        applied(&mut terraform).await;
        terraform.atlas.fault(Fault::on(Operation::Stop, effect));
        let diagnostics = terraform.destroy().await;
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        assert_eq!(terraform.atlas.state(NAME).as_deref(), Some("STOPPED"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_big_pipeline_may_take_minutes_to_stop() {
    let mut terraform =
        Terraform::with_processor("CREATED").configured(&[("stop_on_destroy", Value::from(true))]);
    applied(&mut terraform).await;
    terraform.atlas.settings(|settings: &mut Settings| {
        settings.stop_lag = Some(Lag::Time(Duration::from_secs(180)))
    });
    let diagnostics = terraform.destroy().await;
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(terraform.atlas.state(NAME).as_deref(), Some("STOPPED"));
    assert_eq!(terraform.stops(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refused_stop_keeps_the_resource() {
    let mut terraform =
        Terraform::with_processor("CREATED").configured(&[("stop_on_destroy", Value::from(true))]);
    applied(&mut terraform).await;
    terraform
        .atlas
        .fault(Fault::on(Operation::Stop, Effect::user_unauthorized()).always());
    let diagnostics = terraform.destroy().await;
    assert!(
        errors(&diagnostics)[0].starts_with("Cannot stop stream processor \"orders\""),
        "{diagnostics:?}"
    );
    assert!(terraform.state.is_some());
}
