//! The connection to Atlas that ConfigureProvider makes and every resource and action uses.

use std::sync::{Arc, PoisonError, RwLock};

use crate::atlas::{Client, ProcessorPath, Settings};

use super::api_error::{CredentialKind, Subject};

/// What the provider block led to.
#[derive(Clone, Debug)]
pub(crate) enum Connection {
    /// Everything is known; whether Atlas accepts the credentials shows at the first call.
    Open(Atlas),
    /// These arguments of the provider block are not known before apply.
    Unknown(Vec<String>),
}

/// Atlas, and as whom it is asked.
#[derive(Clone, Debug)]
pub(crate) struct Atlas {
    pub(crate) client: Arc<Client>,
    settings: Settings,
}

impl Atlas {
    pub(crate) fn new(settings: Settings, connect: impl FnOnce(Settings) -> Client) -> Self {
        Self {
            client: Arc::new(connect(settings.clone())),
            settings,
        }
    }

    /// Whether this is what these settings would lead to: then its connections and its token serve on.
    pub(crate) fn is_of(&self, settings: &Settings) -> bool {
        self.settings == *settings
    }

    /// What diagnostics about this processor need to know.
    pub(crate) fn subject(&self, path: &ProcessorPath) -> Subject {
        Subject::new(
            path.clone(),
            self.settings.credentials.as_ref().map(CredentialKind::from),
            self.settings.request_timeout,
        )
    }
}

/// The connection as it is now; another ConfigureProvider replaces it.
#[derive(Debug)]
pub(crate) struct Connector(RwLock<Connection>);

impl Connector {
    /// A provider that was never configured knows nothing of its configuration.
    pub(crate) fn new() -> Self {
        Self(RwLock::new(Connection::Unknown(vec![
            "everything".to_owned(),
        ])))
    }

    pub(crate) fn set(&self, connection: Connection) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = connection;
    }

    pub(crate) fn get(&self) -> Connection {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
