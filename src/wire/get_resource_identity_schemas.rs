//! GetResourceIdentitySchemas on the wire.

use crate::framework::Server;
use crate::proto::tfplugin6::get_resource_identity_schemas::{Request, Response};

use super::convert_schema::identity_schema;

pub(super) fn handle(server: &Server, _: Request) -> Response {
    let schemas = server.get_resource_identity_schemas().into_iter();
    Response {
        identity_schemas: schemas
            .map(|(name, one)| (name.to_owned(), identity_schema(one)))
            .collect(),
        diagnostics: Vec::new(),
    }
}
