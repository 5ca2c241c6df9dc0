//! Hosts for tests: the client half of go-plugin, and real Terraform.
//!
//! [`Launch`] starts a provider as Terraform does and speaks to it over mutual TLS, so that tests can say things that
//! Terraform would not. Nothing here is shared with the provider but the wire contracts in `proto/`: what the two
//! sides agree on is proven, not assumed.

mod connect;
pub mod dynamic;
mod error;
mod handshake;
mod identity;
mod launch;
mod plugin;
mod process;
mod proto;
pub mod terraform;

pub use connect::{Peer, Presents, Versions, accepts, attach, client_hello};
pub use error::PluginError;
pub use handshake::{Handshake, Network};
pub use identity::ClientIdentity;
pub use launch::Launch;
pub use plugin::Plugin;
pub use process::{Ended, Process, Signal};
pub use proto::{plugin as goplugin, tfplugin6};
