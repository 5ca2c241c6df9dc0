//! Create and update: what the plan said, carried out by the engine and recorded.

use std::time::Duration;

use crate::atlas::StartOptions;
use crate::framework::{ApplyRequest, ApplyResponse, Diagnostics, Value};

use super::arguments::{self, IfStarted, Timeout};
use super::private::{Change, Private, Sent, Unsettled};
use super::resource::StreamProcessorStart;
use super::schema;
use super::settling::{self, now};
use crate::provider::stream_processor::arguments as shared;
use crate::provider::stream_processor::engine::{Fate, OnStarted, Outcome, Reporter, Start};
use crate::provider::stream_processor::job::Job;
use crate::provider::stream_processor::names;
use crate::provider::stream_processor::report::{self, Form};

pub(crate) async fn create(
    resource: &StreamProcessorStart,
    request: ApplyRequest,
) -> ApplyResponse {
    let Resumption {
        resumed,
        vacated,
        doubt,
    } = resumption(resource, &request);
    let job = match begin(
        resource,
        &request,
        &request.planned,
        Timeout::Create,
        "create",
    )
    .await
    {
        Ok(job) => job,
        Err(diagnostics) => {
            let outcome = Outcome::default();
            return not_started(request.planned, vacated, doubt, &outcome, diagnostics);
        }
    };
    let options = arguments::start_options(&request.planned);
    let sent = Sent::of(None, &options, &request.planned);
    let may_be_own = resumed
        .as_ref()
        .is_some_and(|unsettled| unsettled.sent == sent);
    let on_started = match (&resumed, IfStarted::of(&request.planned)) {
        (_, IfStarted::Restart) => OnStarted::Restart,
        (None, IfStarted::Error) => OnStarted::Refuse,
        // What may be own is left anyway; what is seen not to be is somebody else's.
        (Some(_), IfStarted::Error) if may_be_own => OnStarted::Refuse,
        (_, IfStarted::Keep) | (Some(_), IfStarted::Error) => OnStarted::Keep,
    };
    let unseen = resumed.as_ref().filter(|unsettled| unsettled.unseen);
    let accepted = unseen.and_then(|unsettled| unsettled.started_at.as_deref());
    let wanted = Wanted {
        options,
        on_started,
        may_be_own,
        shows_within: settling::of_a_start(accepted),
    };
    let outcome = start(&job, &request.planned, wanted).await;
    let form = if resumed.is_some() {
        Form::Resume
    } else {
        Form::Create
    };
    let diagnostics = report::start(&outcome, &job.subject, job.timeout, form);
    if outcome.failure.is_some() && outcome.fate == Fate::NothingStarted {
        return not_started(request.planned, vacated, doubt, &outcome, diagnostics);
    }
    job.remember(&outcome);
    let earlier = Earlier::of_failed_create(resumed.as_ref());
    let state = recorded(request.planned, earlier, &job.id, &outcome);
    let private = Private {
        unreadable: is_unreadable(&outcome),
        unsettled: unsettled(sent, &state, &outcome),
        doubt: last_doubt(&outcome, doubt),
        ..Private::default()
    };
    respond(state, &private, diagnostics)
}

/// How a create stands to a failed one of the same processor.
struct Resumption {
    /// What the failed one left open, where this create takes its place.
    resumed: Option<Unsettled>,
    /// The same, where the failed one's object is out of state already.
    vacated: Option<Unsettled>,
    /// The doubt about starts of any object of this processor that the plan had before it.
    doubt: Option<i64>,
}

fn resumption(resource: &StreamProcessorStart, request: &ApplyRequest) -> Resumption {
    let id = names::path(&request.planned).map(|path| names::id(&path));
    let vacated = id.as_deref().and_then(|id| resource.memory.take_over(id));
    let planned = Private::from_bytes(&request.private);
    let doubt = id.as_deref().and_then(|id| planned.open_doubt_about(id));
    let told = planned.resumes;
    let told = told.filter(|resumed| id.as_ref() == Some(&resumed.id));
    Resumption {
        doubt,
        resumed: told
            .map(|resumed| resumed.unsettled)
            .or_else(|| vacated.clone()),
        vacated,
    }
}

