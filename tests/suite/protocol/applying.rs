//! Applies: what was planned is what comes of it, and whatever fails, no object is lost.

use super::core::{PROCESSOR, atlas};
use super::host::{Host, Object, decode};
use super::planning::configurations;
use super::{answers, rules};
use atlas_simulator::{Effect, Fault, Lag, Operation, Simulator, StartBehaviour, known};
use plugin_host::Peer;
use plugin_host::tfplugin6::provider_client::ProviderClient;
use serde_json::{Value, json};
use std::time::Duration;

/// Longer than a test lasts.
const HOURS: Duration = Duration::from_secs(10_000);

/// Nothing here takes nearly as long.
const PATIENCE: Duration = Duration::from_secs(30);

/// What Terraform does after an apply, and what it must find: the same object, and nothing to do.
async fn assert_settled(host: &Host, object: &Object, config: &Value) {
    let (read, errors) = host.refresh(object).await;
    assert_eq!((&read, errors), (object, vec![]), "{config}");
    assert_eq!(host.plan(&read, config).await.planned, *object, "{config}");
}

#[tokio::test]
async fn check_36_what_was_created_is_as_planned_and_needs_no_change() {
    let (simulator, url) = atlas().await;
    let host = Host::start(&url).await;
    for state in ["STOPPED", "CREATED", "FAILED", "STARTED"] {
        for arguments in configurations() {
            simulator.set_state(PROCESSOR, state);
            let config = host.config(arguments);
            let object = host.change(&Object::default(), &config).await;
            let id = simulator.processor_id(PROCESSOR).unwrap();
            assert_eq!(object.state["state"], "STARTED", "{state}: {config}");
            assert_eq!(object.state["processor_id"], id.as_str());
            assert_settled(&host, &object, &config).await;
        }
    }
}

#[tokio::test]
async fn check_36_what_was_updated_is_as_planned_and_needs_no_change() {
    let (_, url) = atlas().await;
    let host = Host::start(&url).await;
    for before in configurations() {
        let object = host.create(before).await;
        for after in configurations() {
            let config = host.config(after);
            let updated = host.change(&object, &config).await;
            assert_settled(&host, &updated, &config).await;
        }
    }
}

#[tokio::test]
async fn check_38_a_create_that_fails_after_its_start_leaves_an_object() {
    type Trouble = fn(&Simulator);
    let troubles: [(&str, Trouble, Value); 3] = [
        (
            "it turns out FAILED",
            |simulator| {
                simulator.settings(|settings| settings.start.ends = "FAILED".to_owned());
            },
            json!("FAILED"),
        ),
        (
            "it takes too long",
            |simulator| {
                let slow = StartBehaviour::slow("STARTING", Lag::Time(HOURS));
                simulator.settings(|settings| settings.start = slow);
            },
            json!("STARTING"),
        ),
        (
            "its answer is lost, and nothing can be seen any more",
            |simulator| {
                let lost = Effect::Reset { processed: true };
                simulator.fault(Fault::on(Operation::Start, lost));
                let blind = Fault::on(Operation::Get, Effect::unexpected_error(false));
                simulator.fault(blind.skip(1).always());
            },
            // As it was seen last.
            json!("STOPPED"),
        ),
    ];
    for (what, trouble, state) in troubles {
        let (simulator, url) = atlas().await;
        trouble(&simulator);
        let host = Host::start(&url).await;
        let config = host.config(json!({"timeouts": {"create": "2s"}}));
        let plan = host.plan(&Object::default(), &config).await;
        let (object, errors) = host.apply(&plan).await;
        assert_eq!(errors.len(), 1, "{what}: {errors:?}");
        assert_eq!(object.state["id"], plan.planned.state["id"], "{what}");
        assert_eq!(object.state["state"], state, "{what}");
        assert!(!object.private.is_empty(), "{what}: that it failed is told");
    }
}

