//! ValidateDataResourceConfig on the wire.

use crate::framework::Server;
use crate::proto::tfplugin6::validate_data_resource_config::{Request, Response};

use super::convert::from_wire;
use super::convert_diagnostics::diagnostics;

pub(super) fn handle(server: &Server, request: Request) -> Response {
    let config = from_wire(request.config);
    let found = server.validate_data_resource_config(&request.type_name, &config);
    Response {
        diagnostics: diagnostics(found),
    }
}
