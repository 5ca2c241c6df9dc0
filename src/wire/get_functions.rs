//! GetFunctions on the wire: there are none.

use crate::framework::Server;
use crate::proto::tfplugin6::get_functions::{Request, Response};

pub(super) fn handle(_: &Server, _: Request) -> Response {
    Response::default()
}
