//! The gRPC service: which file answers which RPC.

use std::pin::Pin;
use std::sync::Arc;

use tokio_stream::Stream;
use tonic::service::Routes;
use tonic::{Request, Response, Status, Streaming};

use crate::framework::{self, Server};
use crate::proto::tfplugin6 as pb;
use crate::proto::tfplugin6::provider_server::{Provider, ProviderServer};

use super::{
    abandoned, apply_resource_change, configure_provider, get_functions, get_metadata,
    get_provider_schema, get_resource_identity_schemas, guard, import_resource_state,
    invoke_action, move_resource_state, not_offered, plan_action, plan_resource_change,
    read_data_source, read_resource, stop_provider, upgrade_resource_identity,
    upgrade_resource_state, validate_action_config, validate_data_resource_config,
    validate_provider_config, validate_resource_config,
};

/// Hosts send and take messages of any size; this is the limit that other providers have.
const MAX_MESSAGE: usize = 256 << 20;

/// Ends the waits of the calls in flight and of all that come later, for those who end the process.
pub type Stop = Arc<dyn Fn() + Send + Sync>;

/// One provider as the routes of a gRPC server, and what stops its calls for good.
pub fn routes(provider: Arc<dyn framework::Provider>) -> (Routes, Stop) {
    let server = Arc::new(Server::new(provider));
    let routes = Routes::new(service(Arc::clone(&server)));
    (routes, Arc::new(move || server.end()))
}

/// The service of one provider, ready to be served.
pub(super) fn service(server: Arc<Server>) -> ProviderServer<Service> {
    ProviderServer::new(Service::new(server))
        .max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE)
}

/// Terraform's provider protocol on top of the engine.
#[derive(Clone, Debug)]
pub struct Service(Arc<Server>);

impl Service {
    /// The service of one provider.
    pub(super) fn new(server: Arc<Server>) -> Self {
        Self(server)
    }
}

type Events<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Writes the whole service: an RPC without a stream is the `handle` of its file, or the function of
/// its name among what is not offered, under guard. What follows `with` is written out as it is.
macro_rules! provider {
    (
        $(changing $changing:ident;)*
        $(waiting $waiting:ident;)*
        $(ready $ready:ident;)*
        $(refused $refused:ident($module:ident);)*
        with { $($streaming:item)* }
    ) => {
        #[tonic::async_trait]
        impl Provider for Service {
            $(async fn $changing(
                &self,
                request: Request<pb::$changing::Request>,
            ) -> Result<Response<pb::$changing::Response>, Status> {
                let abandoned = abandoned::of(&request);
                let answer = guard::answer(stringify!($changing), request.into_inner(), async |request| {
                    tracing::debug!(tf_rpc = stringify!($changing));
                    $changing::handle(&self.0, request, abandoned).await
                });
                Ok(Response::new(answer.await))
            })*
            $(async fn $waiting(
                &self,
                request: Request<pb::$waiting::Request>,
            ) -> Result<Response<pb::$waiting::Response>, Status> {
                let answer = guard::answer(stringify!($waiting), request.into_inner(), async |request| {
                    tracing::debug!(tf_rpc = stringify!($waiting));
                    $waiting::handle(&self.0, request).await
                });
                Ok(Response::new(answer.await))
            })*
            $(async fn $ready(
                &self,
                request: Request<pb::$ready::Request>,
            ) -> Result<Response<pb::$ready::Response>, Status> {
                let answer = guard::answer(stringify!($ready), request.into_inner(), async |request| {
                    tracing::debug!(tf_rpc = stringify!($ready));
                    $ready::handle(&self.0, request)
                });
                Ok(Response::new(answer.await))
            })*
            $(async fn $refused(
                &self,
                request: Request<pb::$module::Request>,
            ) -> Result<Response<pb::$module::Response>, Status> {
                let answer = guard::answer(stringify!($refused), request.into_inner(), async |request| {
                    tracing::debug!(tf_rpc = stringify!($refused));
                    not_offered::$refused(request)
                });
                Ok(Response::new(answer.await))
            })*
            $($streaming)*
        }
    };
}

