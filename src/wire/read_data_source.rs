//! ReadDataSource on the wire; nothing is ever deferred.

use crate::framework::Server;
use crate::proto::tfplugin6::read_data_source::{Request, Response};

use super::convert::{from_wire, to_wire};
use super::convert_diagnostics::diagnostics;

pub(super) async fn handle(server: &Server, request: Request) -> Response {
    let config = from_wire(request.config);
    match server.read_data_source(&request.type_name, &config).await {
        Ok(found) => Response {
            state: to_wire(found),
            ..Response::default()
        },
        Err(failure) => Response {
            diagnostics: diagnostics(failure),
            ..Response::default()
        },
    }
}
