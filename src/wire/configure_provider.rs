//! ConfigureProvider on the wire.

use crate::framework::Server;
use crate::framework::server::configure_provider as native;
use crate::proto::tfplugin6::configure_provider::{Request, Response};

use super::convert::from_wire;
use super::convert_diagnostics::diagnostics;

pub(super) fn handle(server: &Server, request: Request) -> Response {
    let found = server.configure_provider(native::Request {
        config: from_wire(request.config),
        terraform_version: request.terraform_version,
    });
    Response {
        diagnostics: diagnostics(found),
    }
}
