//! A stateful stand-in for the stream processor endpoints of MongoDB Atlas.
//!
//! All logic is in memory ([`Simulator::handle`]) and follows tokio's clock, so that tests can pause it;
//! [`Simulator::serve`] puts the same logic behind a socket. What Atlas is known to do is the default, what it might do
//! is a field of [`Settings`], and what goes wrong on purpose is a [`Fault`].
//!
//! ```
//! use atlas_simulator::{Effect, Fault, Operation, Simulator, known};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let atlas = Simulator::new();
//! atlas.add_processor("orders", "STOPPED");
//! // The first start takes effect, but its answer is a 504.
//! let timeout = Effect::stream_processor_timeout(known::TENANT, "orders", true);
//! atlas.fault(Fault::on(Operation::Start, timeout).of("orders"));
//!
//! let base_url = atlas.serve_on_loopback().await?;
//! // A client with known::ACCESS_TOKEN works on base_url, and then:
//! for request in atlas.record() {
//!     println!("{request}");
//! }
//! # assert!(base_url.starts_with("http://127.0.0.1:"));
//! # Ok(())
//! # }
//! ```

mod answer;
mod auth_bearer;
mod auth_digest;
mod auth_parameters;
mod authenticate;
mod bucket;
mod by_eye;
mod call;
mod control;
mod create;
mod delete;
mod digest_settings;
mod documented;
mod documented_refusals;
mod fault;
mod flawed_body;
pub mod known;
mod modify;
mod oauth;
mod operation;
mod outcome;
mod page;
mod perform;
mod processor;
mod processors;
mod ready;
mod record;
mod route;
mod serial;
mod settings;
mod simulator;
mod start;
mod start_options;
mod stop;
#[cfg(test)]
mod testing;
mod transport;
mod versions;
mod visitor;
mod words;
mod workspaces;
mod world;

pub use bucket::{RateLimit, RetryAfter};
pub use digest_settings::{Algorithm, Challenge, DigestSettings};
pub use fault::{Effect, Fault};
pub use oauth::OAuthSettings;
pub use operation::Operation;
pub use outcome::Outcome;
pub use record::Recorded;
pub use settings::{
    Lag, Settings, StartBehaviour, WhenForeign, WhenInvalid, WhenStarted, WhenUnknown,
};
pub use simulator::Simulator;
