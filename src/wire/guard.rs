//! The outermost guard: a panic around an RPC is answered with an error that a person can read, not with one of gRPC.

use crate::framework::server::guard;
use crate::proto::tfplugin6 as pb;

use super::convert_diagnostics::diagnostics;

/// A request whose response has room for diagnostics.
pub(super) trait Guarded {
    /// What answers it.
    type Response;
    /// What of the request has to be in every answer.
    type Kept;

    fn keep(&self) -> Self::Kept;

    /// The answer that nothing was done, and why.
    fn refused(kept: Self::Kept, diagnostics: Vec<pb::Diagnostic>) -> Self::Response;
}

/// Answers a request.
pub(super) async fn answer<R: Guarded, F: Future<Output = R::Response>>(
    rpc: &str,
    request: R,
    handle: impl FnOnce(R) -> F,
) -> R::Response {
    let (kept, doing) = (request.keep(), doing(rpc));
    let answer = guard::around(&doing, async { handle(request).await });
    answer
        .await
        .unwrap_or_else(|failure| R::refused(kept, diagnostics([failure])))
}

/// What a panic in an RPC is said to have interrupted.
pub(super) fn doing(rpc: &str) -> String {
    format!("answering {rpc}")
}

/// Hosts take a read without a state for an object that is gone.
impl Guarded for pb::read_resource::Request {
    type Response = pb::read_resource::Response;
    type Kept = Self::Response;

    fn keep(&self) -> Self::Kept {
        pb::read_resource::Response {
            new_state: self.current_state.clone(),
            private: self.private.clone(),
            new_identity: self.current_identity.clone(),
            ..Default::default()
        }
    }

    fn refused(kept: Self::Kept, diagnostics: Vec<pb::Diagnostic>) -> Self::Response {
        pb::read_resource::Response {
            diagnostics,
            ..kept
        }
    }
}

/// Requests whose answer is nothing but diagnostics where there is an error in them. Beside one, an apply without a state
/// says that nothing has changed; once its work has begun, a panic is the engine's affair and never gets here.
macro_rules! guarded {
    ($($module:ident)*) => {$(
        impl Guarded for pb::$module::Request {
            type Response = pb::$module::Response;
            type Kept = ();

            fn keep(&self) {}

            #[allow(clippy::needless_update, reason = "some responses hold nothing but diagnostics")]
            fn refused((): (), diagnostics: Vec<pb::Diagnostic>) -> Self::Response {
                pb::$module::Response {
                    diagnostics,
                    ..Default::default()
                }
            }
        }
    )*};
}

guarded! {
    apply_resource_change
    close_ephemeral_resource
    configure_provider
    configure_state_store
    delete_state
    generate_resource_config
    get_functions
    get_metadata
    get_provider_schema
    get_resource_identity_schemas
    get_states
    import_resource_state
    lock_state
    move_resource_state
    open_ephemeral_resource
    plan_action
    plan_resource_change
    read_data_source
    renew_ephemeral_resource
    unlock_state
    upgrade_resource_identity
    upgrade_resource_state
    validate_action_config
    validate_data_resource_config
    validate_ephemeral_resource_config
    validate_list_resource_config
    validate_provider_config
    validate_resource_config
    validate_state_store
}
