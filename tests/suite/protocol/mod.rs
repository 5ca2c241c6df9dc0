//! The real binary over the real socket, spoken to by a host of our own: what no Terraform can be made to say.
//!
//! The checks are numbered, so that a failing one names the rule of the plugin protocol that is broken.
//!
//! Some numbers have no subject here, and `schema` holds that this is still so: 30 (attributes of a dynamic type), 45
//! (write-only attributes), 48 (data sources), 49 (ephemeral resources), 50 (functions); of 28 the arguments of
//! functions, of 29 the order of sets, of 42 older versions of a schema. That every number is written as it was read
//! (27) is held by `framework::msgpack`, because the resource has none.
//!
//! 56, a handler that panics, is not about the real binary, in which nothing panics on demand, but about a provider that
//! does nothing else, in a process of its own. What is stored after a panic is held by the engine's own tests too, in
//! `framework::server::tests`: there is a panic of the engine itself in `panics`, which nobody can bring about from
//! outside, as there is one of a conversion in `wire::tests::panics` and one of the server in `plugin::serve::tests`.
//! 58, the package, is not a matter of this protocol.

mod abandoned;
mod actions;
mod applying;
mod auxiliary;
pub(crate) mod by_hand;
mod calls;
mod codec;
mod configuring;
pub(crate) mod core;
mod guests;
mod host;
mod hostile;
#[cfg(target_os = "linux")]
mod load;
mod panics;
mod planning;
mod rules;
mod schema;
mod service;
mod startup;
mod stored;
mod unknowns;
mod validation;

use plugin_host::{Ended, Launch, Plugin};
use std::time::Duration;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// The provider under test, to be started as Terraform does.
pub(crate) fn launch() -> Launch {
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

/// Check 15: how soon the process ends after Shutdown where no token is to be given back.
const WITHOUT_TOKEN: Duration = Duration::from_millis(500);

/// Check 15: the same where one is.
const WITH_TOKEN: Duration = Duration::from_millis(1_500);

/// The process ended well, and soon enough for a host that kills after 2 s.
fn ends_within(ended: Ended, limit: Duration) {
    assert_eq!(ended.status.code(), Some(0));
    assert!(ended.elapsed <= limit, "{:?}", ended.elapsed);
}
