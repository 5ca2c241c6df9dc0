//! Terraform's semantics: types, values, schema, diagnostics and the engine behind each RPC; this room knows neither wire nor Atlas.

#[macro_use]
mod opaque;

mod action;
mod codec;
mod data_source;
mod diagnostic;
mod encoded;
mod identity;
pub mod json;
pub mod msgpack;
mod number;
mod path;
mod progress;
mod provider;
mod resource;
mod schema;
pub mod server;
mod types;
mod value;
mod visible;

pub use action::{Action, InvokeRequest};
pub use codec::CodecError;
pub use data_source::{DataSource, LookupRequest};
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use encoded::{Encoded, RawState};
pub use identity::{IdentityAttribute, IdentitySchema};
pub use number::{Number, NumberError};
pub use path::{Path, Step};
pub use progress::Progress;
pub use provider::{ConfigureRequest, Provider};
pub use resource::{
    ApplyRequest, ApplyResponse, ImportRequest, ImportedState, PlanRequest, PlanResponse,
    ReadRequest, ReadResponse, Resource,
};
pub use schema::{Attribute, Block, NestedBlock, Presence, Schema};
pub use server::Server;
pub use tokio_util::sync::CancellationToken;
pub use types::{Type, TypeError};
pub use value::Value;
