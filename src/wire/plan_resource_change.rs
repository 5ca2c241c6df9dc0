//! PlanResourceChange on the wire; nothing is ever deferred, and the rules of the present type system hold.

use crate::framework::Server;
use crate::framework::server::plan_resource_change as native;
use crate::proto::tfplugin6::plan_resource_change::{Request, Response};

use super::convert::{from_wire, identity_from_wire, identity_to_wire, to_wire};
use super::convert_diagnostics::{attribute_path, diagnostics};

pub(super) fn handle(server: &Server, request: Request) -> Response {
    let response = server.plan_resource_change(native::Request {
        type_name: request.type_name,
        prior_state: from_wire(request.prior_state),
        proposed_new_state: from_wire(request.proposed_new_state),
        config: from_wire(request.config),
        prior_private: request.prior_private,
        planned_private: request.planned_private,
        prior_identity: identity_from_wire(request.prior_identity),
    });
    let replaced = response.requires_replace.iter();
    Response {
        planned_state: to_wire(response.planned_state),
        requires_replace: replaced.map(attribute_path).collect(),
        planned_private: response.planned_private,
        diagnostics: diagnostics(response.diagnostics),
        legacy_type_system: false,
        deferred: None,
        planned_identity: identity_to_wire(response.planned_identity),
    }
}
