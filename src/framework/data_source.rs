//! What a data source has to implement: something that is looked up, and never changed.

use async_trait::async_trait;

use super::{CancellationToken, Diagnostics, Schema, Value};

/// A data source.
#[async_trait]
pub trait DataSource: Send + Sync + 'static {
    /// The full type name, the provider's prefix included.
    fn type_name(&self) -> &'static str;

    /// What may be written in the `data` block, and what is found out.
    fn schema(&self) -> Schema;

    /// Checks a configuration that may hold unknown values. No network.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Looks it up.
    ///
    /// # Errors
    /// Why that is not possible.
    async fn read(&self, request: LookupRequest) -> Result<Value, Diagnostics>;
}

/// What is to be looked up.
pub struct LookupRequest {
    /// Wholly known.
    pub config: Value,
    /// Cancelled when the user interrupts: waits end then.
    pub cancel: CancellationToken,
}

opaque_debug!(LookupRequest);
