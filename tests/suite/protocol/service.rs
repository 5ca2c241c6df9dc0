//! The service as a whole: every RPC answers, in any order, many at once, large ones too.

use super::core::{PROCESSOR, START, atlas, errors};
use super::host::{Host, Object, capabilities, complete, encode, named, open};
use super::{answers, launch, rules, start};
use atlas_simulator::Operation;
use plugin_host::goplugin::Empty;
use plugin_host::tfplugin6::{self as pb, Diagnostic, RawState, get_provider_schema};
use serde_json::{Value, json};
use std::time::Duration;
use tokio_stream::StreamExt as _;
use tonic::transport::Channel;

/// Nothing here takes nearly as long; a deadlock takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// The names of the service's RPCs.
fn rpcs() -> Vec<&'static str> {
    let contract = include_str!("../../../proto/tfplugin6.proto").lines();
    let rpcs = contract.filter_map(|line| line.trim().strip_prefix("rpc "));
    rpcs.map(|rpc| rpc.split('(').next().unwrap()).collect()
}

/// Calls any RPC with an empty request; one answer and a stream of answers are the same on the wire.
async fn call_with_nothing(channel: Channel, rpc: &str) -> Result<usize, tonic::Status> {
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.unwrap();
    let path = format!("/tfplugin6.Provider/{rpc}").parse().unwrap();
    let codec = tonic_prost::ProstCodec::<Empty, Empty>::default();
    let request = tonic::Request::new(Empty {});
    let answers = client.server_streaming(request, path, codec).await?;
    let answers: Vec<_> = answers.into_inner().collect().await;
    let count = answers.len();
    answers.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(count)
}

#[tokio::test]
async fn check_22_every_rpc_answers_even_to_nothing() {
    let plugin = start().await;
    let rpcs = rpcs();
    assert!(rpcs.len() > 30, "{rpcs:?}");
    for rpc in rpcs {
        let answered = call_with_nothing(plugin.channel(), rpc).await;
        assert_eq!(
            answered.unwrap_or_else(|status| panic!("{rpc}: {status}")),
            1,
            "{rpc}"
        );
        answers(plugin.channel()).await.unwrap();
    }
    assert_eq!(plugin.shutdown().await.unwrap().status.code(), Some(0));
}

/// Calls RPCs that name a type which is not there, and pairs each with its diagnostics.
macro_rules! about_nothing {
    ($provider:expr, $($rpc:ident($module:ident.$name:ident);)*) => {
        vec![$({
            let request = pb::$module::Request { $name: "atlas_nothing".to_owned(), ..Default::default() };
            let answer = $provider.$rpc(request).await.unwrap().into_inner();
            (stringify!($rpc), answer.diagnostics)
        }),*]
    };
}

fn assert_refused(rpc: &str, diagnostics: &[Diagnostic]) {
    let errors = errors(diagnostics);
    assert_eq!(errors.len(), 1, "{rpc}: {diagnostics:?}");
    assert!(errors[0].contains("atlas_nothing"), "{rpc}: {errors:?}");
}

