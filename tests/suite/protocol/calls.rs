//! Calls in flight: what a signal, StopProvider, Shutdown and the log do to them and with them.

use super::core::{Core, PROCESSOR, START, atlas, errors, outcome};
use super::{WITH_TOKEN, WITHOUT_TOKEN, ends_within, launch};
use atlas_simulator::{Effect, Fault, Lag, Operation, Simulator, StartBehaviour, known};
use plugin_host::Signal;
use plugin_host::tfplugin6::{apply_resource_change, invoke_action, stop_provider};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Nothing that a test waits for takes nearly as long.
const PATIENCE: Duration = Duration::from_secs(30);

/// Longer than a test lasts.
const HOURS: Duration = Duration::from_secs(10_000);

/// A call on its way.
type Call<T> = JoinHandle<Result<T, tonic::Status>>;

/// Sends an apply, and waits until Atlas has seen its start.
async fn begin_apply(core: &Core, simulator: &Simulator) -> Call<apply_resource_change::Response> {
    let request = core.plan(json!({})).await;
    let mut provider = core.provider();
    let call = tokio::spawn(async move {
        provider
            .apply_resource_change(request)
            .await
            .map(tonic::Response::into_inner)
    });
    started(simulator).await;
    call
}

async fn started(simulator: &Simulator) {
    while simulator.calls(Operation::Start) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A start that Atlas accepts at once and that is not over while the test lasts.
fn start_slowly(simulator: &Simulator) {
    simulator
        .settings(|settings| settings.start = StartBehaviour::slow("STARTING", Lag::Time(HOURS)));
}

#[tokio::test]
async fn check_15_an_open_apply_and_an_open_action_do_not_hold_up_the_end() {
    let (simulator, url) = atlas().await;
    start_slowly(&simulator);
    let core = Core::start(&url).await;
    let apply = begin_apply(&core, &simulator).await;
    let request = invoke_action::Request {
        action_type: START.to_owned(),
        config: Some(core.action(json!({}))),
        client_capabilities: None,
    };
    let action = core.provider().invoke_action(request).await.unwrap();
    ends_within(core.plugin.shutdown().await.unwrap(), WITHOUT_TOKEN);
    drop((apply, action));
}

#[tokio::test]
async fn check_15_a_token_is_given_back_before_the_end_though_atlas_takes_its_time() {
    let (simulator, url) = atlas().await;
    let account = json!({
        "base_url": url,
        "client_id": known::CLIENT_ID,
        "client_secret": known::CLIENT_SECRET,
    });
    let core = Core::start_with(launch(), account).await;
    let plan = core.plan(json!({})).await;
    core.provider().apply_resource_change(plan).await.unwrap();
    assert_eq!(simulator.calls(Operation::Token), 1);
    simulator.fault(Fault::on(Operation::Revoke, Effect::Delay(HOURS)));
    ends_within(core.plugin.shutdown().await.unwrap(), WITH_TOKEN);
    assert_eq!(simulator.calls(Operation::Revoke), 1);
}

#[tokio::test]
async fn check_16_what_a_terminal_sends_to_all_does_not_disturb_an_apply() {
    let (simulator, url) = atlas().await;
    simulator.settings(|settings| {
        settings.start = StartBehaviour::slow("STARTING", Lag::Time(Duration::from_millis(500)));
    });
    let core = Core::start(&url).await;
    let apply = begin_apply(&core, &simulator).await;
    for _ in 0..3 {
        core.plugin.signal(Signal::Interrupt).unwrap();
        core.plugin.signal(Signal::HangUp).unwrap();
    }
    let (state, errors) = outcome(apply.await.unwrap().unwrap());
    assert_eq!((&state["state"], errors), (&json!("STARTED"), vec![]));
    assert!(core.plugin.shutdown().await.unwrap().status.success());
}

#[tokio::test]
async fn check_16_a_provider_told_to_terminate_answers_its_call_and_ends() {
    let (simulator, url) = atlas().await;
    start_slowly(&simulator);
    let mut core = Core::start(&url).await;
    let apply = begin_apply(&core, &simulator).await;
    core.plugin.signal(Signal::Terminate).unwrap();
    let (state, errors) = outcome(apply.await.unwrap().unwrap());
    assert_eq!(
        state["processor_name"], PROCESSOR,
        "what was begun is not forgotten"
    );
    assert_eq!(errors.len(), 1, "{errors:?}");
    // The answer has come; now nothing holds the process any more.
    let ended = core
        .plugin
        .ended(Instant::now(), Duration::from_secs(2))
        .await
        .unwrap();
    assert_eq!(ended.status.code(), Some(0));
}

#[tokio::test]
async fn check_16_a_start_on_its_way_when_the_provider_is_told_to_terminate_is_answered_as_it_went()
{
    let (simulator, url) = atlas().await;
    let soon = Effect::AsUsual.after(Duration::from_millis(500));
    simulator.fault(Fault::on(Operation::Start, soon));
    start_slowly(&simulator);
    let mut core = Core::start(&url).await;
    let apply = begin_apply(&core, &simulator).await;
    // A signal to the whole group reaches the host too, which asks for the same once more.
    core.plugin.signal(Signal::Terminate).unwrap();
    let stop = stop_provider::Request {};
    core.provider().stop_provider(stop).await.unwrap();
    let (state, errors) = outcome(apply.await.unwrap().unwrap());
    assert_ne!(state["started_at"], Value::Null, "Atlas did accept it");
    assert_eq!(errors.len(), 1, "{errors:?}");
    let ended = core
        .plugin
        .ended(Instant::now(), Duration::from_secs(2))
        .await
        .unwrap();
    assert_eq!(ended.status.code(), Some(0));
}

#[tokio::test]
async fn check_16_a_call_that_comes_while_the_provider_ends_begins_nothing() {
    let (simulator, url) = atlas().await;
    simulator.add_processor("payments", "STOPPED");
    start_slowly(&simulator);
    // The first is still at its POST when the second comes.
    simulator.fault(Fault::on(Operation::Start, Effect::Delay(HOURS)).of(PROCESSOR));
    let core = Core::start(&url).await;
    let late = core.plan(json!({"processor_name": "payments"})).await;
    let first = begin_apply(&core, &simulator).await;
    core.plugin.signal(Signal::Terminate).unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let late = core.provider().apply_resource_change(late).await;
    let (state, errors) = outcome(late.expect("an answer").into_inner());
    assert_eq!((state, errors.len()), (Value::Null, 1), "{errors:?}");
    assert!(errors[0].contains("payments"), "{errors:?}");
    let asked = simulator.record();
    let of_late = asked.iter().find(|one| one.path.contains("payments"));
    assert!(of_late.is_none(), "{of_late:?}");
    let (state, errors) = outcome(first.await.unwrap().unwrap());
    assert_eq!(
        (&state["processor_name"], errors.len()),
        (&json!(PROCESSOR), 1)
    );
}

#[tokio::test]
async fn check_16_a_host_that_dies_does_not_stop_the_start_that_it_asked_for() {
    let (simulator, url) = atlas().await;
    simulator.fault(Fault::on(
        Operation::Start,
        Effect::Delay(Duration::from_secs(1)),
    ));
    let core = Core::start(&url).await;
    let request = core.plan(json!({})).await;
    let mut provider = core.provider();
    let apply = tokio::spawn(async move { provider.apply_resource_change(request).await });
    while simulator.calls(Operation::Get) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    apply.abort();
    let mut process = core.plugin.into_process();
    started(&simulator).await;
    let ended = process
        .ended(Instant::now(), Duration::from_secs(30))
        .await
        .unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(simulator.state(PROCESSOR).as_deref(), Some("STARTED"));
}

#[tokio::test]
async fn check_17_stop_does_not_wait_for_what_it_stops() {
    let (simulator, url) = atlas().await;
    let core = Core::start(&url).await;
    // A POST on its way is given one more second for its answer.
    simulator.fault(Fault::on(Operation::Start, Effect::Delay(HOURS)));
    let request = core.plan(json!({})).await;
    let (mut provider, mut stopping) = (core.provider(), core.provider());
    // Not in a task of its own: which of the two answers comes first is to be seen here.
    let mut apply = std::pin::pin!(provider.apply_resource_change(request));
    tokio::select! {
        outcome = &mut apply => panic!("nothing has stopped it yet: {outcome:?}"),
        () = started(&simulator) => {}
    }
    let stopped = tokio::select! {
        biased;
        outcome = &mut apply => panic!("the stop waited for what it stops: {outcome:?}"),
        stopped = stopping.stop_provider(stop_provider::Request {}) => stopped,
    };
    assert_eq!(stopped.unwrap().into_inner().error, "");
    let answer = tokio::time::timeout(PATIENCE, apply).await;
    let answer = answer.expect("the stop ends the call").unwrap();
    let (state, errors) = outcome(answer.into_inner());
    assert_eq!(
        (&state["processor_name"], errors.len()),
        (&json!(PROCESSOR), 1),
        "what may have been begun is not forgotten: {errors:?}"
    );
}

#[tokio::test]
async fn check_17_stop_ends_what_waits_and_nothing_later() {
    let (simulator, url) = atlas().await;
    start_slowly(&simulator);
    let core = Core::start(&url).await;
    let apply = begin_apply(&core, &simulator).await;
    let stopped = core
        .provider()
        .stop_provider(stop_provider::Request {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!(stopped.error, "");
    let answer = tokio::time::timeout(PATIENCE, apply).await;
    let answer = answer.expect("the stop ends the wait").unwrap();
    let (state, errors) = outcome(answer.unwrap());
    assert_eq!(
        state["processor_name"], PROCESSOR,
        "what was begun is not forgotten"
    );
    assert_eq!(errors.len(), 1, "{errors:?}");
    // A later call is none of its business.
    simulator.settings(|settings| settings.start = StartBehaviour::default());
    simulator.set_state(PROCESSOR, "STOPPED");
    let request = core.plan(json!({})).await;
    let (state, errors) = outcome(
        core.provider()
            .apply_resource_change(request)
            .await
            .unwrap()
            .into_inner(),
    );
    assert_eq!((&state["state"], errors), (&json!("STARTED"), vec![]));
}

#[tokio::test]
async fn check_20_no_secret_is_ever_logged_or_told() {
    let access_token = json!({"access_token": known::ACCESS_TOKEN});
    let service_account =
        json!({"client_id": known::CLIENT_ID, "client_secret": known::CLIENT_SECRET});
    let api_key = json!({"public_key": known::PUBLIC_KEY, "private_key": known::PRIVATE_KEY});
    for mut configuration in [access_token, service_account, api_key] {
        let (simulator, url) = atlas().await;
        configuration["base_url"] = Value::from(url);
        let mut core =
            Core::start_with(launch().env("TF_LOG", "TRACE"), configuration.clone()).await;
        let request = core.plan(json!({})).await;
        let (state, told) = outcome(
            core.provider()
                .apply_resource_change(request)
                .await
                .unwrap()
                .into_inner(),
        );
        assert_eq!(
            (&state["state"], told),
            (&json!("STARTED"), vec![]),
            "{configuration}"
        );
        // And once more where everything goes wrong.
        simulator.set_state(PROCESSOR, "STOPPED");
        simulator.fault(Fault::on_any(Effect::user_unauthorized()).always());
        let request = core.plan(json!({})).await;
        let response = core
            .provider()
            .apply_resource_change(request)
            .await
            .unwrap()
            .into_inner();
        let told = errors(&response.diagnostics);
        assert!(!told.is_empty());
        let asked = Instant::now();
        core.plugin.signal(Signal::Terminate).unwrap();
        core.plugin
            .ended(asked, Duration::from_secs(2))
            .await
            .unwrap();

        let logged = core.plugin.stderr();
        assert!(!logged.is_empty());
        let mut secrets = vec![
            known::ACCESS_TOKEN.to_owned(),
            known::CLIENT_SECRET.to_owned(),
            known::PRIVATE_KEY.to_owned(),
        ];
        // What was fetched with them is as secret: everything that went out after "Authorization: Bearer".
        for request in simulator.record() {
            let header = request.header("authorization").unwrap_or_default();
            secrets.extend(
                header
                    .split_once(' ')
                    .map(|(_, credentials)| credentials.to_owned()),
            );
        }
        for text in logged.iter().chain(&told) {
            for secret in &secrets {
                assert!(!text.contains(secret.as_str()), "{text}");
            }
        }
    }
}
