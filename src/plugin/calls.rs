//! Carries every call through to its end, counts those in flight, and turns a panic in one into its answer.
//!
//! A host that goes away drops its connection, and with it the futures that serve its calls. What such a call has
//! begun outside must not be abandoned half-way, so a call runs in a task of its own, and a response that nobody reads
//! any more is still read to its end here. That nobody waits for it any more, a call is told by a `CancellationToken` among
//! the extensions of its request.

use super::gauge::{Entered, Gauge};
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Status;
use tower_layer::Layer;
use tower_service::Service;

/// Counts the calls of the service that it is laid over.
#[derive(Clone, Debug)]
pub(crate) struct CountCalls(pub(crate) Gauge);

impl<S> Layer<S> for CountCalls {
    type Service = Counted<S>;

    fn layer(&self, inner: S) -> Counted<S> {
        Counted {
            inner,
            calls: self.0.clone(),
        }
    }
}

/// A service whose calls are counted.
#[derive(Clone, Debug)]
pub(crate) struct Counted<S> {
    inner: S,
    calls: Gauge,
}

impl<S, RequestBody, ResponseBody> Service<Request<RequestBody>> for Counted<S>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>, Error = Infallible>,
    S::Future: Send + 'static,
    ResponseBody: Body + Default + Send + Unpin + 'static,
    ResponseBody::Data: Send,
{
    type Response = Response<CountedBody<ResponseBody>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<RequestBody>) -> Self::Future {
        let abandoned = CancellationToken::new();
        request.extensions_mut().insert(abandoned.clone());
        // Dropped with the future, or with the response that it leads to.
        let awaited = abandoned.drop_guard();
        let rpc = request
            .uri()
            .path()
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        let (entered, answer) = (self.calls.enter(), self.inner.call(request));
        let began = tokio::time::Instant::now();
        let call = tokio::spawn(async move {
            let Ok(response) = answer.await;
            response.map(|body| CountedBody {
                open: Some((body, entered)),
                awaited: None,
            })
        });
        Box::pin(async move {
            let response = call.await;
            tracing::debug!(tf_rpc = rpc, elapsed = ?began.elapsed(), "answered");
            let mut response = response.unwrap_or_else(|_| {
                // What a panic says may quote a secret; the log has its place.
                Status::internal(format!("a bug in the provider stopped {rpc}")).into_http()
            });
            response.body_mut().awaited = Some(awaited);
            Ok(response)
        })
    }
}

/// A response whose call is in flight until its last frame has been taken.
#[derive(Debug)]
pub(crate) struct CountedBody<B>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
{
    open: Option<(B, Entered)>,
    /// Somebody reads it.
    awaited: Option<DropGuard>,
}

impl<B> Default for CountedBody<B>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
{
    fn default() -> Self {
        Self {
            open: None,
            awaited: None,
        }
    }
}

impl<B> Body for CountedBody<B>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let Some((body, _)) = &mut self.open else {
            return Poll::Ready(None);
        };
        let frame = std::task::ready!(Pin::new(body).poll_frame(context));
        if !matches!(&frame, Some(Ok(_))) {
            self.open = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.open
            .as_ref()
            .is_none_or(|(body, _)| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.open
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), |(body, _)| body.size_hint())
    }
}

impl<B> Drop for CountedBody<B>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
{
    fn drop(&mut self) {
        drop(self.awaited.take());
        let Some((mut body, entered)) = self.open.take() else {
            return;
        };
        if body.is_end_stream() {
            return;
        }
        // Outside a runtime nothing is running any more that could be finished.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        runtime.spawn(async move {
            while let Some(Ok(_)) =
                std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await
            {
            }
            drop(entered);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use std::time::Duration;
    use tokio::sync::mpsc;

    /// A body whose frames a test sends.
    #[derive(Debug, Default)]
    struct Frames(Option<mpsc::UnboundedReceiver<Bytes>>);

    impl Body for Frames {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            let Some(frames) = &mut self.0 else {
                return Poll::Ready(None);
            };
            frames
                .poll_recv(context)
                .map(|frame| frame.map(|bytes| Ok(Frame::data(bytes))))
        }
    }

    /// Answers after 1 s, or panics if the test says so.
    struct Slow {
        body: Option<Frames>,
        panics: bool,
    }

    impl Service<Request<()>> for Slow {
        type Response = Response<Frames>;
        type Error = Infallible;
        type Future = Pin<Box<dyn Future<Output = Result<Response<Frames>, Infallible>> + Send>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request<()>) -> Self::Future {
            let (body, panics) = (self.body.take().unwrap_or_default(), self.panics);
            Box::pin(async move {
                tokio::time::sleep(Duration::from_secs(1)).await;
                assert!(!panics, "no such luck");
                Ok(Response::new(body))
            })
        }
    }

    fn request() -> Request<()> {
        Request::builder()
            .uri("/tfplugin6.Provider/ReadResource")
            .body(())
            .unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_is_in_flight_until_its_body_ends() {
        let (sender, frames) = mpsc::unbounded_channel();
        let calls = Gauge::new();
        let mut service = CountCalls(calls.clone()).layer(Slow {
            body: Some(Frames(Some(frames))),
            panics: false,
        });
        let Ok(response) = service.call(request()).await;
        assert!(!calls.is_empty());
        drop(sender);
        let mut body = response.into_body();
        assert!(
            std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context))
                .await
                .is_none()
        );
        assert!(calls.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_nobody_waits_for_runs_to_its_end() {
        let (sender, frames) = mpsc::unbounded_channel();
        let calls = Gauge::new();
        let mut service = CountCalls(calls.clone()).layer(Slow {
            body: Some(Frames(Some(frames))),
            panics: false,
        });
        drop(service.call(request()));
        tokio::time::sleep(Duration::from_secs(2)).await;
        sender.send(Bytes::from_static(b"progress")).unwrap();
        assert!(!calls.is_empty(), "its stream is still open");
        drop(sender);
        calls.emptied().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_is_answered_and_no_longer_in_flight() {
        let calls = Gauge::new();
        let mut service = CountCalls(calls.clone()).layer(Slow {
            body: None,
            panics: true,
        });
        let Ok(response) = service.call(request()).await;
        let status = Status::from_header_map(response.headers()).unwrap();
        assert_eq!(status.code(), tonic::Code::Internal);
        assert_eq!(
            status.message(),
            "a bug in the provider stopped ReadResource"
        );
        assert!(calls.is_empty());
    }
}
