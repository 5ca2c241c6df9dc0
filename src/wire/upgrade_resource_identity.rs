//! UpgradeResourceIdentity on the wire.

use crate::framework::Server;
use crate::framework::server::upgrade_resource_identity as native;
use crate::proto::tfplugin6::upgrade_resource_identity::{Request, Response};

use super::convert::{identity_to_wire, stored_from_wire};
use super::convert_diagnostics::diagnostics;

pub(super) fn handle(server: &Server, request: Request) -> Response {
    let upgraded = server.upgrade_resource_identity(&native::Request {
        type_name: request.type_name,
        version: request.version,
        raw_identity: stored_from_wire(request.raw_identity),
    });
    match upgraded {
        Ok(identity) => Response {
            upgraded_identity: identity_to_wire(Some(identity)),
            diagnostics: Vec::new(),
        },
        Err(refused) => Response {
            upgraded_identity: None,
            diagnostics: diagnostics([refused]),
        },
    }
}
