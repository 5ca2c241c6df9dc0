//! The wire: one file per RPC of tfplugin6, each converting, calling the framework and converting back.
//!
//! What the provider does not offer is answered in `not_offered.rs`. No RPC ends in a gRPC error: hosts turn
//! one into a message about plugins, and lose the state of an object that is being created.

mod abandoned;
mod apply_resource_change;
mod configure_provider;
mod convert;
mod convert_diagnostics;
mod convert_schema;
mod get_functions;
mod get_metadata;
mod get_provider_schema;
mod get_resource_identity_schemas;
mod guard;
mod import_resource_state;
mod invoke_action;
mod move_resource_state;
mod not_offered;
mod plan_action;
mod plan_resource_change;
mod read_data_source;
mod read_resource;
mod service;
mod stop_provider;
#[cfg(test)]
mod tests;
mod upgrade_resource_identity;
mod upgrade_resource_state;
mod validate_action_config;
mod validate_data_resource_config;
mod validate_provider_config;
mod validate_resource_config;

pub use service::{Service, Stop, routes};
