//! The action that stops: a stop on its own, told as progress, and no more of it than is needed.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, Settings, Simulator, known};
use terraform_provider_atlas::framework::{CancellationToken, Provider, Value};

use tokio::time::Instant;

use super::invoking::{Invoked, START, STOP, atlas_with, invoke_action, invoke_stop};
use super::one_run::Run;
use super::words::{NAME, after, errors, provider, warnings};

#[tokio::test(start_paused = true)]
async fn it_stops_what_runs_and_tells_every_change_of_state() {
    let atlas = atlas_with("STARTED");
    atlas.settings(|settings: &mut Settings| {
        settings.stop_lag = Some(Lag::Time(Duration::from_secs(180)));
    });
    let stopped = invoke_stop(&atlas, &[]).await;
    assert!(stopped.diagnostics.is_empty(), "{:?}", stopped.diagnostics);
    let told = stopped.progress.join("\n");
    for words in [
        "is STARTED",
        "Stopping stream processor \"orders\"",
        "is STOPPING",
        "is STOPPED",
    ] {
        assert_eq!(told.matches(words).count(), 1, "{words} in {told}");
    }
    assert_eq!(atlas.state(NAME).as_deref(), Some("STOPPED"));
    assert_eq!(atlas.calls(Operation::Stop), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_at_rest_is_left_as_it_is() {
    for state in ["STOPPED", "CREATED", "FAILED"] {
        let atlas = atlas_with(state);
        let stopped = invoke_stop(&atlas, &[]).await;
        assert!(stopped.diagnostics.is_empty(), "{:?}", stopped.diagnostics);
        assert_eq!(atlas.calls(Operation::Stop), 0, "{state}");
        assert_eq!(atlas.state(NAME).as_deref(), Some(state));
        let told = stopped.progress.join("\n");
        assert!(
            told.contains("Nothing to do") && told.contains(state),
            "{told}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_fails_while_it_stops_is_at_rest_and_that_is_told() {
    let atlas = atlas_with("STARTED");
    atlas.settings(|settings: &mut Settings| {
        settings.stop_lag = Some(Lag::Time(Duration::from_secs(20)));
    });
    after(&atlas, 5, |atlas| atlas.set_state(NAME, "FAILED"));
    let stopped = invoke_stop(&atlas, &[]).await;
    assert_eq!(errors(&stopped.diagnostics), Vec::<String>::new());
    let warned = warnings(&stopped.diagnostics).join("\n");
    for words in [
        "Stream processor \"orders\" turned FAILED while it was stopped",
        "workspace \"workspace-1\"",
        "Logs tab",
    ] {
        assert!(warned.contains(words), "{words}: {warned}");
        assert!(stopped.progress.join("\n").contains(words), "{words}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_stops_already_is_only_waited_for() {
    let atlas = atlas_with("STOPPING");
    let later = atlas.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(40)).await;
        later.set_state(NAME, "STOPPED");
    });
    let stopped = invoke_stop(&atlas, &[]).await;
    assert!(stopped.diagnostics.is_empty(), "{:?}", stopped.diagnostics);
    assert_eq!(atlas.calls(Operation::Stop), 0);
    assert_eq!(atlas.state(NAME).as_deref(), Some("STOPPED"));
}

#[tokio::test(start_paused = true)]
async fn without_wait_atlas_word_is_enough() {
    let atlas = atlas_with("STARTED");
    atlas.settings(|settings: &mut Settings| {
        settings.stop_lag = Some(Lag::Time(Duration::from_secs(180)));
    });
    let began = tokio::time::Instant::now();
    let stopped = invoke_stop(&atlas, &[("wait", Value::from(false))]).await;
    assert!(stopped.diagnostics.is_empty(), "{:?}", stopped.diagnostics);
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(atlas.calls(Operation::Stop), 1);
    assert_eq!(atlas.calls(Operation::Get), 1);
}

#[tokio::test(start_paused = true)]
async fn the_flags_go_with_the_stop() {
    let atlas = atlas_with("STARTED");
    let flags = [
        ("envelope", Value::from(true)),
        ("pretty", Value::from(true)),
    ];
    let stopped = invoke_stop(&atlas, &flags).await;
    assert!(stopped.diagnostics.is_empty(), "{:?}", stopped.diagnostics);
    let queries: Vec<String> = atlas
        .record()
        .into_iter()
        .filter(|request| request.operation == Operation::Stop)
        .filter_map(|request| request.query)
        .collect();
    assert_eq!(queries, ["envelope=true&pretty=true"]);
}

#[tokio::test(start_paused = true)]
async fn one_that_does_not_exist_does_not_run_and_a_warning_says_so() {
    // Nobody knows the code that Atlas has for it: a list that lacks it has to say what another code does not.
    for (code, lists) in [
        ("STREAM_PROCESSOR_NOT_FOUND", 0),
        ("RESOURCE_NOT_FOUND", 1),
        ("NEW", 1),
    ] {
        let atlas = Simulator::new();
        atlas.settings(|settings: &mut Settings| settings.not_found_code = code.to_owned());
        let stopped = invoke_stop(&atlas, &[]).await;
        let told = only_a_warning(&stopped);
        for words in [
            "Nothing to stop: there is no stream processor \"orders\"",
            "workspace \"workspace-1\"",
            code,
            "check `processor_name`",
        ] {
            assert!(told.contains(words), "{words}: {told}");
        }
        assert_eq!(atlas.calls(Operation::List), lists, "{code}");
        assert_eq!(atlas.calls(Operation::Stop), 0);
    }
}

/// What a run says that ended well, with a warning: the same as progress.
fn only_a_warning(stopped: &Invoked) -> String {
    assert_eq!(errors(&stopped.diagnostics), Vec::<String>::new());
    let warned = warnings(&stopped.diagnostics).join("\n");
    let progress = stopped.progress.join("\n");
    assert!(!progress.contains("Nothing to do"), "{progress}");
    let detail = warned.split_once('\n').map_or("", |(_, detail)| detail);
    assert!(
        !detail.is_empty() && progress.contains(detail),
        "{progress}"
    );
    warned
}

/// The same 404 comes of a wrong workspace or project, or of a `base_url` with a path too many.
#[tokio::test(start_paused = true)]
async fn a_404_that_does_not_name_the_processor_is_an_error_unless_the_list_lacks_it() {
    let short = Effect::answer(200, "application/json", r#"{"results":[],"totalCount":1}"#);
    for (code, named, list) in [
        ("STREAM_TENANT_NOT_FOUND_FOR_NAME", "tenant_name", None),
        ("GROUP_NOT_FOUND", "group_id", None),
        ("RESOURCE_NOT_FOUND", "processor_name", None),
        // It is there all the same, and runs.
        (
            "RESOURCE_NOT_FOUND",
            "processor_name",
            Some(Effect::AsUsual),
        ),
        ("RESOURCE_NOT_FOUND", "processor_name", Some(short)),
    ] {
        let atlas = atlas_with("STARTED");
        let body =
            format!(r#"{{"error":404,"errorCode":"{code}","detail":"No.","reason":"Not Found"}}"#);
        let refused = || Effect::answer(404, "application/json", body.clone());
        atlas.fault(Fault::on(Operation::Get, refused()).always());
        let list = list.unwrap_or_else(refused);
        atlas.fault(Fault::on(Operation::List, list).always());
        let stopped = invoke_stop(&atlas, &[]).await;
        let errors = errors(&stopped.diagnostics);
        assert!(
            errors[0].starts_with("Cannot stop stream processor \"orders\"")
                && errors[0].contains(code)
                && errors[0].contains(named),
            "{code}: {errors:?}"
        );
        assert_eq!(atlas.state(NAME).as_deref(), Some("STARTED"));
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_is_deleted_meanwhile_needs_no_stop_and_a_warning_says_so() {
    for when in ["while it stops", "before it stops"] {
        let atlas = atlas_with("STARTED");
        if when == "while it stops" {
            atlas.settings(|settings: &mut Settings| {
                settings.stop_lag = Some(Lag::Time(Duration::from_secs(60)));
            });
            after(&atlas, 20, |atlas| atlas.remove_processor(NAME));
        } else {
            let gone = Effect::processor_not_found(known::TENANT, NAME);
            atlas.fault(Fault::on(Operation::Stop, gone.clone()).always());
            atlas.fault(Fault::on(Operation::Get, gone).skip(1).always());
        }
        let stopped = invoke_stop(&atlas, &[]).await;
        let told = only_a_warning(&stopped);
        assert!(
            told.contains("was deleted while it was to be stopped"),
            "{when}: {told}"
        );
    }
}

/// One that was seen a moment ago is not gone because something on the way says that something is not there.
#[tokio::test(start_paused = true)]
async fn a_404_that_names_nothing_ends_a_stop_with_an_error_where_the_processor_is_listed() {
    let body =
        r#"{"error":404,"errorCode":"RESOURCE_NOT_FOUND","detail":"No.","reason":"Not Found"}"#;
    let unnamed = || Effect::answer(404, "application/json", body);
    for (accepted, faults) in [
        (
            true,
            vec![Fault::on(Operation::Get, unnamed()).skip(2).times(1)],
        ),
        (
            false,
            vec![
                Fault::on(Operation::Stop, unnamed()).always(),
                Fault::on(Operation::Get, unnamed()).skip(1).always(),
            ],
        ),
    ] {
        let atlas = atlas_with("STARTED");
        atlas.settings(|settings: &mut Settings| {
            settings.stop_lag = Some(Lag::Time(Duration::from_secs(60)));
        });
        for fault in faults {
            atlas.fault(fault);
        }
        let stopped = invoke_stop(&atlas, &[]).await;
        let told = errors(&stopped.diagnostics).join("\n");
        assert!(told.contains("RESOURCE_NOT_FOUND"), "{told}");
        assert_eq!(told.contains("Atlas accepted the stop"), accepted, "{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_deleted_while_it_stopped_is_not_kept_running_by_the_same_run() {
    let atlas = atlas_with("CREATED");
    let run = Run::on(&atlas);
    assert!(run.create(&[]).await.diagnostics.is_empty());
    atlas.settings(|settings: &mut Settings| {
        settings.stop_lag = Some(Lag::Time(Duration::from_secs(60)));
    });
    after(&atlas, 20, |atlas| atlas.remove_processor(NAME));
    only_a_warning(&invoke_action(&run.provider, STOP, &[], &CancellationToken::new()).await);
    atlas.add_processor(NAME, "STARTED");
    run.destroy(&[("stop_on_destroy", Value::from(true))]).await;
    assert_eq!(atlas.state(NAME).as_deref(), Some("STOPPED"));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_looked_at_before_a_second_stop() {
    for (effect, stops) in [
        (Effect::Reset { processed: true }, 1),
        (Effect::Reset { processed: false }, 2),
        (Effect::unexpected_error(true), 1),
    ] {
        let atlas = atlas_with("STARTED");
        atlas.fault(Fault::on(Operation::Stop, effect));
        let stopped = invoke_stop(&atlas, &[]).await;
        assert!(stopped.diagnostics.is_empty(), "{:?}", stopped.diagnostics);
        assert_eq!(atlas.state(NAME).as_deref(), Some("STOPPED"));
        assert_eq!(atlas.calls(Operation::Stop), stops);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_and_the_end_of_its_time_say_what_to_do() {
    let atlas = atlas_with("STARTED");
    atlas.fault(Fault::on(Operation::Stop, Effect::access_forbidden()).always());
    let refused = errors(&invoke_stop(&atlas, &[]).await.diagnostics).join("\n");
    for words in ["Cannot stop", "403", "Project Stream Processing Owner"] {
        assert!(refused.contains(words), "{words} in {refused}");
    }
    assert!(
        !refused.contains("first"),
        "it is no part of a start: {refused}"
    );

    let atlas = atlas_with("STARTED");
    atlas.settings(|settings: &mut Settings| {
        settings.stop_lag = Some(Lag::Time(Duration::from_secs(600)));
    });
    let late = invoke_stop(&atlas, &[("timeout", Value::from("30s"))]).await;
    let late = errors(&late.diagnostics).join("\n");
    for words in [
        "Cannot stop stream processor \"orders\" in time",
        "Atlas accepted the stop",
        "argument timeout",
        "STOPPING",
    ] {
        assert!(late.contains(words), "{words} in {late}");
    }
}

#[tokio::test(start_paused = true)]
async fn arguments_are_checked_before_any_request() {
    let atlas = atlas_with("STARTED");
    let provider = provider(&atlas);
    let actions = provider.actions();
    let action = actions
        .iter()
        .find(|action| action.type_name() == STOP)
        .unwrap();
    for (name, value) in [
        ("group_id", "not-an-id"),
        ("tenant_name", ""),
        ("processor_name", ".."),
        ("timeout", "soon"),
    ] {
        let mut config = action.schema().null_object();
        config.set(name, value);
        let refused = errors(&action.validate(&config));
        assert!(
            refused.iter().any(|error| error.contains(name)),
            "{name}: {refused:?}"
        );
    }
    assert_eq!(atlas.record().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_start_and_a_stop_of_one_process_wait_for_one_another() {
    let atlas = atlas_with("CREATED");
    let provider = provider(&atlas);
    let cancel = CancellationToken::new();
    let (started, stopped) = tokio::join!(
        invoke_action(&provider, START, &[], &cancel),
        invoke_action(&provider, STOP, &[], &cancel),
    );
    assert!(started.diagnostics.is_empty(), "{:?}", started.diagnostics);
    assert!(stopped.diagnostics.is_empty(), "{:?}", stopped.diagnostics);
    assert_eq!(atlas.state(NAME).as_deref(), Some("STOPPED"));
    assert_eq!(atlas.calls(Operation::Stop), 1);
}

#[tokio::test(start_paused = true)]
async fn what_it_stopped_is_not_what_the_same_run_keeps_running() {
    let atlas = atlas_with("CREATED");
    let run = Run::on(&atlas);
    assert!(run.create(&[]).await.diagnostics.is_empty());
    let cancel = CancellationToken::new();
    let stopped = invoke_action(&run.provider, STOP, &[], &cancel).await;
    assert!(stopped.diagnostics.is_empty(), "{:?}", stopped.diagnostics);
    // Somebody else's, by now.
    atlas.set_state(NAME, "STARTED");
    let destroyed = run.destroy(&[]).await;
    assert!(warnings(&destroyed.diagnostics).is_empty());
    assert_eq!(atlas.state(NAME).as_deref(), Some("STOPPED"));
}

#[tokio::test(start_paused = true)]
async fn looks_that_stay_refused_end_the_wait_for_a_stop_with_what_atlas_says() {
    for refusal in [Effect::user_unauthorized, Effect::access_forbidden] {
        let atlas = atlas_with("STARTED");
        atlas.fault(Fault::on(Operation::Get, refusal()).skip(1).always());
        let began = Instant::now();
        let told = errors(&invoke_stop(&atlas, &[]).await.diagnostics);
        assert!(began.elapsed() < Duration::from_secs(60), "{told:?}");
        for words in ["waiting until the processor is STOPPED", "HTTP 40"] {
            assert!(told[0].contains(words), "{words} in {told:?}");
        }
        assert!(!told[0].contains("more time"), "{told:?}");
        assert_eq!(atlas.calls(Operation::Stop), 1);
    }
}