provider! {
    changing apply_resource_change;

    waiting read_data_source;
    waiting read_resource;

    ready configure_provider;
    ready get_functions;
    ready get_metadata;
    ready get_provider_schema;
    ready get_resource_identity_schemas;
    ready import_resource_state;
    ready move_resource_state;
    ready plan_action;
    ready plan_resource_change;
    ready upgrade_resource_identity;
    ready upgrade_resource_state;
    ready validate_action_config;
    ready validate_data_resource_config;
    ready validate_provider_config;
    ready validate_resource_config;

    refused close_ephemeral_resource(close_ephemeral_resource);
    refused configure_state_store(configure_state_store);
    refused delete_state(delete_state);
    refused generate_resource_config(generate_resource_config);
    refused get_states(get_states);
    refused lock_state(lock_state);
    refused open_ephemeral_resource(open_ephemeral_resource);
    refused renew_ephemeral_resource(renew_ephemeral_resource);
    refused unlock_state(unlock_state);
    refused validate_ephemeral_resource_config(validate_ephemeral_resource_config);
    refused validate_list_resource_config(validate_list_resource_config);
    refused validate_state_store_config(validate_state_store);

    with {
        type InvokeActionStream = Events<pb::invoke_action::Event>;
        type ListResourceStream = Events<pb::list_resource::Event>;
        type ReadStateBytesStream = Events<pb::read_state_bytes::Response>;

        async fn invoke_action(
            &self,
            request: Request<pb::invoke_action::Request>,
        ) -> Result<Response<Self::InvokeActionStream>, Status> {
            let abandoned = abandoned::of(&request);
            let events = framework::server::guard::call(&guard::doing("invoke_action"), || {
                tracing::debug!(tf_rpc = "invoke_action");
                invoke_action::handle(&self.0, request.into_inner(), abandoned)
            });
            Ok(Response::new(match events {
                Ok(events) => Box::pin(events),
                Err(failure) => {
                    Box::pin(tokio_stream::once(Ok(invoke_action::refused(failure))))
                }
            }))
        }

        async fn call_function(
            &self,
            request: Request<pb::call_function::Request>,
        ) -> Result<Response<pb::call_function::Response>, Status> {
            tracing::debug!(tf_rpc = "call_function");
            Ok(Response::new(not_offered::call_function(request.into_inner())))
        }

        async fn stop_provider(
            &self,
            request: Request<pb::stop_provider::Request>,
        ) -> Result<Response<pb::stop_provider::Response>, Status> {
            tracing::debug!(tf_rpc = "stop_provider");
            Ok(Response::new(stop_provider::handle(&self.0, request.into_inner())))
        }

        async fn list_resource(
            &self,
            request: Request<pb::list_resource::Request>,
        ) -> Result<Response<Self::ListResourceStream>, Status> {
            tracing::debug!(tf_rpc = "list_resource");
            let refusal = not_offered::list_resource(request.into_inner());
            Ok(Response::new(Box::pin(tokio_stream::once(Ok(refusal)))))
        }

        async fn read_state_bytes(
            &self,
            request: Request<pb::read_state_bytes::Request>,
        ) -> Result<Response<Self::ReadStateBytesStream>, Status> {
            tracing::debug!(tf_rpc = "read_state_bytes");
            let refusal = not_offered::read_state_bytes(request.into_inner());
            Ok(Response::new(Box::pin(tokio_stream::once(Ok(refusal)))))
        }

        async fn write_state_bytes(
            &self,
            request: Request<Streaming<pb::write_state_bytes::RequestChunk>>,
        ) -> Result<Response<pb::write_state_bytes::Response>, Status> {
            tracing::debug!(tf_rpc = "write_state_bytes");
            // The first chunk says which store is meant; the others need not be read to refuse.
            let first = request.into_inner().message().await.unwrap_or_default();
            Ok(Response::new(not_offered::write_state_bytes(first)))
        }
    }
}
