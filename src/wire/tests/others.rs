//! Actions, the small calls, and what is not offered.

use tokio_stream::StreamExt;
use tonic::Request;

use super::{NAME, service};
use crate::proto::tfplugin6 as pb;
use crate::proto::tfplugin6::provider_server::Provider;

#[tokio::test]
async fn an_action_tells_its_progress_and_ends_once() {
    for (action_type, expected) in [
        (NAME, vec!["progress knock", "completed Nobody home"]),
        (
            "test_window",
            vec!["completed The provider has no action \"test_window\""],
        ),
    ] {
        let request = Request::new(pb::invoke_action::Request {
            action_type: action_type.into(),
            ..Default::default()
        });
        let stream = service().invoke_action(request).await.unwrap().into_inner();
        let events = stream.map(|event| match event.unwrap().r#type.unwrap() {
            pb::invoke_action::event::Type::Progress(one) => format!("progress {}", one.message),
            pb::invoke_action::event::Type::Completed(end) => {
                format!("completed {}", end.diagnostics[0].summary)
            }
        });
        assert_eq!(events.collect::<Vec<_>>().await, expected);
    }
}

#[tokio::test]
async fn the_small_calls_answer() {
    let service = service();
    let request = Request::new(pb::configure_provider::Request {
        terraform_version: "1.15.5".into(),
        ..Default::default()
    });
    let configured = service
        .configure_provider(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(configured.diagnostics[0].detail, "1.15.5");
    let metadata = service
        .get_metadata(Request::new(pb::get_metadata::Request {}))
        .await;
    assert_eq!(metadata.unwrap().get_ref().actions[0].type_name, NAME);
    let functions = service
        .get_functions(Request::new(pb::get_functions::Request {}))
        .await;
    assert!(functions.unwrap().get_ref().functions.is_empty());
    let stopped = service
        .stop_provider(Request::new(pb::stop_provider::Request {}))
        .await;
    assert_eq!(stopped.unwrap().get_ref().error, "");
    for validated in [
        service
            .validate_provider_config(Request::new(
                pb::validate_provider_config::Request::default(),
            ))
            .await
            .unwrap()
            .into_inner()
            .diagnostics,
        service
            .validate_action_config(Request::new(pb::validate_action_config::Request {
                type_name: NAME.into(),
                config: None,
            }))
            .await
            .unwrap()
            .into_inner()
            .diagnostics,
        service
            .plan_action(Request::new(pb::plan_action::Request {
                action_type: NAME.into(),
                ..Default::default()
            }))
            .await
            .unwrap()
            .into_inner()
            .diagnostics,
    ] {
        assert_eq!(validated, []);
    }
}

#[tokio::test]
async fn what_is_not_offered_is_refused_in_words() {
    let service = service();
    macro_rules! refused {
        ($($rpc:ident($module:ident)),* $(,)?) => {$(
            let request = pb::$module::Request { type_name: "test_x".into(), ..Default::default() };
            let response = service.$rpc(Request::new(request)).await.unwrap().into_inner();
            let [one] = &response.diagnostics[..] else { panic!("{response:?}") };
            assert_eq!(one.severity(), pb::diagnostic::Severity::Error);
            assert!(one.summary.contains("test_x"), "{}", one.summary);
        )*};
    }
    refused!(
        validate_data_resource_config(validate_data_resource_config),
        read_data_source(read_data_source),
        generate_resource_config(generate_resource_config),
        validate_ephemeral_resource_config(validate_ephemeral_resource_config),
        open_ephemeral_resource(open_ephemeral_resource),
        renew_ephemeral_resource(renew_ephemeral_resource),
        close_ephemeral_resource(close_ephemeral_resource),
        validate_list_resource_config(validate_list_resource_config),
        validate_state_store_config(validate_state_store),
        configure_state_store(configure_state_store),
        get_states(get_states),
        delete_state(delete_state),
        lock_state(lock_state),
        unlock_state(unlock_state),
    );
    let request = Request::new(pb::call_function::Request {
        name: "f".into(),
        arguments: Vec::new(),
    });
    let called = service.call_function(request).await.unwrap().into_inner();
    assert_eq!(
        called.error.unwrap().text,
        r#"the provider has no function "f""#
    );
    let request = Request::new(pb::list_resource::Request::default());
    let listed = service.list_resource(request).await.unwrap().into_inner();
    let events: Vec<_> = listed.collect().await;
    assert_eq!(events[0].as_ref().unwrap().diagnostic.len(), 1);
    let request = Request::new(pb::read_state_bytes::Request::default());
    let read = service
        .read_state_bytes(request)
        .await
        .unwrap()
        .into_inner();
    let chunks: Vec<_> = read.collect().await;
    assert_eq!(chunks[0].as_ref().unwrap().diagnostics.len(), 1);
}
