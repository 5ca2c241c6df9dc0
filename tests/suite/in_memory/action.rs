//! The action: the same engine, told as progress, with a failover that the resource does not have.

use std::sync::Arc;
use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, Simulator, StartBehaviour};
use itertools::iproduct;
use serde_json::json;
use terraform_provider_atlas::framework::{
    CancellationToken, InvokeRequest, Progress, Provider, Value,
};

use super::invoking::{atlas_with, failover, invoke, invoke_until};
use super::words::{NAME, errors, is_start, provider, warnings};

#[tokio::test(start_paused = true)]
async fn it_starts_and_tells_every_change_of_state() {
    let atlas = atlas_with("STOPPED");
    atlas.settings(|settings| {
        settings.start = StartBehaviour::slow("STARTING", Lag::Time(Duration::from_secs(20)));
    });
    let invoked = invoke(&atlas, &[]).await;
    assert!(invoked.diagnostics.is_empty(), "{:?}", invoked.diagnostics);
    let told = invoked.progress.join("\n");
    for words in [
        "is STOPPED",
        "Starting stream processor \"orders\"",
        "is STARTING",
        "is STARTED",
    ] {
        assert_eq!(told.matches(words).count(), 1, "{words} in {told}");
    }
    assert_eq!(atlas.state(NAME).as_deref(), Some("STARTED"));
}

