//! ImportResourceState on the wire: exactly one object, or diagnostics.

use crate::framework::Server;
use crate::framework::server::import_resource_state as native;
use crate::proto::tfplugin6::import_resource_state::{ImportedResource, Request, Response};

use super::convert::{identity_from_wire, identity_to_wire, to_wire};
use super::convert_diagnostics::diagnostics;

pub(super) fn handle(server: &Server, request: Request) -> Response {
    let imported = server.import_resource_state(&native::Request {
        type_name: request.type_name,
        id: request.id,
        identity: identity_from_wire(request.identity),
    });
    match imported {
        Ok(imported) => Response {
            imported_resources: vec![ImportedResource {
                type_name: imported.type_name,
                state: to_wire(imported.state),
                private: imported.private,
                identity: identity_to_wire(imported.identity),
            }],
            ..Response::default()
        },
        Err(refused) => Response {
            diagnostics: diagnostics(refused),
            ..Response::default()
        },
    }
}
