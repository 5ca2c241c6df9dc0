//! What a stop has to tell that was asked for by itself.

use std::time::Duration;

use crate::atlas::ProcessorPath;
use crate::framework::{Diagnostic, Diagnostics};
use crate::provider::api_error::Subject;
use crate::provider::stream_processor::engine::{Failure, Missing, Stop};

use super::{Circumstances, failed, last_failed_look, more_time_for_an_action, without_a_dot};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stopping {
    /// The resource's delete.
    Destroy,
    /// The same, where the processor is left as it is, and only an earlier stop is waited for.
    Outlast,
    /// The resource's delete, as the first half of a replace.
    Replace,
    /// The action.
    Action,
}

/// Everything that a stop has to tell.
pub(crate) fn stop(stop: &Stop, subject: &Subject, timeout: Duration, by: Stopping) -> Diagnostics {
    let name = &subject.path.processor_name;
    let summary = match by {
        Stopping::Outlast => {
            format!("Cannot wait for what an earlier apply sent to stream processor \"{name}\"")
        }
        _ => format!("Cannot stop stream processor \"{name}\""),
    };
    let place = match by {
        Stopping::Action => "with the argument `timeout` of the action",
        _ => "with `timeouts.delete` of the resource",
    };
    let subject = subject.clone().while_stopping().given_time(place);
    let subject = &match by {
        Stopping::Action => subject.in_an_action(),
        _ => subject,
    };
    match (&stop.failure, &stop.missing) {
        (Some(failure), _) => {
            let circumstances = Circumstances {
                summary,
                state: stop.state.as_deref(),
                subject,
                timeout,
                known: what_is_known(stop, by),
                more_time: more_time(failure, by),
                untaint: "",
                stops_first: false,
            };
            failed(failure, &circumstances)
        }
        // What is to be destroyed may be gone as well. But whoever stops by name should know.
        (None, Some(missing)) if by == Stopping::Action => {
            Diagnostics::from(nothing_to_stop(missing, subject))
        }
        (None, _) if stop.stopped && stop.state.as_deref() == Some("FAILED") => {
            Diagnostics::from(failed_instead(subject, by))
        }
        (None, _) => Diagnostics::default(),
    }
}

/// What does not exist does not run, and around a replace of the processor itself nothing but success lets the apply go on.
fn nothing_to_stop(missing: &Missing, subject: &Subject) -> Diagnostic {
    let ProcessorPath {
        group_id,
        tenant_name,
        processor_name,
    } = &subject.path;
    let said = without_a_dot(&missing.error);
    let counts = "What does not exist does not run, so this counts as stopped";
    if missing.was_seen {
        return Diagnostic::warning(
            format!("Stream processor \"{processor_name}\" was deleted while it was to be stopped"),
            format!(
                "Workspace \"{tenant_name}\" of project {group_id} had it when this began, and has it no more ({said}). {counts}."
            ),
        );
    }
    Diagnostic::warning(
        format!("Nothing to stop: there is no stream processor \"{processor_name}\""),
        format!(
            "Atlas knows none of that name in workspace \"{tenant_name}\" of project {group_id} ({said}). {counts}, and no stop was \
             sent. If it should exist, check `processor_name`, where upper and lower case differ, and `tenant_name` and `group_id`."
        ),
    )
}

/// At rest it is, and nothing is billed; but somebody should know.
fn failed_instead(subject: &Subject, by: Stopping) -> Diagnostic {
    let next = match by {
        Stopping::Action | Stopping::Replace => {
            "Read the processor's Logs tab in Atlas' UI before it is started again: a checkpoint may be missing or too old."
        }
        Stopping::Destroy | Stopping::Outlast => "Terraform knows nothing of it any more.",
    };
    Diagnostic::warning(
        format!(
            "Stream processor \"{}\" turned FAILED while it was stopped",
            subject.path.processor_name
        ),
        format!(
            "Atlas accepted the stop, and then reported the processor in workspace \"{}\" as FAILED instead of STOPPED. It is at rest \
             all the same, and processes nothing. {next}",
            subject.path.tenant_name
        ),
    )
}

/// What the person may rely on about a stop that failed.
fn what_is_known(stop: &Stop, by: Stopping) -> String {
    let accepted = match (stop.stopped, stop.in_doubt) {
        (false, _) => String::new(),
        (true, false) => "Atlas accepted the stop. ".to_owned(),
        (true, true) => format!(
            "Atlas may have accepted the stop all the same: no answer says that it did not, and no look at the \
             processor has settled it{}. ",
            last_failed_look(stop.failed_look.as_deref())
        ),
    };
    let next = match (by, stop.stopped, stop.in_doubt) {
        (Stopping::Action, false, _) => match stop.failure {
            Some(Failure::Interrupted { .. } | Failure::TimedOut { .. }) => {
                "Atlas accepted no stop of it: invoke the action again."
            }
            _ => "",
        },
        (Stopping::Action, true, false) => {
            "Invoking the action again waits on, and leaves a processor alone that is STOPPED by then."
        }
        (Stopping::Action, true, true) => {
            "Invoking the action again leaves a processor alone that is STOPPED by then."
        }
        (Stopping::Destroy, ..) if !stop.follows_within.is_zero() => {
            "The resource stays in state, so the next destroy tries again; an apply instead starts the processor again, should it be at \
             rest by then, unless keep_started is false: then only where it comes within a minute."
        }
        (Stopping::Destroy, ..) => "The resource stays in state, so the next destroy tries again.",
        (Stopping::Outlast, ..) => "The resource stays in state, so the next apply tries again.",
        (Stopping::Replace, ..) => {
            "The resource stays in state. Where the replace is still asked for, the next apply goes on with it; otherwise it starts \
             the processor again, should it be at rest by then."
        }
    };
    accepted + next
}

/// Where to give it more time, and what for.
fn more_time(failure: &Failure, by: Stopping) -> &'static str {
    match (by, failure.outwaits_what_came_before()) {
        (Stopping::Action, outwaits) => more_time_for_an_action(outwaits),
        (_, false) => "If this is a big pipeline, give it more time with timeouts.delete.",
        (_, true) => {
            "Try again when a minute has passed since that, or give it more time with timeouts.delete."
        }
    }
}
