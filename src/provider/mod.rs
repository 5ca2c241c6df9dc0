//! This provider: its configuration, and how a stream processor is started and stopped; the only room that knows both the framework and Atlas.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::atlas::{Client, Settings};
use crate::framework::{
    Action, ConfigureRequest, DataSource, Diagnostics, Provider, Resource, Schema, Value,
};

use config::{Configuration, Environment};
use connection::{Atlas, Connection, Connector};
use data_sources::{StreamProcessor, StreamProcessors};
use stream_processor::run::Run;
use stream_processor_start::{Memory, StreamProcessorStart, StreamProcessorStartAction};
use stream_processor_stop::StreamProcessorStop;

pub mod api_error;
pub mod config;
mod connection;
mod data_sources;
mod stream_processor;
mod stream_processor_start;
mod stream_processor_stop;

/// The provider's source address, as `required_providers` and the reattach variable name it.
pub const SOURCE_ADDRESS: &str = "registry.terraform.io/stream-start/atlas";

/// The version of this provider.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The `atlas` provider.
pub struct AtlasProvider {
    environment: Environment,
    connect: Box<dyn Fn(Settings) -> Client + Send + Sync>,
    connector: Arc<Connector>,
    /// Clients of earlier configurations, which may hold tokens.
    retired: Mutex<Vec<Arc<Client>>>,
    run: Arc<Run>,
    memory: Arc<Memory>,
}

impl AtlasProvider {
    /// The provider as Terraform starts it: the process' environment, and Atlas over HTTP.
    pub fn of_process() -> Self {
        Self::new(Environment::of_process(), Client::over_http)
    }

    /// A provider with an environment of its own, and its own way to make a client of settings.
    pub fn new(
        environment: Environment,
        connect: impl Fn(Settings) -> Client + Send + Sync + 'static,
    ) -> Self {
        Self {
            environment,
            connect: Box::new(connect),
            connector: Arc::new(Connector::new()),
            retired: Mutex::default(),
            run: Arc::default(),
            memory: Arc::default(),
        }
    }

    /// What is owed to Atlas when the process ends: the tokens that were fetched are given back, best effort.
    pub async fn farewell(&self) {
        if let Connection::Open(atlas) = self.connector.get() {
            atlas.client.revoke().await;
        }
        let retired = std::mem::take(&mut *self.retired());
        for client in retired {
            client.revoke().await;
        }
    }

    fn retired(&self) -> MutexGuard<'_, Vec<Arc<Client>>> {
        self.retired.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for AtlasProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AtlasProvider")
            .field("connector", &self.connector)
            .finish_non_exhaustive()
    }
}

impl Provider for AtlasProvider {
    fn schema(&self) -> Schema {
        config::schema()
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        config::validate(config, &self.environment)
    }

    fn configure(&self, request: ConfigureRequest) -> Diagnostics {
        self.run.begin();
        self.memory.clear();
        let (configuration, diagnostics) = config::resolve(
            &request.config,
            &self.environment,
            &request.terraform_version,
        );
        let earlier = self.connector.get();
        let connection = match (configuration, &earlier) {
            (Configuration::Ready(settings), Connection::Open(atlas)) if atlas.is_of(&settings) => {
                earlier.clone()
            }
            (Configuration::Ready(settings), _) => {
                Connection::Open(Atlas::new(settings, &self.connect))
            }
            (Configuration::Unknown { attributes }, _) => Connection::Unknown(attributes),
        };
        if let Connection::Open(atlas) = &earlier
            && !matches!(&connection, Connection::Open(now) if Arc::ptr_eq(&now.client, &atlas.client))
        {
            self.retired().push(Arc::clone(&atlas.client));
        }
        self.connector.set(connection);
        diagnostics
    }

    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        vec![Arc::new(StreamProcessorStart::new(
            Arc::clone(&self.connector),
            Arc::clone(&self.run),
            Arc::clone(&self.memory),
        ))]
    }

    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        vec![
            Arc::new(StreamProcessor(Arc::clone(&self.connector))),
            Arc::new(StreamProcessors(Arc::clone(&self.connector))),
        ]
    }

    fn actions(&self) -> Vec<Arc<dyn Action>> {
        let (connector, run) = (&self.connector, &self.run);
        vec![
            Arc::new(StreamProcessorStartAction::new(
                Arc::clone(connector),
                Arc::clone(run),
            )),
            Arc::new(StreamProcessorStop::new(
                Arc::clone(connector),
                Arc::clone(run),
            )),
        ]
    }
}
