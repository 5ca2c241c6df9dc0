//! GetMetadata on the wire.

use crate::framework::Server;
use crate::proto::tfplugin6::get_metadata::{
    ActionMetadata, DataSourceMetadata, Request, ResourceMetadata, Response,
};

use super::convert_schema::capabilities;

pub(super) fn handle(server: &Server, _: Request) -> Response {
    let metadata = server.get_metadata();
    let resources = metadata.resources.into_iter();
    let actions = metadata.actions.into_iter();
    Response {
        server_capabilities: Some(capabilities(metadata.capabilities)),
        resources: resources
            .map(|type_name| ResourceMetadata { type_name })
            .collect(),
        data_sources: metadata
            .data_sources
            .into_iter()
            .map(|type_name| DataSourceMetadata { type_name })
            .collect(),
        actions: actions
            .map(|type_name| ActionMetadata { type_name })
            .collect(),
        ..Response::default()
    }
}
