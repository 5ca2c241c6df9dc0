//! Create, update and delete: what the plan said, carried out by the engine and recorded.

use std::sync::Arc;

use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use crate::atlas::{Client, Context, ProcessorPath, StartOptions};
use crate::framework::{ApplyRequest, ApplyResponse, Diagnostic, Diagnostics, Value};
use crate::provider::api_error::Subject;
use crate::provider::connection::Connection;

use super::arguments::{self, IfStarted, Timeout};
use super::engine::{Engine, Fate, OnStarted, Outcome, Reporter, Start};
use super::names;
use super::private::{Change, Private, Sent};
use super::report::{self, Form};
use super::resource::StreamProcessorStart;
use super::schema::TYPE_NAME;

pub(crate) async fn create(
    resource: &StreamProcessorStart,
    request: ApplyRequest,
) -> ApplyResponse {
    let job = match Job::begin(
        resource,
        &request,
        &request.planned,
        Timeout::Create,
        "create",
    )
    .await
    {
        Ok(job) => job,
        Err(diagnostics) => return nothing_done(Value::Null, Vec::new(), diagnostics),
    };
    let options = arguments::start_options(&request.planned);
    let sent = Sent::of(&options);
    let resumed = Private::from_bytes(&request.private)
        .resumes
        .filter(|resumed| resumed.id == job.id)
        .or_else(|| resource.memory.resumed_by(&job.id));
    let on_started = match (resumed, IfStarted::of(&request.planned)) {
        (Some(resumed), _) if resumed.sent == sent => OnStarted::TakeAsOwn,
        (_, IfStarted::Restart) => OnStarted::Restart,
        (None, IfStarted::Error) => OnStarted::Refuse,
        (_, IfStarted::Keep) | (Some(_), IfStarted::Error) => OnStarted::Keep,
    };
    let outcome = job.start(&request.planned, options, on_started).await;
    let diagnostics = job.report(&outcome, Form::Create);
    if outcome.failure.is_some() && outcome.fate == Fate::NothingStarted {
        return nothing_done(Value::Null, Vec::new(), diagnostics);
    }
    job.remember(resource, &outcome);
    let state = recorded(request.planned, &Value::Null, &job.id, &outcome);
    let private = Private {
        unreadable: outcome.unreadable.is_some(),
        unsettled: outcome.failure.is_some().then_some(sent),
        ..Private::default()
    };
    respond(state, &private, diagnostics)
}

pub(crate) async fn update(
    resource: &StreamProcessorStart,
    request: ApplyRequest,
) -> ApplyResponse {
    let planned_private = Private::from_bytes(&request.private);
    let settled = Private {
        imported: false,
        unsettled: None,
        ..planned_private.in_state()
    };
    let Some(change) = planned_private.change else {
        return respond(request.planned, &settled, Diagnostics::default());
    };
    let before = planned_private.in_state().to_bytes();
    let job = match Job::begin(
        resource,
        &request,
        &request.planned,
        Timeout::Update,
        "update",
    )
    .await
    {
        Ok(job) => job,
        Err(diagnostics) => return nothing_done(request.prior, before, diagnostics),
    };
    let options = match change {
        Change::Options | Change::Triggers => arguments::start_options(&request.planned),
        Change::Drift => arguments::tier_only(&request.planned),
    };
    let sent = Sent::of(&options);
    let on_started = match change {
        _ if planned_private.unsettled.as_ref() == Some(&sent) => OnStarted::TakeAsOwn,
        Change::Options => OnStarted::Restart,
        Change::Triggers if IfStarted::of(&request.planned) == IfStarted::Restart => {
            OnStarted::Restart
        }
        Change::Triggers => OnStarted::Keep,
        // Somebody was faster: whatever runs now was not what drifted.
        Change::Drift => OnStarted::TakeAsOwn,
    };
    let outcome = job.start(&request.planned, options, on_started).await;
    let diagnostics = job.report(&outcome, Form::Update);
    if outcome.failure.is_some() && outcome.fate == Fate::NothingStarted {
        return nothing_done(with_last_look(request.prior, &outcome), before, diagnostics);
    }
    job.remember(resource, &outcome);
    if outcome.failure.is_some() {
        // What was not done is planned again: the old arguments stay, with what is known of the processor.
        let state = recorded(request.prior.clone(), &request.prior, &job.id, &outcome);
        return respond(
            state,
            &Private {
                unsettled: Some(sent),
                ..planned_private.in_state()
            },
            diagnostics,
        );
    }
    let state = recorded(request.planned, &request.prior, &job.id, &outcome);
    respond(
        state,
        &Private {
            unreadable: outcome.unreadable.is_some(),
            ..settled
        },
        diagnostics,
    )
}

