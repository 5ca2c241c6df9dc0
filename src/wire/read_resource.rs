//! ReadResource on the wire; nothing is ever deferred.

use crate::framework::Server;
use crate::framework::server::read_resource as native;
use crate::proto::tfplugin6::read_resource::{Request, Response};

use super::convert::{from_wire, identity_from_wire, identity_to_wire, to_wire};
use super::convert_diagnostics::diagnostics;

pub(super) async fn handle(server: &Server, request: Request) -> Response {
    let response = server.read_resource(native::Request {
        type_name: request.type_name,
        current_state: from_wire(request.current_state),
        private: request.private,
        current_identity: identity_from_wire(request.current_identity),
    });
    let response = response.await;
    Response {
        new_state: to_wire(response.new_state),
        diagnostics: diagnostics(response.diagnostics),
        private: response.private,
        deferred: None,
        new_identity: identity_to_wire(response.new_identity),
    }
}