/// A create that certainly started nothing leaves nothing behind: with create-before-destroy, Terraform then keeps what
/// there was. But where the destroy half of the replace came first, what the earlier create left open would be forgotten
/// with it, and so it stays; unless the processor does not exist any more.
fn not_started(
    planned: Value,
    vacated: Option<Unsettled>,
    doubt: Option<i64>,
    outcome: &Outcome,
    diagnostics: Diagnostics,
) -> ApplyResponse {
    let vacated = vacated.filter(|unsettled| unsettled.unreadable || !outcome.is_gone());
    let (Some(unsettled), Some(path)) = (vacated, names::path(&planned)) else {
        return nothing_done(Value::Null, Vec::new(), diagnostics);
    };
    let earlier = Earlier::of_failed_create(Some(&unsettled));
    let mut state = recorded(planned, earlier, &names::id(&path), outcome);
    unsettled.sent.write_options(&mut state);
    let private = Private {
        unreadable: unsettled.unreadable || is_unreadable(outcome),
        // What stood open from an earlier start ends with a stop of ours.
        unsettled: Some(unsettled).filter(|_| !outcome.certainly_stopped()),
        doubt,
        ..Private::default()
    };
    respond(state, &private, diagnostics)
}

pub(crate) async fn update(
    resource: &StreamProcessorStart,
    request: ApplyRequest,
) -> ApplyResponse {
    let planned_private = Private::from_bytes(&request.private);
    let before = planned_private.in_state();
    let settled = Private {
        imported: false,
        unsettled: None,
        doubt: before.open_doubt(),
        ..before.clone()
    };
    let Some(change) = planned_private.change else {
        let mut state = request.planned;
        if state.attribute("started_at").is_unknown() {
            state.set("started_at", request.prior.attribute("started_at").clone());
        }
        return respond(state, &settled, Diagnostics::default());
    };
    let job = match begin(
        resource,
        &request,
        &request.planned,
        Timeout::Update,
        "update",
    )
    .await
    {
        Ok(job) => job,
        Err(diagnostics) => return nothing_done(request.prior, before.to_bytes(), diagnostics),
    };
    let options = Change::options(Some(change), &request.planned);
    let sent = Sent::of(Some(change), &options, &request.planned);
    let may_be_own = before
        .unsettled
        .as_ref()
        .is_some_and(|unsettled| unsettled.sent == sent);
    let on_started = match change {
        Change::Options => OnStarted::Restart,
        Change::Triggers if IfStarted::of(&request.planned) == IfStarted::Restart => {
            OnStarted::Restart
        }
        Change::Triggers => OnStarted::Keep,
        // Somebody was faster: whatever runs now was not what drifted.
        Change::Drift => OnStarted::TakeAsOwn,
    };
    let wanted = Wanted {
        options,
        on_started,
        may_be_own,
        shows_within: before.start_shows_within(&request.prior),
    };
    let outcome = start(&job, &request.planned, wanted).await;
    let diagnostics = report::start(&outcome, &job.subject, job.timeout, Form::Update);
    let failed = outcome.failure.is_some();
    let stopped = before.stopped || outcome.stopped;
    if failed && outcome.fate == Fate::NothingStarted {
        // What stood open from an earlier start ends with a stop of ours.
        let unsettled = before
            .unsettled
            .clone()
            .filter(|_| !outcome.certainly_stopped());
        let private = Private {
            stopped,
            stop_in_doubt: outcome.stop_in_doubt.then(now).or(before.stop_in_doubt),
            doubt: before.open_doubt(),
            unsettled,
            ..before
        };
        return nothing_done(
            with_last_look(request.prior, outcome.state, outcome.stopped),
            private.to_bytes(),
            diagnostics,
        );
    }
    job.remember(&outcome);
    let doubt = last_doubt(&outcome, before.open_doubt());
    let earlier = Earlier {
        processor_id: request.prior.attribute("processor_id").clone(),
        started_at: request.prior.attribute("started_at").clone(),
    };
    if failed {
        // What was not done is planned again: the old arguments stay, with what is known of the processor.
        let state = recorded(request.prior, earlier, &job.id, &outcome);
        let private = Private {
            unreadable: is_unreadable(&outcome),
            // A start that came after the stop is not undone by it.
            stopped: stopped && outcome.fate == Fate::InDoubt,
            unsettled: unsettled(sent, &state, &outcome),
            doubt,
            ..before
        };
        return respond(state, &private, diagnostics);
    }
    let state = recorded(request.planned, earlier, &job.id, &outcome);
    respond(
        state,
        &Private {
            unreadable: is_unreadable(&outcome),
            stopped: false,
            stop_in_doubt: None,
            doubt,
            ..settled
        },
        diagnostics,
    )
}

