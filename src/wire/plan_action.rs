//! PlanAction on the wire; nothing is ever deferred.

use crate::framework::Server;
use crate::proto::tfplugin6::plan_action::{Request, Response};

use super::convert::from_wire;
use super::convert_diagnostics::diagnostics;

pub(super) fn handle(server: &Server, request: Request) -> Response {
    let config = from_wire(request.config);
    let found = server.plan_action(&request.action_type, &config);
    Response {
        diagnostics: diagnostics(found),
        deferred: None,
    }
}
