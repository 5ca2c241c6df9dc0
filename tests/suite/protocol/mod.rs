//! The real binary over the real socket, spoken to by a host of our own: what no Terraform can be made to say.
//!
//! The checks are numbered, so that a failing one names the rule of the plugin protocol that is broken.

mod actions;
mod applying;
mod auxiliary;
mod by_hand;
mod calls;
mod codec;
mod configuring;
mod core;
mod host;
mod planning;
mod rules;
mod schema;
mod service;
mod startup;
mod stored;
mod unknowns;
mod validation;

use plugin_host::{Launch, Plugin};
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// The provider under test, to be started as Terraform does.
fn launch() -> Launch {
    Launch::new(env!("CARGO_BIN_EXE_terraform-provider-atlas"))
}

/// The provider under test, started and connected.
async fn start() -> Plugin {
    launch().start().await.unwrap()
}

/// Whether a call over the channel is answered.
async fn answers(channel: Channel) -> Result<(), tonic::Status> {
    let request = HealthCheckRequest {
        service: "plugin".to_owned(),
    };
    let response = HealthClient::new(channel).check(request).await?;
    assert_eq!(response.into_inner().status(), ServingStatus::Serving);
    Ok(())
}