#[tokio::test]
#[allow(
    clippy::needless_update,
    reason = "some requests hold nothing but a name"
)]
async fn check_22_what_is_not_offered_is_refused_in_words() {
    let plugin = start().await;
    let mut provider = plugin.provider();
    let refusals = about_nothing![provider,
        validate_data_resource_config(validate_data_resource_config.type_name);
        read_data_source(read_data_source.type_name);
        generate_resource_config(generate_resource_config.type_name);
        validate_ephemeral_resource_config(validate_ephemeral_resource_config.type_name);
        open_ephemeral_resource(open_ephemeral_resource.type_name);
        renew_ephemeral_resource(renew_ephemeral_resource.type_name);
        close_ephemeral_resource(close_ephemeral_resource.type_name);
        validate_list_resource_config(validate_list_resource_config.type_name);
        validate_state_store_config(validate_state_store.type_name);
        configure_state_store(configure_state_store.type_name);
        lock_state(lock_state.type_name);
        unlock_state(unlock_state.type_name);
        get_states(get_states.type_name);
        delete_state(delete_state.type_name);
    ];
    for (rpc, diagnostics) in refusals {
        assert_refused(rpc, &diagnostics);
    }
    let read = pb::read_state_bytes::Request {
        type_name: "atlas_nothing".to_owned(),
        state_id: String::new(),
    };
    let mut read = provider.read_state_bytes(read).await.unwrap().into_inner();
    let first = read.message().await.unwrap().unwrap();
    assert_refused("read_state_bytes", &first.diagnostics);
    assert_eq!(read.message().await.unwrap(), None);
    let chunk = pb::write_state_bytes::RequestChunk {
        meta: Some(pb::RequestChunkMeta {
            type_name: "atlas_nothing".to_owned(),
            state_id: String::new(),
        }),
        bytes: vec![0; 1 << 20],
        ..Default::default()
    };
    let written = provider
        .write_state_bytes(tokio_stream::iter(vec![chunk; 5]))
        .await;
    assert_refused(
        "write_state_bytes",
        &written.unwrap().into_inner().diagnostics,
    );
    let function = pb::call_function::Request {
        name: "nothing".to_owned(),
        arguments: vec![],
    };
    let called = provider.call_function(function).await.unwrap().into_inner();
    assert!(called.error.unwrap().text.contains("nothing"));
    let functions = provider.get_functions(pb::get_functions::Request {}).await;
    assert_eq!(
        functions.unwrap().into_inner(),
        pb::get_functions::Response::default()
    );
    let list = pb::list_resource::Request {
        type_name: "atlas_nothing".to_owned(),
        ..Default::default()
    };
    let mut events = provider.list_resource(list).await.unwrap().into_inner();
    assert_refused(
        "list_resource",
        &events.message().await.unwrap().unwrap().diagnostic,
    );
    assert_eq!(events.message().await.unwrap(), None);
}

#[tokio::test]
async fn check_26_a_type_that_is_not_there_is_an_error_and_costs_no_state() {
    let plugin = start().await;
    let mut provider = plugin.provider();
    let refusals = about_nothing![provider,
        validate_resource_config(validate_resource_config.type_name);
        upgrade_resource_state(upgrade_resource_state.type_name);
        upgrade_resource_identity(upgrade_resource_identity.type_name);
        read_resource(read_resource.type_name);
        plan_resource_change(plan_resource_change.type_name);
        apply_resource_change(apply_resource_change.type_name);
        import_resource_state(import_resource_state.type_name);
        move_resource_state(move_resource_state.target_type_name);
        validate_action_config(validate_action_config.type_name);
        plan_action(plan_action.action_type);
    ];
    for (rpc, diagnostics) in refusals {
        assert_refused(rpc, &diagnostics);
    }
    let invoke = pb::invoke_action::Request {
        action_type: "atlas_nothing".to_owned(),
        ..Default::default()
    };
    let mut events = provider.invoke_action(invoke).await.unwrap().into_inner();
    let Some(pb::invoke_action::event::Type::Completed(completed)) =
        events.message().await.unwrap().unwrap().r#type
    else {
        panic!("not completed")
    };
    assert_refused("invoke_action", &completed.diagnostics);
    assert_eq!(events.message().await.unwrap(), None);

    let state = Some(encode(&json!({"any": "thing"})));
    let read = pb::read_resource::Request {
        type_name: "atlas_nothing".to_owned(),
        current_state: state.clone(),
        private: b"private".to_vec(),
        ..Default::default()
    };
    let read = provider.read_resource(read).await.unwrap().into_inner();
    assert_eq!(
        (read.new_state, read.private),
        (state.clone(), b"private".to_vec())
    );
    let apply = pb::apply_resource_change::Request {
        type_name: "atlas_nothing".to_owned(),
        prior_state: state.clone(),
        planned_private: b"private".to_vec(),
        ..Default::default()
    };
    let applied = provider
        .apply_resource_change(apply)
        .await
        .unwrap()
        .into_inner();
    // Beside an error, none means that hosts keep what they have.
    assert_refused("apply_resource_change", &applied.diagnostics);
    assert_eq!(applied.new_state, Some(encode(&json!(null))));
}