#[tokio::test]
async fn check_38_a_create_that_started_nothing_leaves_nothing() {
    let (simulator, url) = atlas().await;
    let host = Host::start(&url).await;
    for refusal in [
        Effect::access_forbidden(),
        Effect::tier_too_small(PROCESSOR),
    ] {
        simulator.fault(Fault::on(Operation::Start, refusal));
        let config = host.config(json!({}));
        let plan = host.plan(&Object::default(), &config).await;
        let (object, errors) = host.apply(&plan).await;
        assert_eq!((object, errors.len()), (Object::default(), 1));
    }
    assert_eq!(simulator.state(PROCESSOR).unwrap(), "STOPPED");
}

#[tokio::test]
async fn check_39_an_update_that_fails_keeps_what_was_and_is_planned_again() {
    for (change, operation) in [
        (json!({"triggers": {"a": "1"}}), Operation::Start),
        (json!({"tier": "SP30"}), Operation::StartWith),
    ] {
        let (simulator, url) = atlas().await;
        let host = Host::start(&url).await;
        let object = host.create(json!({})).await;
        simulator.set_state(PROCESSOR, "STOPPED");
        let (object, _) = host.refresh(&object).await;
        let config = host.config(change);
        let plan = host.plan(&object, &config).await;
        simulator.fault(Fault::on(operation, Effect::access_forbidden()));
        let (kept, errors) = host.apply(&plan).await;
        assert_eq!((&kept, errors.len()), (&object, 1));

        let again = host.plan(&kept, &config).await;
        assert_eq!(again.planned, plan.planned);
        let (changed, errors) = host.apply(&again).await;
        assert_eq!(errors, [""; 0]);
        assert_settled(&host, &changed, &config).await;
    }
}

#[tokio::test]
async fn check_39_an_update_that_fails_half_way_tells_how_far_it_came() {
    let (simulator, url) = atlas().await;
    let host = Host::start(&url).await;
    let object = host.create(json!({})).await;
    let config = host.config(json!({"tier": "SP30"}));
    let plan = host.plan(&object, &config).await;
    // It is stopped, and then not started.
    simulator.fault(Fault::on(
        Operation::StartWith,
        Effect::tier_too_small(PROCESSOR),
    ));
    let (kept, errors) = host.apply(&plan).await;
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(simulator.state(PROCESSOR).unwrap(), "STOPPED");
    let mut stopped = object;
    stopped.state["state"] = json!("STOPPED");
    stopped.private = br#"{"stopped":true}"#.to_vec();
    assert_eq!(kept, stopped);
}

#[tokio::test]
async fn check_39_a_destroy_that_fails_keeps_the_object_and_its_private_bytes() {
    let (simulator, url) = atlas().await;
    simulator.settings(|settings| settings.start.ends = "FAILED".to_owned());
    let host = Host::start(&url).await;
    let config = host.config(json!({"stop_on_destroy": true}));
    let plan = host.plan(&Object::default(), &config).await;
    let (object, _) = host.apply(&plan).await;
    assert!(!object.private.is_empty());
    simulator.set_state(PROCESSOR, "STARTED");

    // What it was seen as last is told; everything else stays.
    let mut seen = object.clone();
    seen.state["state"] = json!("STARTED");

    // Another run: this process does not know that it was the one that started it.
    let host = Host::start(&url).await;
    for trouble in [Effect::access_forbidden(), Effect::unexpected_error(false)] {
        simulator.fault(Fault::on(Operation::Stop, trouble));
        let plan = host.plan(&object, &Value::Null).await;
        let (kept, errors) = host.apply(&plan).await;
        assert_eq!((&kept, errors.len()), (&seen, 1), "{errors:?}");
    }
    assert_eq!(host.change(&object, &Value::Null).await, Object::default());
    assert_eq!(simulator.state(PROCESSOR).unwrap(), "STOPPED");
}

