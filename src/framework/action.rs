//! What an action has to implement: something that is done on demand and leaves no state.

use async_trait::async_trait;

use super::{CancellationToken, Diagnostics, Progress, Schema, Value};

/// An action of Terraform >= 1.14.
#[async_trait]
pub trait Action: Send + Sync + 'static {
    /// The full type name, the provider's prefix included.
    fn type_name(&self) -> &'static str;

    /// What may be written in the `config` block.
    fn schema(&self) -> Schema;

    /// Checks a configuration that may hold unknown values. No network.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Says what there is to say before the work; the configuration may hold unknown values. No network.
    fn plan(&self, config: &Value) -> Diagnostics {
        let _ = config;
        Diagnostics::default()
    }

    /// Does the work. It runs to its end even if the host goes away.
    async fn invoke(&self, request: InvokeRequest) -> Diagnostics;
}

/// What an action is invoked with.
pub struct InvokeRequest {
    /// Wholly known; an object of nulls where the configuration had no `config` block.
    pub config: Value,
    /// Where to say how far the work is.
    pub progress: Progress,
    /// Cancelled when the user interrupts: waits end then.
    pub cancel: CancellationToken,
    /// Cancelled when nobody listens any more, because the host is gone: what has not begun by then need not begin.
    pub abandoned: CancellationToken,
}

opaque_debug!(InvokeRequest);
