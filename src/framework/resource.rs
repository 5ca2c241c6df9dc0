//! What a managed resource has to implement: the truth about one kind of object, and its changes.

use async_trait::async_trait;

use super::{CancellationToken, Diagnostics, IdentitySchema, Schema, Value};

/// A managed resource. The engine around it keeps Terraform's rules: it marks unknowns, computes
/// replacements, keeps state through errors and panics, and conveys `private` and identity.
#[async_trait]
pub trait Resource: Send + Sync + 'static {
    /// The full type name, the provider's prefix included.
    fn type_name(&self) -> &'static str;

    /// The schema of its block and of its state.
    fn schema(&self) -> Schema;

    /// The schema of its identity, if it has one.
    fn identity_schema(&self) -> Option<IdentitySchema> {
        None
    }

    /// Checks a configuration that may hold unknown values. The engine has already refused
    /// computed attributes that the user set. No network.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Says what a change will lead to. Never any network. On a create the prior state is null;
    /// on a destroy the configuration and the proposed state are.
    fn plan(&self, request: PlanRequest<'_>) -> PlanResponse;

    /// Finds out what the object is like now.
    async fn read(&self, request: ReadRequest) -> ReadResponse;

    /// Creates the object. An error that leaves something behind returns its state as well.
    async fn create(&self, request: ApplyRequest) -> ApplyResponse;

    /// Changes the object in place.
    async fn update(&self, request: ApplyRequest) -> ApplyResponse;

    /// Destroys the object; success is a null state.
    async fn delete(&self, request: ApplyRequest) -> ApplyResponse;

    /// Turns an id or an identity into a first state, which a read completes. No network.
    ///
    /// # Errors
    /// If the id or identity cannot be one of this resource.
    fn import(&self, request: ImportRequest) -> Result<ImportedState, Diagnostics>;

    /// Converts the state of an older schema version to the present shape. Attributes that are
    /// missing afterwards become null, and superfluous ones are dropped.
    ///
    /// # Errors
    /// If the state cannot be converted.
    fn upgrade_state(
        &self,
        version: i64,
        state: serde_json::Value,
    ) -> Result<serde_json::Value, Diagnostics> {
        let _ = version;
        Ok(state)
    }

    /// The `private` to be kept when a create (null prior) or update panicked half-way.
    fn private_after_panic(
        &self,
        prior: &Value,
        planned: &Value,
        planned_private: &[u8],
    ) -> Vec<u8> {
        let _ = (prior, planned);
        planned_private.to_vec()
    }
}

/// What a plan starts from.
#[derive(Clone, Copy)]
pub struct PlanRequest<'a> {
    /// The state before; null for a create.
    pub prior: &'a Value,
    /// The configuration; null for a destroy.
    pub config: &'a Value,
    /// Configuration and prior state merged; on a create, computed attributes are unknown already.
    /// Null for a destroy.
    pub proposed: &'a Value,
    /// `prior_private`
    pub private: &'a [u8],
    /// `planned_private` of an earlier plan of the same change; only hosts >= 1.16 give it back.
    pub planned_private: &'a [u8],
    /// The identity before.
    pub identity: Option<&'a Value>,
}

/// What a plan comes to.
pub struct PlanResponse {
    /// The state that apply will lead to; null for a destroy.
    pub planned: Value,
    /// `planned_private`, which apply gets.
    pub private: Vec<u8>,
    /// The identity that apply will lead to.
    pub identity: Option<Value>,
    /// Warnings and errors.
    pub diagnostics: Diagnostics,
}

/// What a read starts from.
pub struct ReadRequest {
    /// The state as it is stored.
    pub state: Value,
    /// The resource's own bytes beside it.
    pub private: Vec<u8>,
    /// The identity as it is stored.
    pub identity: Option<Value>,
    /// Cancelled when the user interrupts: waits end then.
    pub cancel: CancellationToken,
}

/// What a read comes to.
pub struct ReadResponse {
    /// The state now; null if the object is gone. With an error, the engine keeps the stored state.
    pub state: Value,
    /// The resource's own bytes, to be stored.
    pub private: Vec<u8>,
    /// The identity, to be stored.
    pub identity: Option<Value>,
    /// Warnings and errors.
    pub diagnostics: Diagnostics,
}

/// What an apply starts from.
pub struct ApplyRequest {
    /// The state before; null for a create.
    pub prior: Value,
    /// What was planned, perhaps with unknown values; null for a delete.
    pub planned: Value,
    /// The configuration; null for a delete.
    pub config: Value,
    /// `planned_private`
    pub private: Vec<u8>,
    /// The planned identity.
    pub identity: Option<Value>,
    /// Cancelled when the user interrupts: waits end then.
    pub cancel: CancellationToken,
    /// Cancelled when nobody waits for the answer any more, because the host is gone: what has not begun by then need not begin.
    pub abandoned: CancellationToken,
}

/// What an apply comes to.
pub struct ApplyResponse {
    /// The state now. Null with an error: nothing was created, or nothing has changed.
    pub state: Value,
    /// The resource's own bytes, to be stored.
    pub private: Vec<u8>,
    /// The identity, to be stored.
    pub identity: Option<Value>,
    /// Warnings and errors.
    pub diagnostics: Diagnostics,
}

/// What the user named for an import.
pub enum ImportRequest {
    /// The id of `terraform import` or of an `import` block.
    Id(String),
    /// The `identity` of an `import` block: a known object of the identity schema.
    Identity(Value),
}

/// What an import begins with; the host reads it right afterwards.
pub struct ImportedState {
    /// The attributes that are known from the import alone, the others null.
    pub state: Value,
    /// The resource's own bytes, to be stored.
    pub private: Vec<u8>,
    /// The identity, to be stored. Needed where the import was by identity.
    pub identity: Option<Value>,
}

opaque_debug!(
    PlanRequest<'_>,
    PlanResponse,
    ReadRequest,
    ReadResponse,
    ApplyRequest,
    ApplyResponse,
    ImportRequest,
    ImportedState
);
