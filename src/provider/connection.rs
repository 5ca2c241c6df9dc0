//! The connection to Atlas that ConfigureProvider makes and every resource and action uses.

use std::sync::{Arc, PoisonError, RwLock};

use crate::atlas::Client;

/// What the provider block led to.
#[derive(Clone, Debug)]
pub(crate) enum Connected {
    /// Everything is known; whether Atlas accepts the credentials shows at the first call.
    Client(Arc<Client>),
    /// These arguments of the provider block are not known before apply.
    Unknown(Vec<String>),
}

/// The connection as it is now; another ConfigureProvider replaces it.
#[derive(Debug)]
pub(crate) struct Connection(RwLock<Connected>);

impl Connection {
    /// A provider that was never configured knows nothing of its configuration.
    pub(crate) fn new() -> Self {
        Self(RwLock::new(Connected::Unknown(vec!["everything".to_owned()])))
    }

    pub(crate) fn set(&self, connected: Connected) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = connected;
    }

    pub(crate) fn get(&self) -> Connected {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
