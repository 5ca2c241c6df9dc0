//! Panics are caught here and become diagnostics; mutating work is kept alive here.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use tokio::task::JoinError;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use crate::framework::Diagnostic;

/// Runs code that does not wait; `doing` says what it does, as in "planning atlas_thing".
///
/// # Errors
/// If it panics.
pub fn call<T>(doing: &str, code: impl FnOnce() -> T) -> Result<T, Diagnostic> {
    // What the code may have left half-changed is its own: the engine shares no data with it.
    catch_unwind(AssertUnwindSafe(code)).map_err(|_| panicked(doing))
}

/// Runs provider code that may change the world, to its end, even if nobody waits for it any more.
pub(super) async fn finish<T: Send + 'static>(
    doing: &str,
    code: impl Future<Output = T> + Send + 'static,
) -> Result<T, Diagnostic> {
    let task = tokio::spawn(code.in_current_span());
    task.await.map_err(|cause| failed(doing, &cause))
}

/// Runs provider code that only looks: it ends when nobody waits for it any more.
pub(super) async fn look<T: Send + 'static>(
    doing: &str,
    code: impl Future<Output = T> + Send + 'static,
) -> Result<T, Diagnostic> {
    let task = AbortOnDropHandle::new(tokio::spawn(code.in_current_span()));
    task.await.map_err(|cause| failed(doing, &cause))
}

/// Runs the code around provider code: it ends when nobody waits for it any more.
///
/// # Errors
/// If it panics.
pub async fn around<T>(doing: &str, code: impl Future<Output = T>) -> Result<T, Diagnostic> {
    let mut code = pin!(code);
    std::future::poll_fn(|context| {
        // After a panic it is not polled again.
        match call(doing, || code.as_mut().poll(context)) {
            Ok(poll) => poll.map(Ok),
            Err(failure) => Poll::Ready(Err(failure)),
        }
    })
    .await
}

fn failed(doing: &str, cause: &JoinError) -> Diagnostic {
    if cause.is_panic() {
        panicked(doing)
    } else {
        Diagnostic::error(
            format!("The provider was shut down while {doing}"),
            "The provider's process ended before the work did. What it had done by then may have \
             taken effect: look at the object before you repeat the command.",
        )
    }
}

/// The panic's own text is left out, here and in the log: it may quote any value.
fn panicked(doing: &str) -> Diagnostic {
    tracing::error!(doing, "the provider panicked");
    Diagnostic::error(
        format!("The provider panicked while {doing}"),
        "This is a bug in the provider and not in your configuration. The state was kept as far as it \
         is known; what had been done before the panic may have taken effect, so look at the object \
         before you repeat the command. Please report the bug, with the output of the same command \
         under TF_LOG=debug.",
    )
}
