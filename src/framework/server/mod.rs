//! The engine: what each RPC of the protocol means, with the provider's own code behind traits.
//!
//! One file per RPC holds its request, its response and the rules between them. Every problem becomes
//! a diagnostic; no state is ever lost to an error, a panic or a connection that breaks.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Action, CancellationToken, DataSource, Diagnostic, Provider, Schema, Type};

pub mod apply_resource_change;
mod assert_plan;
mod assert_result;
mod config;
pub mod configure_provider;
pub mod get_metadata;
pub mod get_provider_schema;
pub mod get_resource_identity_schemas;
pub mod guard;
pub mod import_resource_state;
pub mod invoke_action;
mod managed;
pub mod move_resource_state;
mod not_offered;
#[cfg(test)]
pub(crate) mod panicking_log;
pub mod plan_action;
pub mod plan_resource_change;
pub mod read_data_source;
pub mod read_resource;
mod replace;
mod stored;
#[cfg(test)]
mod tests;
pub mod upgrade_resource_identity;
pub mod upgrade_resource_state;
pub mod validate_action_config;
pub mod validate_data_resource_config;
pub mod validate_provider_config;
pub mod validate_resource_config;

pub use not_offered::{Kind, not_offered};

use managed::Managed;

/// A provider as the protocol sees it. All methods may be called at any time, in any order and at once.
pub struct Server {
    provider: Arc<dyn Provider>,
    provider_schema: Schema,
    resources: BTreeMap<String, Managed>,
    data_sources: BTreeMap<String, Offered<dyn DataSource>>,
    actions: BTreeMap<String, Offered<dyn Action>>,
    /// Cancelled for good when the process ends.
    end: CancellationToken,
    /// Parent of the tokens of all calls in flight, and a child of `end`.
    stop: Mutex<CancellationToken>,
}

/// An action or a data source, with what does not change about it.
struct Offered<T: ?Sized> {
    it: Arc<T>,
    schema: Schema,
    ty: Type,
}

impl<T: ?Sized> Offered<T> {
    fn new(it: Arc<T>, schema: Schema) -> Self {
        let ty = schema.ty();
        Self { it, schema, ty }
    }
}

impl Server {
    /// The engine around a provider. Schemas are asked for once, here.
    pub fn new(provider: Arc<dyn Provider>) -> Self {
        let resources = provider.resources().into_iter();
        let resources = resources
            .map(|resource| (resource.type_name().to_owned(), Managed::new(resource)))
            .collect();
        let actions = provider.actions().into_iter();
        let actions = actions
            .map(|action| {
                let (name, schema) = (action.type_name().to_owned(), action.schema());
                (name, Offered::new(action, schema))
            })
            .collect();
        let data_sources = provider.data_sources().into_iter();
        let data_sources = data_sources
            .map(|source| {
                let (name, schema) = (source.type_name().to_owned(), source.schema());
                (name, Offered::new(source, schema))
            })
            .collect();
        let end = CancellationToken::new();
        Self {
            provider_schema: provider.schema(),
            provider,
            resources,
            data_sources,
            actions,
            stop: Mutex::new(end.child_token()),
            end,
        }
    }

    /// Cancels the calls in flight, and none that come later (`StopProvider`). It returns at once.
    pub fn stop(&self) {
        let mut current = self.stop.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *current, self.end.child_token()).cancel();
    }

    /// Cancels the calls in flight and all that come later: the process is about to end, and whatever one of them
    /// began would be cut off. It returns at once.
    pub fn end(&self) {
        self.end.cancel();
    }

    /// The token of a call that starts now.
    fn cancel(&self) -> CancellationToken {
        let current = self.stop.lock().unwrap_or_else(PoisonError::into_inner);
        current.child_token()
    }

    fn managed(&self, type_name: &str) -> Result<&Managed, Diagnostic> {
        self.resources
            .get(type_name)
            .ok_or_else(|| not_offered(Kind::Resource, type_name))
    }

    fn data_source(&self, type_name: &str) -> Result<&Offered<dyn DataSource>, Diagnostic> {
        self.data_sources
            .get(type_name)
            .ok_or_else(|| not_offered(Kind::DataSource, type_name))
    }

    fn action(&self, type_name: &str) -> Result<&Offered<dyn Action>, Diagnostic> {
        self.actions
            .get(type_name)
            .ok_or_else(|| not_offered(Kind::Action, type_name))
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("resources", &self.resources.keys())
            .field("data_sources", &self.data_sources.keys())
            .field("actions", &self.actions.keys())
            .finish_non_exhaustive()
    }
}
