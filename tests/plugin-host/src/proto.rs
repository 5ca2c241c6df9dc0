//! The messages and clients of the wire contracts, generated when the crate is built.

/// What Terraform asks of a provider (`tfplugin6.proto`).
#[allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::all,
    clippy::use_self,
    reason = "generated code"
)]
pub mod tfplugin6 {
    tonic::include_proto!("tfplugin6");
}

/// What go-plugin asks of every plugin.
#[allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::all,
    clippy::use_self,
    reason = "generated code"
)]
pub mod plugin {
    tonic::include_proto!("plugin");
}
