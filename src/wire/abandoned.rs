//! Whether anybody still waits for a call, as the server tells in the call's extensions.

use tonic::Request;

use crate::framework::CancellationToken;

/// Cancelled when nobody waits for this call any more. Where the server does not tell, somebody always does.
pub(super) fn of<T>(request: &Request<T>) -> CancellationToken {
    let told = request.extensions().get::<CancellationToken>();
    told.cloned().unwrap_or_default()
}
