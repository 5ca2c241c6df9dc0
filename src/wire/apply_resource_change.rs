//! ApplyResourceChange on the wire.

use crate::framework::server::apply_resource_change as native;
use crate::framework::{CancellationToken, Server};
use crate::proto::tfplugin6::apply_resource_change::{Request, Response};

use super::convert::{from_wire, identity_from_wire, identity_to_wire, to_wire};
use super::convert_diagnostics::diagnostics;

pub(super) async fn handle(
    server: &Server,
    request: Request,
    abandoned: CancellationToken,
) -> Response {
    let response = server.apply_resource_change(native::Request {
        type_name: request.type_name,
        prior_state: from_wire(request.prior_state),
        planned_state: from_wire(request.planned_state),
        config: from_wire(request.config),
        planned_private: request.planned_private,
        planned_identity: identity_from_wire(request.planned_identity),
        abandoned,
    });
    let response = response.await;
    Response {
        new_state: to_wire(response.new_state),
        private: response.private,
        diagnostics: diagnostics(response.diagnostics),
        legacy_type_system: false,
        new_identity: identity_to_wire(response.new_identity),
    }
}