pub(super) async fn begin(
    resource: &StreamProcessorStart,
    request: &ApplyRequest,
    object: &Value,
    timeout: Timeout,
    operation: &str,
) -> Result<Job, Diagnostics> {
    Job::begin(
        &resource.connector,
        &resource.run,
        object,
        timeout.of(object),
        format!("{} {operation}", schema::TYPE_NAME),
        &request.cancel,
        &request.abandoned,
    )
    .await
}

/// What an object's change asks of the engine.
struct Wanted {
    options: StartOptions,
    on_started: OnStarted,
    may_be_own: bool,
    shows_within: Duration,
}

async fn start(job: &Job, object: &Value, wanted: Wanted) -> Outcome {
    let start = Start {
        options: wanted.options,
        on_started: wanted.on_started,
        may_be_own: wanted.may_be_own,
        wait: shared::wait(object),
        shows_within: wanted.shows_within,
        appears_within: Duration::ZERO,
    };
    job.engine(object, Box::new(Log)).start(start).await
}

/// The resource has nobody to talk to while it works: its progress goes to the log.
pub(super) struct Log;

impl Reporter for Log {
    fn say(&self, message: String) {
        tracing::info!("{message}");
    }
}

/// What stays where this run found out nothing newer.
struct Earlier {
    processor_id: Value,
    started_at: Value,
}

impl Earlier {
    fn of_failed_create(resumed: Option<&Unsettled>) -> Self {
        Self {
            processor_id: Value::Null,
            started_at: Value::from(resumed.and_then(|unsettled| unsettled.started_at.clone())),
        }
    }
}

/// The object with everything that this run knows about the processor.
fn recorded(object: Value, earlier: Earlier, id: &str, outcome: &Outcome) -> Value {
    let mut state = object;
    state.set("id", id);
    state.set(
        "processor_id",
        outcome
            .processor_id
            .clone()
            .map_or(earlier.processor_id, Value::from),
    );
    state.set("state", outcome.state.clone());
    state.set(
        "started_at",
        match outcome.fate {
            Fate::Accepted(at) => Value::from(at.to_string()),
            Fate::InDoubt | Fate::NothingStarted => earlier.started_at,
        },
    );
    state
}

/// The prior object, with a newer state where one was seen, and none where a stop of ours may have ended it.
pub(super) fn with_last_look(prior: Value, seen: Option<String>, stopped: bool) -> Value {
    let mut state = prior;
    if seen.is_some() || stopped {
        state.set("state", seen);
    }
    state
}

/// Nobody could read the processor although its start was, or may have been, accepted.
fn is_unreadable(outcome: &Outcome) -> bool {
    outcome.unreadable.is_some() || (outcome.blind && outcome.failure.is_some())
}

/// The doubt about the last start of this run, or of one before.
fn last_doubt(outcome: &Outcome, before: Option<i64>) -> Option<i64> {
    let doubt = outcome.doubt.map(|doubt| doubt.at.as_millisecond());
    doubt.or(before)
}

/// What a failed run leaves open.
fn unsettled(sent: Sent, state: &Value, outcome: &Outcome) -> Option<Unsettled> {
    outcome.failure.as_ref()?;
    Some(Unsettled {
        sent,
        at: now(),
        started_at: state.attribute("started_at").as_str().map(str::to_owned),
        unreadable: is_unreadable(outcome),
        unseen: outcome.start_is_unseen(),
    })
}

fn respond(state: Value, private: &Private, diagnostics: Diagnostics) -> ApplyResponse {
    let identity = Some(names::identity(&state));
    ApplyResponse {
        state,
        private: private.to_bytes(),
        identity,
        diagnostics,
    }
}

pub(super) fn nothing_done(
    state: Value,
    private: Vec<u8>,
    diagnostics: Diagnostics,
) -> ApplyResponse {
    let identity = (!state.is_null()).then(|| names::identity(&state));
    ApplyResponse {
        state,
        private,
        identity,
        diagnostics,
    }
}