#[tokio::test]
async fn check_40_what_is_gone_already_can_be_destroyed() {
    for arguments in [json!({"stop_on_destroy": true}), json!({})] {
        let (simulator, url) = atlas().await;
        let object = Host::start(&url).await.create(arguments).await;
        simulator.remove_processor(PROCESSOR);
        let host = Host::start(&url).await;
        assert_eq!(host.change(&object, &Value::Null).await, Object::default());
    }
}

#[tokio::test]
async fn check_40_what_goes_between_the_look_and_the_stop_can_be_destroyed() {
    for refusal in [
        Effect::processor_not_found(known::TENANT, PROCESSOR),
        Effect::generic_error(PROCESSOR, "Stream processor does not exist"),
    ] {
        let (simulator, url) = atlas().await;
        let started = Host::start(&url).await;
        let object = started.create(json!({"stop_on_destroy": true})).await;
        let host = Host::start(&url).await;
        let missing = Effect::processor_not_found(known::TENANT, PROCESSOR);
        simulator.fault(Fault::on(Operation::Get, missing).skip(1).always());
        simulator.fault(Fault::on(Operation::Stop, refusal).always());
        assert_eq!(host.change(&object, &Value::Null).await, Object::default());
        assert_eq!(simulator.calls(Operation::Stop), 1);
    }
}

/// Waits for something that must come.
async fn until(what: impl Fn() -> bool) {
    let wait = async {
        while !what() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait)
        .await
        .expect("it never came");
}

#[tokio::test]
async fn check_57_an_apply_that_nobody_waits_for_any_more_is_carried_out() {
    let (simulator, url) = atlas().await;
    let late = Effect::Delay(Duration::from_millis(300));
    simulator.fault(Fault::on(Operation::Start, late));
    let host = Host::start(&url).await;
    let config = host.config(json!({}));
    let plan = host.plan(&Object::default(), &config).await;
    let (request, mut provider) = (plan.to_apply(), host.provider());
    let apply = tokio::spawn(async move { provider.apply_resource_change(request).await });
    until(|| simulator.calls(Operation::Start) == 1).await;
    // The host gives this one call up.
    apply.abort();
    assert!(apply.await.unwrap_err().is_cancelled());
    until(|| simulator.state(PROCESSOR).unwrap() == "STARTED").await;
    // And asks again: what was begun is found, and nothing is sent twice.
    let (object, errors) = host.apply(&plan).await;
    assert_eq!(
        (&object.state["state"], errors),
        (&json!("STARTED"), vec![])
    );
    assert_eq!(simulator.calls(Operation::Start), 1);
}

#[tokio::test]
async fn check_57_a_connection_that_breaks_stops_neither_the_apply_nor_the_process() {
    let (simulator, url) = atlas().await;
    let late = Effect::Delay(Duration::from_millis(300));
    simulator.fault(Fault::on(Operation::Start, late));
    let host = Host::start(&url).await;
    let config = host.config(json!({}));
    let plan = host.plan(&Object::default(), &config).await;
    let (request, mut provider) = (plan.to_apply(), host.provider());
    let apply = tokio::spawn(async move { provider.apply_resource_change(request).await });
    until(|| simulator.calls(Operation::Start) == 1).await;
    apply.abort();
    assert!(apply.await.unwrap_err().is_cancelled());
    let mut process = host.plugin.into_process();
    let channel = process.connect(Peer::default()).await.unwrap();
    until(|| simulator.state(PROCESSOR).unwrap() == "STARTED").await;
    assert!(process.is_running().unwrap());
    answers(channel.clone()).await.unwrap();
    let mut provider = ProviderClient::new(channel);
    let applied = provider
        .apply_resource_change(plan.to_apply())
        .await
        .unwrap();
    let state = decode(applied.into_inner().new_state.as_ref());
    rules::assert_compatible(&plan.planned.state, &state);
    assert_eq!(simulator.calls(Operation::Start), 1);
}
