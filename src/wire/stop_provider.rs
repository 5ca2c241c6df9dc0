//! StopProvider on the wire: it is answered at once, and the calls in flight end by themselves.

use crate::framework::Server;
use crate::proto::tfplugin6::stop_provider::{Request, Response};

pub(super) fn handle(server: &Server, _: Request) -> Response {
    server.stop();
    Response::default()
}
