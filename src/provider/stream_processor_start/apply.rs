//! Create and update: what the plan said, carried out by the engine and recorded.

use std::time::Duration;

use crate::atlas::StartOptions;
use crate::framework::{ApplyRequest, ApplyResponse, Diagnostics, Value};

use super::arguments::{self, IfStarted, Timeout};
use super::doubts::Doubts;
use super::private::{Change, Private, Sent, Unsettled};
use super::recorded::{
    Earlier, is_unreadable, keep_promises, last_doubt, left_at_rest, nothing_done, recorded,
    respond, unsettled, with_last_look,
};
use super::resource::StreamProcessorStart;
use super::schema;
use super::settling;
use crate::provider::stream_processor::arguments as shared;
use crate::provider::stream_processor::engine::{Fate, OnStarted, Outcome, Reporter, Start};
use crate::provider::stream_processor::job::Job;
use crate::provider::stream_processor::names;
use crate::provider::stream_processor::report::{self, Form};

pub(crate) async fn create(
    resource: &StreamProcessorStart,
    request: ApplyRequest,
) -> ApplyResponse {
    let resumption = resumption(resource, &request);
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
            return resumption.not_started(request.planned, &Outcome::default(), diagnostics);
        }
    };
    let resumed = resumption.resumed.as_ref();
    let options = arguments::start_options(&request.planned);
    let sent = Sent::of(None, &options, &request.planned);
    let may_be_own = resumed.is_some_and(|unsettled| unsettled.sent == sent);
    let on_started = match (resumed, IfStarted::of(&request.planned)) {
        (_, IfStarted::Restart) => OnStarted::Restart,
        (None, IfStarted::Error) => OnStarted::Refuse,
        // What may be own is left anyway; what is seen not to be is somebody else's.
        (Some(_), IfStarted::Error) if may_be_own => OnStarted::Refuse,
        (_, IfStarted::Keep) | (Some(_), IfStarted::Error) => OnStarted::Keep,
    };
    let unseen = resumed.filter(|unsettled| unsettled.unseen);
    let accepted = unseen.and_then(|unsettled| unsettled.started_at.as_deref());
    let wanted = Wanted {
        options,
        on_started,
        may_be_own,
        shows_within: settling::of_a_start(accepted),
        doubts: resumption.doubts,
    };
    let outcome = start(&job, &request.planned, wanted).await;
    let form = if resumed.is_some() {
        Form::Resume
    } else {
        Form::Create
    };
    let diagnostics = report::start(&outcome, &job.subject, job.timeout, form);
    if outcome.failure.is_some() && outcome.fate == Fate::NothingStarted {
        return resumption.not_started(request.planned, &outcome, diagnostics);
    }
    let earlier = Earlier::of_failed_create(resumed);
    let state = recorded(request.planned, earlier, &job.id, &outcome);
    let private = Private {
        unreadable: is_unreadable(&outcome),
        stopped: left_at_rest(resumption.is_stopped, resumption.doubts, &outcome),
        unsettled: unsettled(sent, &state, &outcome),
        doubt: last_doubt(&outcome, resumption.doubts.start),
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
    /// The doubts about starts and stops of any object of this processor that the plan had before it.
    doubts: Doubts,
    /// Terraform brought the processor to rest for a start that has not come.
    is_stopped: bool,
}

fn resumption(resource: &StreamProcessorStart, request: &ApplyRequest) -> Resumption {
    let id = names::path(&request.planned).map(|path| names::id(&path));
    let vacated = id.as_deref().and_then(|id| resource.memory.take_over(id));
    let planned = Private::from_bytes(&request.private);
    let doubts = id.as_deref().map(|id| planned.open_doubts_about(id));
    resource.memory.are_held(&planned.left_to_others);
    let is_stopped = id.as_deref().map(|id| resource.memory.is_stopped(id));
    let told = planned.resumes;
    let told = told.filter(|resumed| id.as_ref() == Some(&resumed.id));
    Resumption {
        doubts: doubts.unwrap_or_default(),
        is_stopped: planned.stopped || is_stopped.unwrap_or_default(),
        resumed: told
            .map(|resumed| resumed.unsettled)
            .or_else(|| vacated.clone()),
        vacated,
    }
}

