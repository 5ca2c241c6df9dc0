//! The services that go-plugin expects of every plugin besides its own: health, controller, stdio and broker.

use crate::proto::plugin::grpc_broker_server::{GrpcBroker, GrpcBrokerServer};
use crate::proto::plugin::grpc_controller_server::{GrpcController, GrpcControllerServer};
use crate::proto::plugin::grpc_stdio_server::{GrpcStdio, GrpcStdioServer};
use crate::proto::plugin::{ConnInfo, Empty, StdioData};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio_stream::Stream;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::{Request, Response, Status, Streaming};
use tonic_health::ServingStatus;

/// The name under which go-plugin asks for our health.
const HEALTH_NAME: &str = "plugin";

/// Adds the services to `routes`. A host that asks us to end cancels `shutdown`; whoever cancels it ends the streams.
pub(crate) async fn add_to(routes: Routes, shutdown: &CancellationToken) -> Routes {
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter
        .set_service_status(HEALTH_NAME, ServingStatus::Serving)
        .await;
    routes
        .add_service(health)
        .add_service(GrpcControllerServer::new(Controller(shutdown.clone())))
        .add_service(GrpcStdioServer::new(Stdio(shutdown.clone())))
        .add_service(GrpcBrokerServer::new(Broker(shutdown.clone())))
        .prepare()
}

/// How the host ends us.
struct Controller(CancellationToken);

#[tonic::async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        self.0.cancel();
        Ok(Response::new(Empty {}))
    }
}

/// What was printed. Standard output carries nothing after its first line, and standard error goes its own way.
struct Stdio(CancellationToken);

#[tonic::async_trait]
impl GrpcStdio for Stdio {
    type StreamStdioStream = Silence<StdioData>;

    async fn stream_stdio(
        &self,
        _: Request<()>,
    ) -> Result<Response<Self::StreamStdioStream>, Status> {
        Ok(Response::new(Silence::until(
            self.0.clone().cancelled_owned(),
        )))
    }
}

/// Further connections, of which there are none.
struct Broker(CancellationToken);

#[tonic::async_trait]
impl GrpcBroker for Broker {
    type StartStreamStream = Silence<ConnInfo>;

    async fn start_stream(
        &self,
        request: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<Self::StartStreamStream>, Status> {
        let (mut offers, shutdown) = (request.into_inner(), self.0.clone());
        Ok(Response::new(Silence::until(async move {
            let end_of_offers = async { while let Ok(Some(_)) = offers.message().await {} };
            tokio::select! {
                () = end_of_offers => {}
                () = shutdown.cancelled() => {}
            }
        })))
    }
}

/// A stream that is open, says nothing, and ends with a future.
struct Silence<T> {
    end: Pin<Box<dyn Future<Output = ()> + Send>>,
    item: PhantomData<fn() -> T>,
}

impl<T> Silence<T> {
    fn until(end: impl Future<Output = ()> + Send + 'static) -> Self {
        Self {
            end: Box::pin(end),
            item: PhantomData,
        }
    }
}

impl<T> Stream for Silence<T> {
    type Item = Result<T, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.end.as_mut().poll(context).map(|()| None)
    }
}
