//! What an apply leaves in state: the object with what is known of the processor, and what has to be remembered.

use crate::framework::{ApplyResponse, Diagnostics, Value};

use super::doubts::Doubts;
use super::plan::MADE_BY_A_START;
use super::private::{Private, Sent, Unsettled};
use super::settling::{self, moment};
use crate::provider::stream_processor::engine::{Fate, Outcome};
use crate::provider::stream_processor::names;

/// What stays where this run found out nothing newer.
pub(super) struct Earlier {
    pub(super) processor_id: Value,
    pub(super) started_at: Value,
}

impl Earlier {
    pub(super) fn of_failed_create(resumed: Option<&Unsettled>) -> Self {
        Self {
            processor_id: Value::Null,
            started_at: Value::from(resumed.and_then(|unsettled| unsettled.started_at.clone())),
        }
    }
}

/// The object with everything that this run knows about the processor.
pub(super) fn recorded(object: Value, earlier: Earlier, id: &str, outcome: &Outcome) -> Value {
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

/// What was planned as known stays so, or the host calls the apply inconsistent. Returns the time of the last start, where that is one
/// that nobody could foresee: another object's stop came to light only after this plan.
pub(super) fn keep_promises(state: &mut Value, planned: &Value) -> Option<String> {
    let started_at = state.attribute("started_at").clone();
    for name in MADE_BY_A_START {
        let promised = planned.attribute(name);
        if !promised.is_unknown() {
            state.set(name, promised.clone());
        }
    }
    let is_late = *state.attribute("started_at") != started_at;
    started_at.as_str().filter(|_| is_late).map(str::to_owned)
}

/// The prior object, with a newer state where one was seen, and none where a stop of ours may have ended it. Rest so soon after a
/// start that nothing has shown yet is a read that lags, as in a refresh: taken for the state, it would be started once more.
pub(super) fn with_last_look(prior: Value, seen: Option<String>, stopped: bool) -> Value {
    let mut state = prior;
    let lags = seen
        .as_deref()
        .is_some_and(|seen| settling::lags(&state, seen));
    if (seen.is_some() && !lags) || stopped {
        state.set("state", seen);
    }
    state
}

/// Nobody could read the processor although its start was, or may have been, accepted.
pub(super) fn is_unreadable(outcome: &Outcome) -> bool {
    outcome.unreadable.is_some() || (outcome.blind && outcome.failure.is_some())
}

/// The doubt about the last start of this run, or of one before.
pub(super) fn last_doubt(outcome: &Outcome, before: Option<i64>) -> Option<i64> {
    let doubt = outcome.doubt.map(|doubt| doubt.at.as_millisecond());
    doubt.or(before)
}

/// Whether a run leaves the processor where Terraform brought it, or may have, for a start that has not come. One that came after the
/// stop is not undone by it.
pub(super) fn left_at_rest(before: bool, doubts: Doubts, outcome: &Outcome) -> bool {
    let is_through = outcome.failure.is_none() || matches!(outcome.fate, Fate::Accepted(_));
    !is_through && (before || doubts.stop.is_some() || outcome.stopped)
}

/// What a failed run leaves open.
pub(super) fn unsettled(sent: Sent, state: &Value, outcome: &Outcome) -> Option<Unsettled> {
    outcome.failure.as_ref()?;
    Some(Unsettled {
        sent,
        at: moment(),
        started_at: state.attribute("started_at").as_str().map(str::to_owned),
        unreadable: is_unreadable(outcome),
        unseen: outcome.start_is_unseen(),
        carried_out: matches!(outcome.fate, Fate::Accepted(_)) && !outcome.start_is_unseen(),
    })
}

pub(super) fn respond(state: Value, private: &Private, diagnostics: Diagnostics) -> ApplyResponse {
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