#[tokio::test(start_paused = true)]
async fn a_started_one_follows_if_started() {
    for (if_started, starts, fails) in [
        (None, 0, false),
        (Some("restart"), 1, false),
        (Some("error"), 0, true),
    ] {
        let atlas = atlas_with("STARTED");
        let invoked = invoke(&atlas, &[("if_started", Value::from(if_started))]).await;
        assert_eq!(invoked.diagnostics.has_error(), fails, "{if_started:?}");
        assert_eq!(atlas.calls(Operation::Start), starts, "{if_started:?}");
        if if_started.is_none() {
            assert!(
                invoked
                    .progress
                    .iter()
                    .any(|told| told.contains("STARTED already")),
                "{:?}",
                invoked.progress
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn warnings_are_progress_too() {
    let atlas = atlas_with("STARTED");
    let invoked = invoke(&atlas, &[("resume_from_checkpoint", Value::from(false))]).await;
    let warning = warnings(&invoked.diagnostics).join("\n");
    assert!(warning.contains("resume_from_checkpoint"), "{warning}");
    assert!(
        invoked
            .progress
            .iter()
            .any(|told| told.starts_with("Warning: ")),
        "{:?}",
        invoked.progress
    );
}

#[tokio::test(start_paused = true)]
async fn a_processor_that_is_about_to_appear_is_waited_for() {
    let atlas = Simulator::new();
    let later = atlas.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(20)).await;
        later.add_processor(NAME, "CREATED");
    });
    let invoked = invoke(&atlas, &[]).await;
    assert!(invoked.diagnostics.is_empty(), "{:?}", invoked.diagnostics);
    assert_eq!(atlas.state(NAME).as_deref(), Some("STARTED"));
    assert_eq!(atlas.calls(Operation::Start), 1);
}

#[tokio::test(start_paused = true)]
async fn one_that_never_appears_is_waited_for_half_a_minute_and_a_workspace_not_at_all() {
    let atlas = Simulator::new();
    let began = tokio::time::Instant::now();
    let invoked = invoke(&atlas, &[]).await;
    assert!(
        errors(&invoked.diagnostics)[0].contains("does not exist"),
        "{:?}",
        invoked.diagnostics
    );
    let waited = began.elapsed();
    assert!(
        waited >= Duration::from_secs(25) && waited <= Duration::from_secs(60),
        "{waited:?}"
    );

    let atlas = Simulator::new();
    let began = tokio::time::Instant::now();
    let invoked = invoke(&atlas, &[("tenant_name", Value::from("elsewhere"))]).await;
    assert!(
        errors(&invoked.diagnostics)[0].contains("tenant_name"),
        "{:?}",
        invoked.diagnostics
    );
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_failover_is_sent_even_to_a_started_processor_whatever_if_started_says() {
    let atlas = atlas_with("STARTED");
    let arguments = [
        failover(&[
            ("region", Value::from("OREGON_USA")),
            ("mode", Value::from("GRACEFUL")),
        ]),
        ("if_started", Value::from("error")),
    ];
    let invoked = invoke(&atlas, &arguments).await;
    assert_eq!(errors(&invoked.diagnostics), Vec::<String>::new());
    let record = atlas.record();
    let start = record
        .iter()
        .find(|request| request.operation == Operation::StartWith)
        .expect("it was sent");
    let body: serde_json::Value = serde_json::from_slice(&start.body).expect("JSON");
    assert_eq!(
        body,
        json!({"failover": {"region": "OREGON_USA", "mode": "GRACEFUL"}})
    );
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_waits_for_nothing_and_shows_the_answer() {
    let atlas = atlas_with("STOPPED");
    let arguments = [failover(&[
        ("region", Value::from("OREGON_USA")),
        ("dry_run", Value::from(true)),
    ])];
    let invoked = invoke(&atlas, &arguments).await;
    assert_eq!(errors(&invoked.diagnostics), Vec::<String>::new());
    assert_eq!(
        atlas.state(NAME).as_deref(),
        Some("STOPPED"),
        "a dry run changes nothing"
    );
    let told = invoked.progress.join("\n");
    assert!(told.contains("Atlas accepted the dry run"), "{told}");
    assert!(!told.contains("is STARTED"), "nothing is claimed: {told}");
}

#[tokio::test(start_paused = true)]
async fn a_failover_is_not_believed_to_somebody_else_than_atlas() {
    for (dry_run, content_type) in iproduct!([false, true], ["text/html", "application/json"]) {
        let atlas = atlas_with("STARTED");
        let page = Effect::answer(200, content_type, "<html>Sign in</html>");
        atlas.fault(Fault::on(Operation::StartWith, page));
        let arguments = [failover(&[
            ("region", Value::from("OREGON_USA")),
            ("dry_run", Value::from(dry_run)),
        ])];
        let errors = errors(&invoke(&atlas, &arguments).await.diagnostics);
        assert!(errors[0].contains(content_type), "{errors:?}");
        assert_eq!(atlas.calls(Operation::StartWith), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failover_whose_answer_is_lost_stays_in_doubt_although_the_processor_is_started() {
    let atlas = atlas_with("STARTED");
    atlas.fault(Fault::on(
        Operation::StartWith,
        Effect::Reset { processed: true },
    ));
    let invoked = invoke(
        &atlas,
        &[failover(&[("region", Value::from("OREGON_USA"))])],
    )
    .await;
    let errors = errors(&invoked.diagnostics);
    assert!(errors[0].contains("may have accepted"), "{errors:?}");
    assert!(
        !errors[0].contains("sends no start"),
        "a failover is sent all the same: {errors:?}"
    );
    assert!(errors[0].contains("whether it moved"), "{errors:?}");
    assert_eq!(atlas.calls(Operation::StartWith), 1);
}

#[tokio::test(start_paused = true)]
async fn the_timeout_names_its_argument() {
    let atlas = atlas_with("CREATED");
    atlas.settings(|settings| {
        settings.start = StartBehaviour::slow("STARTING", Lag::Time(Duration::from_secs(600)));
    });
    let invoked = invoke(&atlas, &[("timeout", Value::from("45s"))]).await;
    let errors = errors(&invoked.diagnostics);
    assert!(
        errors[0].contains("45s") && errors[0].contains("argument timeout"),
        "{errors:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_interruption_ends_it_at_once() {
    let atlas = atlas_with("CREATED");
    atlas.settings(|settings| {
        settings.start = StartBehaviour::slow("STARTING", Lag::Time(Duration::from_secs(600)));
    });
    let cancel = CancellationToken::new();
    let later = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(9)).await;
        later.cancel();
    });
    let began = tokio::time::Instant::now();
    let invoked = invoke_until(&atlas, &[], &cancel).await;
    assert!(began.elapsed() < Duration::from_millis(9_100));
    assert!(
        errors(&invoked.diagnostics)[0].contains("nterrupted"),
        "{:?}",
        invoked.diagnostics
    );
}

#[tokio::test(start_paused = true)]
async fn a_missing_config_block_is_refused_in_words() {
    let atlas = Simulator::new();
    let provider = provider(&atlas);
    let action = provider
        .actions()
        .into_iter()
        .next()
        .expect("the provider has an action");
    let (progress, _messages) = Progress::channel();
    let config = action.schema().null_object();
    let request = InvokeRequest {
        config,
        progress,
        cancel: CancellationToken::new(),
        abandoned: CancellationToken::new(),
    };
    let diagnostics = Arc::clone(&action).invoke(request).await;
    assert!(
        errors(&diagnostics)[0].contains("config block"),
        "{diagnostics:?}"
    );
    assert_eq!(atlas.record().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn half_a_minute_is_half_a_minute() {
    for _ in 0..20 {
        let atlas = Simulator::new();
        invoke(&atlas, &[]).await;
        let record = atlas.record();
        let start = record.iter().find(|request| is_start(request));
        let at = start.expect("its answer is what the person is shown").at;
        assert_eq!(at.as_millis() / 100, 300, "{at:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_project_that_does_not_exist_is_not_waited_for() {
    let atlas = atlas_with("CREATED");
    let began = tokio::time::Instant::now();
    let elsewhere = Value::from("ffffffffffffffffffffffff");
    let invoked = invoke(&atlas, &[("group_id", elsewhere)]).await;
    assert!(
        errors(&invoked.diagnostics)[0].contains("group_id"),
        "{:?}",
        invoked.diagnostics
    );
    assert!(began.elapsed() < Duration::from_secs(5));
    let told = invoked.progress.join("\n");
    assert!(!told.contains("does not exist yet"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn one_that_does_not_appear_within_a_short_timeout_is_still_told_with_what_atlas_said() {
    let atlas = Simulator::new();
    let invoked = invoke(&atlas, &[("timeout", Value::from("3s"))]).await;
    let errors = errors(&invoked.diagnostics);
    for words in ["404", "STREAM_PROCESSOR_NOT_FOUND", "processor_name"] {
        assert!(errors[0].contains(words), "{words} in {errors:?}");
    }
    assert!(!errors[0].contains("big pipeline"), "{errors:?}");
}
