//! The server side of go-plugin: makes any gRPC service a process that Terraform and OpenTofu can host.
//!
//! A host starts the binary, reads one line from its standard output that says where it listens, connects with
//! mutual TLS, calls, and asks it to end. [`run`] does all of that for the routes it is given and knows nothing of
//! what they do. One file per duty:
//!
//! | file | duty |
//! |---|---|
//! | `env.rs` | everything that is read from the environment |
//! | `handshake.rs` | the cookie, the protocol version, the one line on standard output |
//! | `listener.rs` | the socket and its private directory |
//! | `mtls.rs` | our certificate, and the proof that the peer is the host that started us |
//! | `connections.rs` | accepting, and TLS, without letting one bad peer block the others |
//! | `calls.rs` | counting calls in flight, and finishing them when the host is gone |
//! | `services.rs` | health, controller, stdio and broker |
//! | `lifecycle.rs` | when and how the process ends |
//! | `reattach.rs` | what `-debug` prints |
//! | `logging.rs`, `crash.rs` | what goes to standard error |

mod calls;
mod connections;
mod crash;
mod env;
mod gauge;
mod handshake;
mod lifecycle;
mod listener;
mod logging;
mod mtls;
mod reattach;
mod serve;
mod services;
mod signals;

pub use crash::{explain, guard};
pub use serve::{Mode, Plugin, ServeError, rehearse, run, serve};
