//! What the provider does not offer: every RPC about it answers with an error that a person can read.

use crate::framework::server::{Kind, not_offered};
use crate::proto::tfplugin6 as pb;

use super::convert_diagnostics::diagnostics;

fn refusal(kind: Kind, name: &str) -> Vec<pb::Diagnostic> {
    diagnostics([not_offered(kind, name)])
}

/// RPCs whose request names a type and whose response has room for diagnostics.
macro_rules! refuse {
    ($($rpc:ident($module:ident): $kind:ident;)*) => {$(
        #[allow(clippy::needless_update, reason = "some responses hold nothing but diagnostics")]
        pub(super) fn $rpc(request: pb::$module::Request) -> pb::$module::Response {
            pb::$module::Response {
                diagnostics: refusal(Kind::$kind, &request.type_name),
                ..Default::default()
            }
        }
    )*};
}

refuse! {
    generate_resource_config(generate_resource_config): GeneratedConfig;
    validate_ephemeral_resource_config(validate_ephemeral_resource_config): EphemeralResource;
    open_ephemeral_resource(open_ephemeral_resource): EphemeralResource;
    renew_ephemeral_resource(renew_ephemeral_resource): EphemeralResource;
    close_ephemeral_resource(close_ephemeral_resource): EphemeralResource;
    validate_list_resource_config(validate_list_resource_config): ListResource;
    validate_state_store_config(validate_state_store): StateStore;
    configure_state_store(configure_state_store): StateStore;
    get_states(get_states): StateStore;
    delete_state(delete_state): StateStore;
    lock_state(lock_state): StateStore;
    unlock_state(unlock_state): StateStore;
}

/// Functions have an error of their own kind. Hosts print it inside a sentence.
pub(super) fn call_function(request: pb::call_function::Request) -> pb::call_function::Response {
    pb::call_function::Response {
        result: None,
        error: Some(pb::FunctionError {
            text: format!("the provider has no function {:?}", request.name),
            function_argument: None,
        }),
    }
}

pub(super) fn list_resource(request: pb::list_resource::Request) -> pb::list_resource::Event {
    pb::list_resource::Event {
        diagnostic: refusal(Kind::ListResource, &request.type_name),
        ..Default::default()
    }
}

pub(super) fn read_state_bytes(
    request: pb::read_state_bytes::Request,
) -> pb::read_state_bytes::Response {
    pb::read_state_bytes::Response {
        diagnostics: refusal(Kind::StateStore, &request.type_name),
        ..Default::default()
    }
}

pub(super) fn write_state_bytes(
    first: Option<pb::write_state_bytes::RequestChunk>,
) -> pb::write_state_bytes::Response {
    let meta = first.and_then(|chunk| chunk.meta).unwrap_or_default();
    pb::write_state_bytes::Response {
        diagnostics: refusal(Kind::StateStore, &meta.type_name),
    }
}
