//! Actions: whatever the configuration, an invocation is progress and then exactly one completion.

use super::answers;
use super::core::{PROCESSOR, START, atlas, errors};
use super::host::{Host, capabilities, complete, encode, named};
use super::unknowns::{encode_as, forms};
use atlas_simulator::{Effect, Fault, Operation};
use plugin_host::dynamic::unknown;
use plugin_host::tfplugin6::invoke_action::{self, event::Type};
use plugin_host::tfplugin6::{DynamicValue, plan_action, stop_provider, validate_action_config};
use serde_json::{Value, json};
use std::time::Duration;
use tonic::Streaming;

/// Nothing here takes nearly as long.
const PATIENCE: Duration = Duration::from_secs(30);

fn config(host: &Host, arguments: Value) -> Value {
    complete(host.action_block(), named(arguments))
}

/// The errors of ValidateActionConfig and of PlanAction.
async fn planned(host: &Host, config: Option<DynamicValue>) -> (Vec<String>, Vec<String>) {
    let validate = validate_action_config::Request {
        type_name: START.to_owned(),
        config: config.clone(),
    };
    let validated = host
        .provider()
        .validate_action_config(validate)
        .await
        .unwrap();
    let plan = plan_action::Request {
        action_type: START.to_owned(),
        config,
        client_capabilities: capabilities(),
    };
    let planned = host
        .provider()
        .plan_action(plan)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(planned.deferred, None);
    (
        errors(&validated.into_inner().diagnostics),
        errors(&planned.diagnostics),
    )
}

async fn invoke(host: &Host, config: Option<DynamicValue>) -> Streaming<invoke_action::Event> {
    let request = invoke_action::Request {
        action_type: START.to_owned(),
        config,
        client_capabilities: capabilities(),
    };
    host.provider()
        .invoke_action(request)
        .await
        .unwrap()
        .into_inner()
}

/// All messages of an invocation and then its errors; an event without a type would bring a host down.
async fn told(mut events: Streaming<invoke_action::Event>) -> (Vec<String>, Vec<String>) {
    let mut messages = Vec::new();
    loop {
        let event = tokio::time::timeout(PATIENCE, events.message()).await;
        let event = event.expect("the action hangs").unwrap();
        match event
            .expect("it ends without a completion")
            .r#type
            .expect("an empty event")
        {
            Type::Progress(progress) => messages.push(progress.message),
            Type::Completed(completed) => {
                assert_eq!(
                    events.message().await.unwrap(),
                    None,
                    "after the completion"
                );
                return (messages, errors(&completed.diagnostics));
            }
        }
    }
}

#[tokio::test]
async fn check_51_an_action_without_a_configuration() {
    let (simulator, url) = atlas().await;
    let host = Host::start(&url).await;
    let nothing = [
        None,
        Some(DynamicValue::default()),
        Some(encode(&Value::Null)),
        Some(encode(&complete(host.action_block(), json!({})))),
    ];
    for config in nothing {
        assert_eq!(planned(&host, config.clone()).await, (vec![], vec![]));
        let (messages, errors) = told(invoke(&host, config).await).await;
        assert_eq!((messages.len(), errors.len()), (0, 1));
        assert!(errors[0].contains("config block"), "{errors:?}");
    }
    assert_eq!(simulator.record().len(), 0);
}

#[tokio::test]
async fn check_51_what_is_not_known_is_planned_and_not_invoked() {
    let (simulator, url) = atlas().await;
    let host = Host::start(&url).await;
    let block = host.action_block();
    let attributes = block.attributes.iter().map(|one| one.name.as_str());
    let blocks = block.block_types.iter().map(|one| one.type_name.as_str());
    let mut cases: Vec<Value> = attributes
        .chain(blocks)
        .map(|name| config(&host, json!({name: unknown()})))
        .collect();
    cases.push(config(
        &host,
        json!({"failover": {"region": unknown(), "mode": unknown()}}),
    ));
    for config in cases {
        for form in forms() {
            let config = encode_as(&config, &form);
            assert_eq!(planned(&host, Some(config.clone())).await, (vec![], vec![]));
            let (messages, errors) = told(invoke(&host, Some(config)).await).await;
            assert_eq!((messages.len(), errors.len()), (0, 1));
        }
    }
    assert_eq!(simulator.record().len(), 0, "nobody was asked");
}

