//! Bounds how long a connection may take to be made, by the time that the request it is for has.
//!
//! The limit lies clearly below the request's own, so that a connection that is never made is not mistaken for an answer that does
//! not come: in the first case nothing was sent.

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tower_layer::Layer;
use tower_service::Service;

/// A connection that takes longer than this isn't going to be made.
const LONGEST: Duration = Duration::from_secs(10);

tokio::task_local! {
    /// For the connection that the request of this task may need; the client begins it within the request's own task.
    static LIMIT: Duration;
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// How long the connection for a request with this much time may take.
pub(super) fn limit(request: Duration) -> Duration {
    LONGEST.min(request / 2)
}

/// Carries out a request, any connection for it being made within the limit.
pub(super) async fn within<T>(limit: Duration, request: impl Future<Output = T>) -> T {
    LIMIT.scope(limit, request).await
}

/// Puts the limit on whatever makes connections.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit;

/// What makes connections, with the limit on it.
#[derive(Clone, Debug)]
pub(super) struct Limited<S>(S);

impl<S> Layer<S> for Limit {
    type Service = Limited<S>;

    fn layer(&self, inner: S) -> Limited<S> {
        Limited(inner)
    }
}

impl<S, R> Service<R> for Limited<S>
where
    S: Service<R>,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let limit = LIMIT.try_with(|limit| *limit).unwrap_or(LONGEST);
        let connecting = self.0.call(request);
        Box::pin(async move {
            match tokio::time::timeout(limit, connecting).await {
                Ok(made) => made.map_err(Into::into),
                Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
            }
        })
    }
}
