//! GetMetadata: the names of what there is, and what the engine can do.

use super::Server;

/// What the engine can do (`tfplugin6.ServerCapabilities`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerCapabilities {
    /// PlanResourceChange is wanted for a destroy, too.
    pub plan_destroy: bool,
    /// No RPC depends on GetProviderSchema having been called.
    pub get_provider_schema_optional: bool,
    /// MoveResourceState is understood.
    pub move_resource_state: bool,
}

/// The capabilities of this engine, whatever the provider.
pub const CAPABILITIES: ServerCapabilities = ServerCapabilities {
    plan_destroy: true,
    get_provider_schema_optional: true,
    move_resource_state: true,
};

/// What there is, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The types of managed resources.
    pub resources: Vec<String>,
    /// The types of data sources.
    pub data_sources: Vec<String>,
    /// The types of actions.
    pub actions: Vec<String>,
    /// What the engine can do.
    pub capabilities: ServerCapabilities,
}

impl Server {
    /// The names of what there is.
    pub fn get_metadata(&self) -> Response {
        Response {
            resources: self.resources.keys().cloned().collect(),
            data_sources: self.data_sources.keys().cloned().collect(),
            actions: self.actions.keys().cloned().collect(),
            capabilities: CAPABILITIES,
        }
    }
}
