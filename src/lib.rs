//! Terraform and OpenTofu provider that starts MongoDB Atlas stream processors.
//!
//! The house has few rooms, and who may use whom is a table that a test holds:
//!
//! | room | holds | may use |
//! |---|---|---|
//! | `main.rs` | arguments, exit code | [`plugin`], [`wire`], [`provider`] |
//! | [`plugin`] | the server side of go-plugin, for any gRPC service | generated protobuf |
//! | [`wire`] | tfplugin6 to framework and back, one file per RPC | [`framework`], generated protobuf |
//! | [`framework`] | Terraform's semantics | nothing of ours |
//! | [`provider`] | this provider | [`framework`], [`atlas`] |
//! | [`proto`] | generated protobuf | nothing of ours |
//! | [`atlas`] | the client of the Atlas Administration API | nothing of ours |

pub mod atlas;
pub mod framework;
pub mod plugin;
pub mod proto;
pub mod provider;
pub mod wire;