#[tokio::test]
async fn check_51_an_invocation_is_progress_and_one_completion() {
    let (simulator, url) = atlas().await;
    let host = Host::start(&url).await;
    let cases = [
        (json!({}), Effect::AsUsual, 0),
        (json!({"tier": "SP10"}), Effect::AsUsual, 0),
        (
            json!({"failover": {"region": "VIRGINIA_USA", "dry_run": true}}),
            Effect::AsUsual,
            0,
        ),
        (json!({"wait": false, "timeout": "1m"}), Effect::AsUsual, 0),
        (
            json!({"processor_name": "missing", "timeout": "1s"}),
            Effect::AsUsual,
            1,
        ),
        (json!({"tier": "enormous"}), Effect::AsUsual, 1),
        (json!({}), Effect::access_forbidden(), 1),
        (json!({}), Effect::unexpected_error(false), 1),
    ];
    for (arguments, effect, failures) in cases {
        simulator.set_state(PROCESSOR, "STOPPED");
        for operation in [Operation::Start, Operation::StartWith] {
            simulator.fault(Fault::on(operation, effect.clone()));
        }
        let config = encode(&config(&host, arguments.clone()));
        simulator.clear_record();
        planned(&host, Some(config.clone())).await;
        assert_eq!(simulator.record().len(), 0, "a plan has no effect");
        let (messages, errors) = told(invoke(&host, Some(config)).await).await;
        assert_eq!(errors.len(), failures, "{arguments}: {errors:?}");
        assert!(failures > 0 || !messages.is_empty(), "{arguments}");
        simulator.clear_faults();
    }
    // A processor that runs needs no start, and that is told too.
    simulator.set_state(PROCESSOR, "STARTED");
    simulator.clear_record();
    let (messages, errors) =
        told(invoke(&host, Some(encode(&config(&host, json!({}))))).await).await;
    assert_eq!((messages.is_empty(), errors), (false, vec![]));
    assert_eq!(simulator.calls(Operation::Start), 0);
}

#[tokio::test]
async fn check_51_an_invocation_that_nobody_listens_to_any_more_goes_on() {
    let (simulator, url) = atlas().await;
    let late = Effect::Delay(Duration::from_millis(300));
    simulator.fault(Fault::on(Operation::Start, late));
    let host = Host::start(&url).await;
    let events = invoke(&host, Some(encode(&config(&host, json!({}))))).await;
    while simulator.calls(Operation::Start) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(events);
    let started = async {
        while simulator.state(PROCESSOR).unwrap() != "STARTED" {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, started)
        .await
        .expect("it was given up");
    answers(host.plugin.channel()).await.unwrap();
}

#[tokio::test]
async fn check_51_an_invocation_that_nobody_listens_to_any_more_begins_nothing() {
    let (simulator, url) = atlas().await;
    let late = Effect::Delay(Duration::from_millis(500));
    simulator.fault(Fault::on(Operation::Get, late));
    let host = Host::start(&url).await;
    let events = invoke(&host, Some(encode(&config(&host, json!({}))))).await;
    while simulator.calls(Operation::Get) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(events);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(simulator.calls(Operation::Start), 0);
    answers(host.plugin.channel()).await.unwrap();
}

#[tokio::test]
async fn check_52_a_stopped_invocation_completes_with_an_error() {
    let (simulator, url) = atlas().await;
    let host = Host::start(&url).await;
    let of_orders = Some(encode(&config(&host, json!({"timeout": "2h"}))));
    // Its POST is still on the way, and that is given one more second for its answer.
    let hours = Effect::Delay(Duration::from_secs(10_000));
    simulator.fault(Fault::on(Operation::Start, hours));
    // The second waits for its turn; it is stopped as well.
    let first = invoke(&host, of_orders.clone()).await;
    let second = invoke(&host, of_orders).await;
    while simulator.calls(Operation::Start) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let request = stop_provider::Request {};
    let mut provider = host.provider();
    let mut first = std::pin::pin!(told(first));
    let stopped = tokio::select! {
        biased;
        told = &mut first => panic!("the stop waited for what it stops: {told:?}"),
        stopped = provider.stop_provider(request) => stopped.unwrap().into_inner(),
    };
    assert_eq!(stopped.error, "");
    for (_, errors) in [first.await, told(second).await] {
        assert_eq!(errors.len(), 1, "{errors:?}");
    }
    // One that comes later is none of its business; of the same processor it would wait until that start cannot come any more.
    simulator.add_processor("invoices", "STOPPED");
    let later = config(&host, json!({"processor_name": "invoices"}));
    let later = Some(encode(&later));
    assert_eq!(told(invoke(&host, later).await).await.1, [""; 0]);
}