pub(crate) async fn delete(
    resource: &StreamProcessorStart,
    request: ApplyRequest,
) -> ApplyResponse {
    let private = Private::from_bytes(&request.private);
    let id = names::path(&request.prior).map(|path| names::id(&path));
    if let (Some(id), Some(resumed)) = (&id, &private.resumes)
        && resumed.id == *id
    {
        // The other half of this replace takes the place of a create that failed: by now the processor may run.
        resource.memory.resume(resumed);
        return gone(Diagnostics::default());
    }
    if !arguments::stop_on_destroy(&request.prior) {
        return gone(Diagnostics::default());
    }
    if let Some(id) = &id
        && resource.memory.is_kept_running(id)
    {
        return gone(Diagnostics::from(left_running(&request.prior)));
    }
    let before = private.in_state().to_bytes();
    let job = match Job::begin(
        resource,
        &request,
        &request.prior,
        Timeout::Delete,
        "delete",
    )
    .await
    {
        Ok(job) => job,
        Err(diagnostics) => return nothing_done(request.prior, before, diagnostics),
    };
    // Another address may have started it while this one waited for its turn.
    if resource.memory.is_kept_running(&job.id) {
        return gone(Diagnostics::from(left_running(&request.prior)));
    }
    match job.engine(&request.prior).stop().await {
        Ok(_) => gone(Diagnostics::default()),
        Err(failure) => {
            let diagnostics = report::stop(&failure, &job.subject, job.timeout);
            nothing_done(request.prior, before, diagnostics)
        }
    }
}

/// One apply's hold on one processor.
struct Job {
    client: Arc<Client>,
    path: ProcessorPath,
    id: String,
    context: Context,
    timeout: std::time::Duration,
    subject: Subject,
    _turn: OwnedMutexGuard<()>,
}

impl Job {
    async fn begin(
        resource: &StreamProcessorStart,
        request: &ApplyRequest,
        object: &Value,
        timeout: Timeout,
        operation: &str,
    ) -> Result<Self, Diagnostics> {
        let Some(path) = names::path(object) else {
            return Err(Diagnostics::from(Diagnostic::error(
                "Processor not known",
                "group_id, tenant_name and processor_name must be known to apply; this is a fault of the provider or \
                 of its host.",
            )));
        };
        let atlas = match resource.connector.get() {
            Connection::Open(atlas) => atlas,
            Connection::Unknown(attributes) => {
                return Err(Diagnostics::from(unknown_at_apply(&attributes)));
            }
        };
        let id = names::id(&path);
        let turn = resource.memory.turn(&id);
        let turn = tokio::select! {
            biased;
            turn = turn.lock_owned() => turn,
            () = request.cancel.cancelled() => return Err(Diagnostics::from(interrupted(&path))),
        };
        let timeout = timeout.of(object);
        let context = Context {
            deadline: Instant::now() + timeout,
            cancel: request.cancel.clone(),
            purpose: format!("{TYPE_NAME} {operation}"),
        };
        let subject = atlas.subject(&path);
        Ok(Self {
            client: atlas.client,
            path,
            id,
            context,
            timeout,
            subject,
            _turn: turn,
        })
    }

