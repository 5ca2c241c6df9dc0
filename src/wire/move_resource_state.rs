//! MoveResourceState on the wire.

use crate::framework::Server;
use crate::framework::server::move_resource_state as native;
use crate::proto::tfplugin6::move_resource_state::{Request, Response};

use super::convert::{identity_to_wire, stored_from_wire, to_wire};
use super::convert_diagnostics::diagnostics;

pub(super) fn handle(server: &Server, request: Request) -> Response {
    let identity = request.source_identity;
    let moved = server.move_resource_state(native::Request {
        source_type_name: request.source_type_name,
        source_provider_address: request.source_provider_address,
        source_schema_version: request.source_schema_version,
        source_state: stored_from_wire(request.source_state),
        source_private: request.source_private,
        source_identity: identity.map(|identity| stored_from_wire(Some(identity))),
        source_identity_schema_version: request.source_identity_schema_version,
        target_type_name: request.target_type_name,
    });
    match moved {
        Ok(moved) => Response {
            target_state: to_wire(moved.state),
            diagnostics: Vec::new(),
            target_private: moved.private,
            target_identity: identity_to_wire(moved.identity),
        },
        Err(refused) => Response {
            diagnostics: diagnostics(refused),
            ..Response::default()
        },
    }
}
