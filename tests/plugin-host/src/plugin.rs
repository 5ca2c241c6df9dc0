//! A plugin that is connected, with a client for each of its services.

use crate::error::PluginError;
use crate::process::{Ended, Process};
use crate::proto::plugin::Empty;
use crate::proto::plugin::grpc_broker_client::GrpcBrokerClient;
use crate::proto::plugin::grpc_controller_client::GrpcControllerClient;
use crate::proto::plugin::grpc_stdio_client::GrpcStdioClient;
use crate::proto::tfplugin6::provider_client::ProviderClient;
use std::ops::{Deref, DerefMut};
use std::time::Duration;
use tokio::time::Instant;
use tonic::transport::Channel;
use tonic_health::pb::health_client::HealthClient;

/// What a host waits for the end of a plugin before it kills it.
const END: Duration = Duration::from_secs(2);

/// The size that Terraform allows a message.
const LARGEST_MESSAGE: usize = i32::MAX as usize;

/// A plugin and the connection to it. Of the process, everything in [`Process`] can be asked here.
#[derive(Debug)]
pub struct Plugin {
    process: Process,
    channel: Channel,
}

impl Plugin {
    pub(crate) fn new(process: Process, channel: Channel) -> Self {
        Self { process, channel }
    }

    /// The provider.
    #[must_use]
    pub fn provider(&self) -> ProviderClient<Channel> {
        ProviderClient::new(self.channel.clone())
            .max_decoding_message_size(LARGEST_MESSAGE)
            .max_encoding_message_size(LARGEST_MESSAGE)
    }

    /// The service that ends the plugin.
    #[must_use]
    pub fn controller(&self) -> GrpcControllerClient<Channel> {
        GrpcControllerClient::new(self.channel.clone())
    }

    /// The service that carries standard output and error.
    #[must_use]
    pub fn stdio(&self) -> GrpcStdioClient<Channel> {
        GrpcStdioClient::new(self.channel.clone())
    }

    /// The service that makes further connections.
    #[must_use]
    pub fn broker(&self) -> GrpcBrokerClient<Channel> {
        GrpcBrokerClient::new(self.channel.clone())
    }

    /// The standard health service.
    #[must_use]
    pub fn health(&self) -> HealthClient<Channel> {
        HealthClient::new(self.channel.clone())
    }

    /// The channel, for a call that no client knows.
    #[must_use]
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Closes the connection, as a host does that dies.
    #[must_use]
    pub fn into_process(self) -> Process {
        self.process
    }

    /// Ends the plugin as Terraform does: Shutdown, then 2 s until it is killed.
    ///
    /// # Errors
    ///
    /// It did not end in time, or an output of it stayed open.
    pub async fn shutdown(self) -> Result<Ended, PluginError> {
        let Self {
            mut process,
            channel,
        } = self;
        let asked = Instant::now();
        // Hosts ignore the answer; a plugin may be gone before it has sent one. But one that neither answers nor ends
        // hangs a real host for ever.
        let mut controller = GrpcControllerClient::new(channel);
        if tokio::time::timeout(END, controller.shutdown(Empty {}))
            .await
            .is_err()
        {
            return Err(PluginError::new(format!(
                "Shutdown was not answered within {END:?}"
            )));
        }
        drop(controller);
        process.ended(asked, END).await
    }
}

impl Deref for Plugin {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.process
    }
}

impl DerefMut for Plugin {
    fn deref_mut(&mut self) -> &mut Process {
        &mut self.process
    }
}
