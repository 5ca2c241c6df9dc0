//! Waiting: for a processor that can be started, for STARTED, and until the person has had enough.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, Simulator, StartBehaviour};
use terraform_provider_atlas::framework::Value;
use tokio::time::Instant;

use super::terraform::{Action, Terraform};
use super::words::{NAME, after, applied, is_start, starting_for, timeouts, warnings};

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

/// Reads that lag show rest for some seconds, and nobody stopped it; what stays at rest does not come to be STARTED any more.
#[tokio::test(start_paused = true)]
async fn a_processor_that_is_stopped_while_waited_for_is_not_waited_for_to_the_end() {
    for (at_rest_for, is_stopped) in [(8, false), (600, true)] {
        let mut terraform = Terraform::with_processor("CREATED");
        terraform.atlas.settings(|settings| {
            settings.start = StartBehaviour::slow("STARTING", Lag::Time(Duration::from_secs(1800)));
        });
        let stopped = |atlas: &Simulator| atlas.set_state(NAME, "STOPPED");
        after(&terraform.atlas, 20, stopped);
        after(&terraform.atlas, 20 + at_rest_for, |atlas| {
            atlas.set_state(NAME, "STARTED");
        });
        let began = Instant::now();
        let (errors, _) = applied(&mut terraform).await;
        assert_eq!(!errors.is_empty(), is_stopped, "{errors:?}");
        if is_stopped {
            assert!(errors[0].contains("was stopped meanwhile"), "{errors:?}");
            assert!(terraform.is_tainted());
            assert_eq!(terraform.state(), Value::from("STOPPED"));
        }
        assert!(began.elapsed() < Duration::from_secs(60));
    }
}

/// Each rest is counted for itself: one that is over before reads have surely shown it is none.
#[tokio::test(start_paused = true)]
async fn what_rests_for_a_moment_now_and_then_is_waited_for() {
    let mut terraform = Terraform::with_processor("CREATED");
    terraform
        .atlas
        .settings(|settings| settings.start = starting_for(1_800));
    for round in 1..=12 {
        // No two looks are further apart than 16 s.
        let rests = 26 * round;
        after(&terraform.atlas, rests, |atlas| {
            atlas.set_state(NAME, "STOPPED")
        });
        after(&terraform.atlas, rests + 9, move |atlas| {
            atlas.set_state(NAME, if round < 12 { "STARTING" } else { "STARTED" });
        });
    }
    is_started_at_last(&mut terraform).await;
}

/// A look that still shows our own stop is no sign that the start had begun.
#[tokio::test(start_paused = true)]
async fn a_look_at_our_own_stop_begins_no_rest() {
    let mut terraform =
        Terraform::with_processor("STARTED").configured(&[("if_started", Value::from("restart"))]);
    terraform.atlas.settings(|settings| {
        settings.start = StartBehaviour::slow("STOPPED", Lag::Time(Duration::from_secs(1_800)));
    });
    for (at, state) in [(3, "STOPPING"), (11, "STOPPED"), (60, "STARTED")] {
        after(&terraform.atlas, at, move |atlas| {
            atlas.set_state(NAME, state)
        });
    }
    is_started_at_last(&mut terraform).await;
}

async fn is_started_at_last(terraform: &mut Terraform) {
    let told = applied(terraform).await;
    assert_eq!(told, (vec![], vec![]));
    assert_eq!(terraform.starts(), 1);
    assert_eq!(terraform.state(), Value::from("STARTED"));
}

/// It may be STARTING for so short a time that no look shows that.
#[tokio::test(start_paused = true)]
async fn so_is_one_that_only_shows_while_it_stops() {
    let mut terraform = Terraform::with_processor("CREATED");
    terraform.atlas.settings(|settings| {
        settings.start = StartBehaviour::slow("STARTING", Lag::Time(Duration::from_secs(1800)));
        settings.read_lag = Some(Lag::Time(Duration::from_secs(2)));
    });
    let stopping = |atlas: &Simulator| atlas.set_state(NAME, "STOPPING");
    after(&terraform.atlas, 1, stopping);
    after(&terraform.atlas, 12, |atlas| {
        atlas.set_state(NAME, "STOPPED");
    });
    let began = Instant::now();
    let (errors, _) = applied(&mut terraform).await;
    assert!(errors[0].contains("was stopped meanwhile"), "{errors:?}");
    assert!(began.elapsed() < Duration::from_secs(60));
}

/// One whose answer was lost was carried out where it was seen on its way, and is not sent again.
#[tokio::test(start_paused = true)]
async fn a_lost_start_that_somebody_stops_is_not_sent_again() {
    let mut terraform = Terraform::with_processor("CREATED");
    let lost = Effect::Reset { processed: true };
    terraform.atlas.fault(Fault::on(Operation::Start, lost));
    terraform.atlas.settings(|settings| {
        settings.start = StartBehaviour::slow("STARTING", Lag::Time(Duration::from_secs(1800)));
    });
    let stopped = |atlas: &Simulator| atlas.set_state(NAME, "STOPPED");
    after(&terraform.atlas, 3, stopped);
    let (errors, _) = applied(&mut terraform).await;
    assert!(errors[0].contains("was stopped meanwhile"), "{errors:?}");
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
            assert!(!plan.diagnostics.has_error(), "{what}");
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
async fn a_failed_that_nobody_could_read_before_may_be_an_old_one() {
    let mut terraform = Terraform::with_processor("FAILED");
    let lag = Lag::Time(Duration::from_secs(6));
    terraform
        .atlas
        .settings(|settings| settings.read_lag = Some(lag));
    terraform
        .atlas
        .fault(Fault::on(Operation::Get, Effect::access_forbidden()));
    let (errors, warnings) = applied(&mut terraform).await;
    assert_eq!((errors, warnings), (vec![], vec![]));
    assert_eq!(terraform.attribute("state"), Some(Value::from("STARTED")));
}