#[tokio::test]
async fn check_23_any_other_rpc_may_come_first() {
    let (simulator, url) = atlas().await;
    let known = Host::start(&url).await;
    let object = known.create(json!({"triggers": {"a": "1"}})).await;
    let config = known.config(json!({"triggers": {"a": "1"}}));
    for rpc in rpcs() {
        if rpc == "GetProviderSchema" {
            continue;
        }
        // A process that is never asked for its schema.
        let host = Host {
            plugin: launch().start().await.unwrap(),
            schemas: known.schemas.clone(),
        };
        call_with_nothing(host.plugin.channel(), rpc).await.unwrap();
        assert_eq!(errors(&host.configure(open(&url)).await), [""; 0]);
        let (read, told) = host.refresh(&object).await;
        assert_eq!((&read, told), (&object, vec![]), "{rpc}");
        assert_eq!(host.plan(&read, &config).await.planned, object, "{rpc}");
    }
    // And the first that matters may be the one that changes the world.
    let host = Host {
        plugin: launch().start().await.unwrap(),
        schemas: known.schemas.clone(),
    };
    host.configure(open(&url)).await;
    simulator.set_state(PROCESSOR, "STOPPED");
    assert_eq!(host.create(json!({})).await.state["state"], "STARTED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_54_many_calls_of_all_kinds_at_once_block_nobody() {
    let (simulator, url) = atlas().await;
    let host = std::sync::Arc::new(Host::start(&url).await);
    let callers = (0..10).map(|caller| {
        let name = format!("processor-{caller}");
        simulator.add_processor(&name, "STOPPED");
        let host = std::sync::Arc::clone(&host);
        tokio::spawn(async move {
            for round in 0..10 {
                ten_calls(
                    &host,
                    json!({"processor_name": name, "triggers": {"round": round.to_string()}}),
                )
                .await;
            }
        })
    });
    let callers = callers.collect::<Vec<_>>();
    let all = async {
        for caller in callers {
            caller.await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, all)
        .await
        .expect("a deadlock");
    assert_eq!(
        simulator.calls(Operation::Start),
        10,
        "each processor was started once"
    );
    #[cfg(target_os = "linux")]
    assert!(
        host.peak_memory() < 64 << 20,
        "{} bytes",
        host.peak_memory()
    );
}

/// A life of an object in ten calls.
async fn ten_calls(host: &Host, arguments: Value) {
    let config = host.config(arguments.clone());
    let mut provider = host.provider();
    let request = get_provider_schema::Request {};
    provider.get_provider_schema(request).await.unwrap();
    let request = pb::validate_resource_config::Request {
        type_name: START.to_owned(),
        config: Some(encode(&config)),
        client_capabilities: capabilities(),
    };
    let told = provider.validate_resource_config(request).await.unwrap();
    assert_eq!(told.into_inner().diagnostics, []);
    let object = host.change(&Object::default(), &config).await;
    assert_eq!(object.state["state"], "STARTED");
    let request = pb::upgrade_resource_state::Request {
        type_name: START.to_owned(),
        version: 0,
        raw_state: Some(RawState {
            json: object.state.to_string().into_bytes(),
            ..Default::default()
        }),
    };
    let upgraded = provider.upgrade_resource_state(request).await.unwrap();
    assert_eq!(upgraded.into_inner().diagnostics, []);
    assert_eq!(host.refresh(&object).await.0, object);
    assert_eq!(host.plan(&object, &config).await.planned, object);
    let action = named(json!({"processor_name": arguments["processor_name"]}));
    let request = pb::plan_action::Request {
        action_type: START.to_owned(),
        config: Some(encode(&complete(host.action_block(), action))),
        client_capabilities: capabilities(),
    };
    let told = provider.plan_action(request).await.unwrap();
    assert_eq!(told.into_inner().diagnostics, []);
    // Both halves of a destroy.
    assert_eq!(host.change(&object, &Value::Null).await, Object::default());
}

#[tokio::test]
async fn check_55_messages_of_many_megabytes_go_both_ways() {
    let (_, url) = atlas().await;
    let host = Host::start(&url).await;
    let megabyte = "x".repeat(1 << 20);
    let triggers: Value = (0..20)
        .map(|key| (key.to_string(), json!(megabyte)))
        .collect();
    let config = host.config(json!({"triggers": triggers}));
    let object = host.change(&Object::default(), &config).await;
    assert!(encode(&object.state).msgpack.len() > 20 << 20);
    assert!(rules::is_known(&object.state) && object.state["triggers"] == config["triggers"]);
    let (read, told) = host.refresh(&object).await;
    assert!(read == object && told.is_empty());
}
