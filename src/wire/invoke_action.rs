//! InvokeAction on the wire: a stream of events, each of which says what it is.

use tokio_stream::wrappers::UnboundedReceiverStream;
use tokio_stream::{Stream, StreamExt};
use tonic::Status;

use crate::framework::server::invoke_action as native;
use crate::framework::{CancellationToken, Diagnostic, Server};
use crate::proto::tfplugin6::invoke_action::event::{Completed, Progress, Type};
use crate::proto::tfplugin6::invoke_action::{Event, Request};

use super::convert::from_wire;
use super::convert_diagnostics::diagnostics;

/// The work does not wait for the stream to be read: what is not read yet is kept.
pub(super) fn handle(
    server: &Server,
    request: Request,
    abandoned: CancellationToken,
) -> impl Stream<Item = Result<Event, Status>> + Send + use<> {
    let config = from_wire(request.config);
    let events = server.invoke_action(&request.action_type, &config, abandoned);
    UnboundedReceiverStream::new(events).map(|event| Ok(to_wire(event)))
}

/// The only event of an action that could not even begin.
pub(super) fn refused(failure: Diagnostic) -> Event {
    to_wire(native::Event::Completed(failure.into()))
}

fn to_wire(event: native::Event) -> Event {
    let of = match event {
        native::Event::Progress(message) => Type::Progress(Progress { message }),
        native::Event::Completed(found) => Type::Completed(Completed {
            diagnostics: diagnostics(found),
        }),
    };
    Event { r#type: Some(of) }
}
