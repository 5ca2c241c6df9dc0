//! A refresh of the resource: what Atlas says now, or why that is not known.

use tokio::time::Instant;

use crate::atlas::{Context, Error, Kind, Processor};
use crate::framework::{
    CancellationToken, Diagnostic, Diagnostics, ReadRequest, ReadResponse, Value,
};
use crate::provider::api_error::diagnose;
use crate::provider::connection::Connection;

use super::arguments::Timeout;
use super::holders::Holders;
use super::memory::Memory;
use super::private::Private;
use super::resource::StreamProcessorStart;
use super::schema::TYPE_NAME;
use super::settling;
use crate::provider::stream_processor::names;

pub(crate) async fn read(resource: &StreamProcessorStart, request: ReadRequest) -> ReadResponse {
    let Some(path) = names::path(&request.state) else {
        return as_it_was(request, Diagnostics::from(nameless()));
    };
    let id = names::id(&path);
    let private = Private::from_bytes(&request.private);
    resource.memory.holders(&id, Holders::saw_one);
    if let Some(unsettled) = &private.unsettled {
        resource.memory.saw_unsettled(&id, unsettled);
    }
    resource.memory.saw_doubts(&id, private.open_doubts());
    let atlas = match resource.connector.get() {
        Connection::Open(atlas) => atlas,
        Connection::Unknown(attributes) => {
            return as_it_was(request, Diagnostics::from(not_refreshed(&attributes)));
        }
    };
    let context = Context {
        deadline: Instant::now() + Timeout::Read.of(&request.state),
        cancel: request.cancel.clone(),
        abandoned: CancellationToken::new(),
        purpose: format!("{TYPE_NAME} read"),
    };
    match atlas.client.processor(&path, &context).await {
        Ok(processor) => refreshed(&resource.memory, request, &id, &private, &processor),
        Err(error) if private.unreadable && is_still_unreadable(&error) => as_it_was(
            request,
            Diagnostics::from(still_unreadable(&path.processor_name, &error)),
        ),
        Err(error) if error.is_not_found() => {
            tracing::info!(%error, id, "the processor is gone");
            resource.memory.is_gone(&id);
            ReadResponse {
                state: Value::Null,
                private: Vec::new(),
                identity: None,
                diagnostics: Diagnostics::default(),
            }
        }
        Err(error) => {
            let summary = format!("Cannot read stream processor \"{}\"", path.processor_name);
            let subject = atlas.subject(&path).while_refreshing();
            let subject = subject.given_time("with `timeouts.read` of the resource");
            let diagnostics = diagnose(&summary, &error, &subject);
            as_it_was(request, diagnostics)
        }
    }
}

fn refreshed(
    memory: &Memory,
    request: ReadRequest,
    id: &str,
    private: &Private,
    processor: &Processor,
) -> ReadResponse {
    let mut state = request.state;
    state.set("id", id);
    state.set("processor_id", processor.id.clone());
    if let Some(at) = &private.started_at {
        state.set("started_at", at.as_str());
    }
    // Rest so soon after a start that nothing has shown yet, and that nobody here stopped, is a read that lags: nothing has drifted.
    let lags = !private.stopped && settling::lags(&state, &processor.state);
    let lags_behind_a_stop =
        settling::lags_behind_a_stop(&state, private.stop_in_doubt, &processor.state);
    let may_show = private.an_unseen_start_may_show(&state);
    if private.rest_is_left_alone(&state, &processor.state) {
        // There would be nothing to do, and what was seen of it is from before that start.
        state.set("state", Value::Null);
    } else if !lags && !lags_behind_a_stop {
        state.set("state", processor.state.as_str());
    }
    // Anything else was started since we stopped it, unless the stop is on its way.
    let doubts = private.open_doubts();
    let unsettled = private.unsettled.as_ref().map(|start| {
        let start_now = start.clone().seen(&processor.state, may_show);
        // A plan tells by the whole of it which of several objects is its own.
        memory.forget_unsettled(id, start);
        memory.saw_unsettled(id, &start_now);
        start_now
    });
    let stopped =
        private.stopped && (stands_where_it_was_stopped(&processor.state) || doubts.stop.is_some());
    if stopped {
        memory.has_stopped(id);
    }
    ReadResponse {
        identity: Some(names::identity(&state)),
        private: Private {
            unreadable: false,
            started_at: None,
            unsettled,
            stopped,
            doubt: doubts.start,
            stop_in_doubt: doubts.stop,
            ..private.clone()
        }
        .to_bytes(),
        state,
        diagnostics: Diagnostics::default(),
    }
}

fn stands_where_it_was_stopped(state: &str) -> bool {
    matches!(state, "STOPPING" | "STOPPED")
}

fn as_it_was(request: ReadRequest, diagnostics: Diagnostics) -> ReadResponse {
    let identity = request
        .identity
        .or_else(|| names::path(&request.state).map(|_| names::identity(&request.state)));
    ReadResponse {
        state: request.state,
        private: request.private,
        identity,
        diagnostics,
    }
}

fn is_still_unreadable(error: &Error) -> bool {
    error.kind() == Kind::Api && matches!(error.status(), Some(403 | 404 | 405 | 501))
}

fn still_unreadable(name: &str, error: &Error) -> Diagnostic {
    Diagnostic::warning(
        format!("Stream processor \"{name}\" still cannot be read"),
        format!(
            "Its start was, or may have been, accepted, and Atlas does not show the processor: {error}. The state that Terraform knows \
             is kept as it is. Reading a processor takes the same role as starting it: Project Stream Processing \
             Manager, Project Stream Processing Owner or Project Owner."
        ),
    )
}

fn not_refreshed(attributes: &[String]) -> Diagnostic {
    Diagnostic::warning(
        "Stream processors were not refreshed",
        format!(
            "The provider's configuration is not known before apply ({}), so Atlas was not asked, and the state is \
             used as it was recorded last.",
            attributes.join(", ")
        ),
    )
}

fn nameless() -> Diagnostic {
    Diagnostic::error(
        "State without a processor's name",
        format!(
            "The recorded {TYPE_NAME} lacks its group_id, tenant_name or processor_name, so there is nothing to look \
             at. Remove it from state and import it again."
        ),
    )
}
