//! GetProviderSchema on the wire.

use crate::framework::Server;
use crate::proto::tfplugin6::ActionSchema;
use crate::proto::tfplugin6::get_provider_schema::{Request, Response};

use super::convert_schema::{capabilities, schema};

pub(super) fn handle(server: &Server, _: Request) -> Response {
    let schemas = server.get_provider_schema();
    let resources = schemas.resources.into_iter();
    let actions = schemas.actions.into_iter().map(|(name, one)| {
        let schema = Some(schema(one));
        (name.to_owned(), ActionSchema { schema })
    });
    Response {
        provider: Some(schema(schemas.provider)),
        resource_schemas: resources
            .map(|(name, one)| (name.to_owned(), schema(one)))
            .collect(),
        data_source_schemas: schemas
            .data_sources
            .into_iter()
            .map(|(name, one)| (name.to_owned(), schema(one)))
            .collect(),
        action_schemas: actions.collect(),
        server_capabilities: Some(capabilities(schemas.capabilities)),
        ..Response::default()
    }
}
