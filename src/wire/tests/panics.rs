//! Panics around an RPC, brought about by a log that panics where the service writes to it.

use tokio_stream::StreamExt as _;
use tonic::Request;

use super::{NAME, door, identity_data, service, value};
use crate::framework::server::panicking_log::panicking_log;
use crate::proto::tfplugin6 as pb;
use crate::proto::tfplugin6::provider_server::Provider;
use crate::wire::convert_diagnostics::diagnostics;

fn assert_told(rpc: &str, diagnostics: &[pb::Diagnostic]) {
    let [one] = diagnostics else {
        panic!("{rpc}: {diagnostics:?}")
    };
    assert_eq!(one.severity(), pb::diagnostic::Severity::Error);
    assert_eq!(
        one.summary,
        format!("The provider panicked while answering {rpc}")
    );
    assert!(!one.detail.contains("hunter2"));
}

#[tokio::test]
async fn a_panic_is_an_error_in_the_answer() {
    let service = service();
    macro_rules! all {
        ($($rpc:ident($module:ident)),* $(,)?) => {$(
            let log = panicking_log("service");
            let request = Request::new(pb::$module::Request::default());
            let answer = service.$rpc(request).await.unwrap().into_inner();
            assert_told(stringify!($rpc), &answer.diagnostics);
            drop(log);
        )*};
    }
    all!(
        get_metadata(get_metadata),
        get_provider_schema(get_provider_schema),
        get_resource_identity_schemas(get_resource_identity_schemas),
        get_functions(get_functions),
        validate_provider_config(validate_provider_config),
        validate_resource_config(validate_resource_config),
        validate_action_config(validate_action_config),
        configure_provider(configure_provider),
        plan_resource_change(plan_resource_change),
        apply_resource_change(apply_resource_change),
        read_resource(read_resource),
        import_resource_state(import_resource_state),
        move_resource_state(move_resource_state),
        upgrade_resource_state(upgrade_resource_state),
        upgrade_resource_identity(upgrade_resource_identity),
        plan_action(plan_action),
        read_data_source(read_data_source),
        validate_state_store_config(validate_state_store),
    );
    let log = panicking_log("service");
    let request = Request::new(pb::invoke_action::Request::default());
    let events = service.invoke_action(request).await.unwrap().into_inner();
    let events: Vec<_> = events.collect().await;
    let Some(pb::invoke_action::event::Type::Completed(completed)) =
        &events[0].as_ref().unwrap().r#type
    else {
        panic!("{events:?}")
    };
    assert_told("invoke_action", &completed.diagnostics);
    assert_eq!(events.len(), 1);
    drop(log);

    let _log = panicking_log("service");
    let request = Request::new(pb::read_resource::Request {
        type_name: NAME.into(),
        current_state: value(&door("hall", "1")),
        private: b"p".to_vec(),
        current_identity: identity_data("hall"),
        ..Default::default()
    });
    let read = service.read_resource(request).await.unwrap().into_inner();
    assert_told("read_resource", &read.diagnostics);
    assert!(read.new_state == value(&door("hall", "1")) && read.private == b"p");
    assert!(read.new_identity == identity_data("hall"));
}

#[test]
fn messages_that_cannot_be_written_do_not_take_the_answer_with_them() {
    let told = diagnostics(std::iter::from_fn(|| panic!("hunter2")));
    assert_eq!(told.len(), 1);
    assert_eq!(
        told[0].summary,
        "The provider panicked while writing its messages"
    );
}
