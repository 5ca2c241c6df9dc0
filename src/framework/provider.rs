//! What a provider has to implement: its own block, and the lists of what it offers.

use std::sync::Arc;

use secrecy::zeroize::Zeroize as _;

use super::{Action, DataSource, Diagnostics, Resource, Schema, Value};

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

    /// The data sources it offers.
    fn data_sources(&self) -> Vec<Arc<dyn DataSource>>;

    /// The actions it offers.
    fn actions(&self) -> Vec<Arc<dyn Action>>;
}

/// What a provider is configured with; overwritten when it is dropped, because there are secrets in it.
pub struct ConfigureRequest {
    /// The `provider` block; it may hold unknown values during a plan.
    pub config: Value,
    /// The version that the host claims to be. OpenTofu >= 1.12 claims a constant.
    pub terraform_version: String,
}

opaque_debug!(ConfigureRequest);

impl Drop for ConfigureRequest {
    fn drop(&mut self) {
        self.config.zeroize();
    }
}
