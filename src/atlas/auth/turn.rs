//! Waiting for another call to fetch what this one needs too.

use std::future::Future;

use tokio::time::sleep_until;

use super::super::{
    context::Context,
    error::{Error, Kind},
    exchange::HttpRequest,
};

/// Waits for `future`, but not beyond the deadline, nor after a cancellation. Nothing of `request` has been sent.
pub(super) async fn turn<T>(
    future: impl Future<Output = T>,
    request: &HttpRequest,
    context: &Context,
) -> Result<T, Error> {
    let failed = |kind| Err(Error::new(kind, &request.method, &request.url));
    tokio::select! {
        biased;
        () = context.cancel.cancelled() => failed(Kind::Cancelled),
        value = future => Ok(value),
        () = sleep_until(context.deadline) => failed(Kind::DeadlinePassed),
    }
}
