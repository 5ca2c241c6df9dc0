//! ValidateProviderConfig on the wire.

use secrecy::zeroize::Zeroizing;

use crate::framework::Server;
use crate::proto::tfplugin6::validate_provider_config::{Request, Response};

use super::convert::from_wire;
use super::convert_diagnostics::diagnostics;

pub(super) fn handle(server: &Server, request: Request) -> Response {
    // There are secrets in it.
    let config = Zeroizing::new(from_wire(request.config));
    let found = server.validate_provider_config(&config);
    Response {
        diagnostics: diagnostics(found),
    }
}
