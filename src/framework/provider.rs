//! What a provider has to implement: its own block, and the lists of what it offers.

use std::fmt;
use std::sync::Arc;

use super::{Action, Diagnostics, Resource, Schema, Value};

/// A provider: one per process, configured at most a few times.
pub trait Provider: Send + Sync + 'static {
    /// What may be written in the `provider` block.
    fn schema(&self) -> Schema;

    /// Checks a configuration that may hold unknown values. No network.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Takes a configuration over; the last one counts. No network: an object that needs the
    /// configuration reports what is wrong with it when it needs it.
    fn configure(&self, request: ConfigureRequest) -> Diagnostics;

    /// The resources it offers.
    fn resources(&self) -> Vec<Arc<dyn Resource>>;

    /// The actions it offers.
    fn actions(&self) -> Vec<Arc<dyn Action>>;
}

/// What a provider is configured with.
pub struct ConfigureRequest {
    /// The `provider` block; it may hold unknown values during a plan.
    pub config: Value,
    /// The version that the host claims to be. OpenTofu >= 1.12 claims a constant.
    pub terraform_version: String,
}

/// The configuration holds credentials, so it is not shown.
impl fmt::Debug for ConfigureRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigureRequest")
            .field("terraform_version", &self.terraform_version)
            .finish_non_exhaustive()
    }
}