    fn engine(&self, object: &Value) -> Engine {
        Engine::new(
            Arc::clone(&self.client),
            self.path.clone(),
            arguments::flags(object),
            self.context.clone(),
            Box::new(Log),
        )
    }

    async fn start(&self, object: &Value, options: StartOptions, on_started: OnStarted) -> Outcome {
        let wait = arguments::wait(object);
        let start = Start {
            options,
            on_started,
            wait,
            appears_within: std::time::Duration::ZERO,
        };
        self.engine(object).start(start).await
    }

    fn report(&self, outcome: &Outcome, form: Form) -> Diagnostics {
        report::start(outcome, &self.subject, self.timeout, form)
    }

    /// A later delete in this run must not stop what this one started or kept.
    fn remember(&self, resource: &StreamProcessorStart, outcome: &Outcome) {
        if outcome.kept || outcome.fate != Fate::NothingStarted {
            resource.memory.keeps_running(&self.id);
        }
    }
}

/// The resource has nobody to talk to while it works: its progress goes to the log.
struct Log;

impl Reporter for Log {
    fn say(&self, message: String) {
        tracing::info!("{message}");
    }
}

/// The object with everything that this run knows about the processor.
fn recorded(object: Value, prior: &Value, id: &str, outcome: &Outcome) -> Value {
    let seen = outcome.seen.as_ref();
    let earlier = |name: &str| prior.attribute(name).clone();
    let mut state = object;
    state.set("id", id);
    state.set(
        "processor_id",
        seen.and_then(|processor| processor.id.clone())
            .map_or_else(|| earlier("processor_id"), Value::from),
    );
    let read = seen.filter(|_| outcome.unreadable.is_none());
    state.set("state", read.map(|processor| processor.state.clone()));
    state.set(
        "started_at",
        match outcome.fate {
            Fate::Accepted(at) => Value::from(at.to_string()),
            Fate::InDoubt | Fate::NothingStarted => earlier("started_at"),
        },
    );
    state
}

/// The prior object, with a newer state where one was seen.
fn with_last_look(prior: Value, outcome: &Outcome) -> Value {
    let mut state = prior;
    if let Some(processor) = &outcome.seen {
        state.set("state", processor.state.as_str());
    }
    state
}

fn respond(state: Value, private: &Private, diagnostics: Diagnostics) -> ApplyResponse {
    ApplyResponse {
        identity: Some(names::identity(&state)),
        private: private.to_bytes(),
        state,
        diagnostics,
    }
}

fn nothing_done(state: Value, private: Vec<u8>, diagnostics: Diagnostics) -> ApplyResponse {
    let identity = (!state.is_null()).then(|| names::identity(&state));
    ApplyResponse {
        state,
        private,
        identity,
        diagnostics,
    }
}

fn gone(diagnostics: Diagnostics) -> ApplyResponse {
    ApplyResponse {
        state: Value::Null,
        private: Vec::new(),
        identity: None,
        diagnostics,
    }
}

fn left_running(prior: &Value) -> Diagnostic {
    let name = prior
        .attribute("processor_name")
        .as_str()
        .unwrap_or_default();
    Diagnostic::warning(
        format!("Stream processor \"{name}\" was not stopped"),
        "stop_on_destroy is true, but this same run started the processor or found it STARTED and kept it for another \
         resource (or for the replacement of this one), so stopping it now would undo that.",
    )
}

fn interrupted(path: &ProcessorPath) -> Diagnostic {
    Diagnostic::error(
        format!("Stream processor \"{}\": interrupted", path.processor_name),
        "Interrupted while waiting for another operation of this run on the same processor. No request was sent.",
    )
}

fn unknown_at_apply(attributes: &[String]) -> Diagnostic {
    Diagnostic::error(
        "Provider configuration not known",
        format!(
            "{} of the provider block must be known to apply, and it is not. No request was sent.",
            attributes.join(", ")
        ),
    )
}
