//! The real binary over the real socket, spoken to by a host of our own: what no Terraform can be made to say.
//!
//! The checks are numbered, so that a failing one names the rule of the plugin protocol that is broken.
//!
//! Some numbers have no subject here, and `schema` holds that this is still so: 30 (attributes of a dynamic type), 45
//! (write-only attributes), 48 (data sources), 49 (ephemeral resources), 50 (functions); of 28 the arguments of
//! functions, of 29 the order of sets, of 42 older versions of a schema. That every number is written as it was read
//! (27) is held by `framework::msgpack`, because the resource has none.
//!
//! 56, a handler that panics, cannot be brought about from outside: nothing in the product panics on demand. That a panic
//! of a resource's or action's code becomes a diagnostic, and what is stored then, is held by the engine's own tests in
//! `framework::server::tests` (`a_create_never_loses_what_it_may_have_made`, `an_update_never_loses_the_state_before`,
//! `a_delete_that_fails_keeps_the_object`, `an_error_keeps_what_is_stored`, `errors_and_panics_of_a_resource_are_told`,
//! `work_is_told_and_ends_once` and others); the line on standard error by `plugin::crash`
//! (`a_report_begins_as_hosts_expect_it`). 58, the package, is not a matter of this protocol.

mod actions;
mod applying;
mod auxiliary;
pub(crate) mod by_hand;
mod calls;
mod codec;
mod configuring;
pub(crate) mod core;
mod host;
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
