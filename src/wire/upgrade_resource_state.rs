//! UpgradeResourceState on the wire.

use crate::framework::Server;
use crate::framework::server::upgrade_resource_state as native;
use crate::proto::tfplugin6::upgrade_resource_state::{Request, Response};

use super::convert::{stored_from_wire, to_wire};
use super::convert_diagnostics::diagnostics;

pub(super) fn handle(server: &Server, request: Request) -> Response {
    let upgraded = server.upgrade_resource_state(&native::Request {
        type_name: request.type_name,
        version: request.version,
        raw_state: stored_from_wire(request.raw_state),
    });
    match upgraded {
        Ok(state) => Response {
            upgraded_state: to_wire(state),
            diagnostics: Vec::new(),
        },
        Err(refused) => Response {
            upgraded_state: None,
            diagnostics: diagnostics(refused),
        },
    }
}