impl Resumption {
    /// A create that certainly started nothing leaves nothing behind: with create-before-destroy, Terraform then keeps what
    /// there was. But where the destroy half of the replace came first, what the earlier create left open would be forgotten
    /// with it, and so it stays; unless the processor does not exist any more. And a stop that may still take effect is remembered.
    fn not_started(
        self,
        planned: Value,
        outcome: &Outcome,
        diagnostics: Diagnostics,
    ) -> ApplyResponse {
        let vacated = self
            .vacated
            .filter(|unsettled| unsettled.unreadable || !outcome.is_gone());
        // One from before counts where its object is out of state for this create: where that is not known, while it is still open.
        let before = self.doubts.open().stop;
        let before = before.filter(|_| outcome.is_interrupted());
        let stop_in_doubt = settling::doubt_for(outcome.stop_follows_within).or(before);
        let stop_in_doubt = stop_in_doubt.filter(|_| !outcome.is_gone());
        let doubt = last_doubt(outcome, self.doubts.start).filter(|_| !outcome.is_gone());
        let is_open = vacated.is_some() || stop_in_doubt.is_some() || outcome.doubt.is_some();
        let path = names::path(&planned).filter(|_| is_open);
        let Some(path) = path else {
            return nothing_done(Value::Null, Vec::new(), diagnostics);
        };
        let earlier = Earlier::of_failed_create(vacated.as_ref());
        let mut state = recorded(planned, earlier, &names::id(&path), outcome);
        if let Some(unsettled) = &vacated {
            unsettled.sent.write_options(&mut state);
        }
        let unreadable = vacated
            .as_ref()
            .is_some_and(|unsettled| unsettled.unreadable);
        let private = Private {
            unreadable: unreadable || is_unreadable(outcome),
            stopped: left_at_rest(self.is_stopped, self.doubts, outcome),
            // What stood open from an earlier start ends with a stop of ours.
            unsettled: vacated.filter(|_| !outcome.certainly_stopped()),
            doubt,
            stop_in_doubt,
            ..Private::default()
        };
        respond(state, &private, diagnostics)
    }
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
        if state.attribute("state").is_unknown() {
            state.set("state", Value::Null);
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
    let doubts = before
        .open_doubts()
        .and(planned_private.open_doubts_about(&job.id));
    // What was at rest by the time of its turn, nobody wanted so: the object of another address may have stopped it.
    let is_stopped = before.stopped || resource.memory.is_stopped(&job.id);
    let wanted = Wanted {
        options,
        on_started,
        may_be_own,
        shows_within: before.start_shows_within(&request.prior),
        doubts,
    };
    let outcome = start(&job, &request.planned, wanted).await;
    let diagnostics = report::start(&outcome, &job.subject, job.timeout, Form::Update);
    let failed = outcome.failure.is_some();
    let stopped = left_at_rest(is_stopped, doubts, &outcome);
    if failed && outcome.fate == Fate::NothingStarted {
        // What stood open from an earlier start ends with a stop of ours.
        let unsettled = before
            .unsettled
            .clone()
            .filter(|_| !outcome.certainly_stopped());
        let private = Private {
            stopped,
            stop_in_doubt: settling::doubt_for(outcome.stop_follows_within)
                .or(before.stop_in_doubt),
            doubt: last_doubt(&outcome, before.open_doubt()),
            unsettled,
            ..before
        };
        return nothing_done(
            with_last_look(request.prior, outcome.state, outcome.stopped),
            private.to_bytes(),
            diagnostics,
        );
    }
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
            stopped,
            unsettled: unsettled(sent, &state, &outcome),
            doubt,
            ..before
        };
        return respond(state, &private, diagnostics);
    }
    let mut state = recorded(request.planned.clone(), earlier, &job.id, &outcome);
    let started_at = keep_promises(&mut state, &request.planned);
    respond(
        state,
        &Private {
            started_at,
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
    doubts: Doubts,
}

async fn start(job: &Job, object: &Value, wanted: Wanted) -> Outcome {
    let start = Start {
        options: wanted.options,
        on_started: wanted.on_started,
        may_be_own: wanted.may_be_own,
        wait: shared::wait(object),
        shows_within: wanted
            .shows_within
            .max(wanted.doubts.start_follows_within())
            .max(job.earlier_starts().may_show_within),
        stops_within: wanted
            .doubts
            .stop_follows_within()
            .max(job.stop_may_follow_within()),
        appears_within: Duration::ZERO,
    };
    let outcome = job.engine(object, Box::new(Log)).start(start).await;
    job.remember(&outcome);
    job.remember_a_stop_that_follows(outcome.stop_follows_within);
    outcome
}

/// The resource has nobody to talk to while it works: its progress goes to the log.
pub(super) struct Log;

impl Reporter for Log {
    fn say(&self, message: String) {
        tracing::info!("{message}");
    }
}
