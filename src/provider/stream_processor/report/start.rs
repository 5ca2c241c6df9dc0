//! What a start has to tell, in the words of the form that asked for it.

use std::time::Duration;

use crate::atlas::{Error, ProcessorPath};
use crate::framework::{Diagnostic, Diagnostics, Path};
use crate::provider::api_error::Subject;
use crate::provider::stream_processor::engine::{Failure, Fate, Outcome, is_at_rest};

use super::{Circumstances, failed, last_failed_look, more_time_for_an_action, without_a_dot};

/// Who asks: the texts name the way out that this form has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The resource's create.
    Create,
    /// A create that takes the place of one that failed although its start was, or may have been, accepted.
    Resume,
    /// The resource's update.
    Update,
    /// The action.
    Action,
    /// The action with a failover, which goes to a processor that is STARTED too.
    Failover,
}

/// Everything that a start has to tell: its failure first, then its warnings.
pub(crate) fn start(
    outcome: &Outcome,
    subject: &Subject,
    timeout: Duration,
    form: Form,
) -> Diagnostics {
    let path = &subject.path;
    let mut diagnostics = Diagnostics::default();
    if let Some(failure) = &outcome.failure {
        let place = match form {
            Form::Create | Form::Resume => "with `timeouts.create` of the resource",
            Form::Update => "with `timeouts.update` of the resource",
            Form::Action | Form::Failover => "with the argument `timeout` of the action",
        };
        let subject = subject.clone().given_time(place);
        let subject = &match form {
            Form::Action | Form::Failover => subject.in_an_action(),
            _ => subject,
        };
        let circumstances = Circumstances {
            summary: format!("Cannot start stream processor \"{}\"", path.processor_name),
            state: outcome.state.as_deref(),
            subject,
            timeout,
            known: what_is_known(outcome, form),
            more_time: more_time(failure, form),
            untaint: untaint(form),
            stops_first: true,
        };
        diagnostics.extend(failed(failure, &circumstances));
    }
    if let Some(error) = &outcome.unreadable {
        diagnostics.extend(cannot_be_read_back(path, error, outcome.kept, form));
    }
    if !outcome.not_applied.is_empty() {
        diagnostics.push(not_applied(path, &outcome.not_applied, form));
    }
    diagnostics
}

/// Where to give it more time, and what for.
fn more_time(failure: &Failure, form: Form) -> &'static str {
    match (form, failure.outwaits_what_came_before()) {
        (Form::Create | Form::Resume, false) => {
            "If this is a big pipeline, give it more time with timeouts.create."
        }
        (Form::Create | Form::Resume, true) => {
            "Try again when a minute has passed since that, or give it more time with timeouts.create."
        }
        (Form::Update, false) => {
            "If this is a big pipeline, give it more time in the timeouts block."
        }
        (Form::Update, true) => {
            "Try again when a minute has passed since that, or give it more time in the timeouts block."
        }
        (Form::Action | Form::Failover, outwaits) => more_time_for_an_action(outwaits),
    }
}

/// What the person may rely on about the start, and what the next run does about it.
fn what_is_known(outcome: &Outcome, form: Form) -> String {
    let next = match form {
        Form::Create | Form::Resume => {
            "The resource is in state and marked as tainted; the next apply with the same start options takes a \
             processor that is STARTED by then as its own, and starts it otherwise."
        }
        Form::Update => {
            "What was not done is planned again; the next apply, if it asks for the same, takes a processor that is \
             STARTED by then as its own."
        }
        Form::Action => "Look at the processor's state before you invoke the action again.",
        Form::Failover => {
            "A failover is sent to a processor that is STARTED too: find out in Atlas' UI whether it moved before you \
             invoke the action again."
        }
    };
    let stopped = match (&outcome.state, outcome.stopped) {
        (_, false) => String::new(),
        (_, true) if !outcome.stop_follows_within.is_zero() => format!(
            "A stop was sent first, for this start, and {} it: for up to a minute it may still take effect{}. {}",
            if outcome.stop_in_doubt {
                "no answer says that Atlas did not accept"
            } else {
                "no look has shown yet what became of"
            },
            last_failed_look(outcome.failed_look.as_deref()),
            match form {
                Form::Create | Form::Resume | Form::Update => {
                    "The next apply waits until it cannot any more, and then starts the processor; with \
                     create_before_destroy before Terraform 1.16 or in OpenTofu it does not know of it, so wait for a minute there. "
                }
                Form::Action | Form::Failover => {
                    "Wait for a minute before you invoke the action again. "
                }
            }
        ),
        (Some(state), true) if matches!(outcome.failure, Some(Failure::Refused { .. })) => {
            format!(
                "A stop was sent first, for this start, and Atlas reported it last as {state}. "
            )
        }
        (_, true) => "A stop was sent first, for this start. ".to_owned(),
    };
    match (outcome.fate, form) {
        (Fate::InDoubt, _) => format!(
            "{stopped}Atlas may have accepted the start all the same: no answer says that it did not, and no look at \
             the processor has settled it{}. {next}",
            last_failed_look(outcome.failed_look.as_deref())
        ),
        (Fate::Accepted(at), _) => format!("{stopped}Atlas accepted the start at {at}. {next}"),
        (Fate::NothingStarted, Form::Resume) if outcome.is_gone() => stopped,
        (Fate::NothingStarted, Form::Create) if stands_still(outcome) => {
            format!(
                "{stopped}It stays at rest until it is started: where that is still asked for, the next apply does it."
            )
        }
        (Fate::NothingStarted, Form::Action | Form::Failover) if stands_still(outcome) => {
            format!("{stopped}It stays at rest until it is started: invoke the action again.")
        }
        (Fate::NothingStarted, Form::Create) if outcome.is_interrupted() => {
            format!(
                "{stopped}Nothing was started. Where it is still asked for, the next apply tries again."
            )
        }
        (Fate::NothingStarted, Form::Action | Form::Failover) if outcome.is_interrupted() => {
            format!("{stopped}Nothing was started: invoke the action again.")
        }
        (Fate::NothingStarted, Form::Create | Form::Action | Form::Failover) => stopped,
        (Fate::NothingStarted, Form::Resume) => {
            format!(
                "{stopped}Atlas accepted, or may have accepted, the start of an earlier apply. {next}"
            )
        }
        (Fate::NothingStarted, Form::Update) => {
            format!("{stopped}What was not done is planned again.")
        }
    }
}

/// A stop of ours has, or will have, brought it to rest, and that is where it stays.
fn stands_still(outcome: &Outcome) -> bool {
    let ended_otherwise = matches!(
        outcome.failure,
        Some(Failure::Gone { .. } | Failure::Outrun)
    );
    let rests = |state: &str| is_at_rest(state) || state == "STOPPING";
    outcome.certainly_stopped() && !ended_otherwise && outcome.state.as_deref().is_some_and(rests)
}

/// The way out for whoever finds the processor STARTED by an earlier create.
fn untaint(form: Form) -> &'static str {
    match form {
        Form::Create | Form::Resume => {
            " If an earlier create of this resource failed and the processor runs because of it, `terraform untaint` \
             keeps it as it is."
        }
        Form::Update | Form::Action | Form::Failover => "",
    }
}

fn cannot_be_read_back(path: &ProcessorPath, error: &Error, kept: bool, form: Form) -> Diagnostics {
    let said = without_a_dot(error);
    let answered = if kept {
        "Atlas refused the start because the processor is started already, and also"
    } else {
        "Atlas accepted the start, and then"
    };
    let consequence = match form {
        Form::Create | Form::Resume | Form::Update => {
            " Its state is null in Terraform until it can be read."
        }
        Form::Action | Form::Failover => "",
    };
    let why = if error.status() == Some(401) {
        "The credentials were good for the start and are not any more: an access token lives for an hour, and a secret may have been \
         replaced meanwhile. Plan again with credentials that are good: the refresh tells what became of the start, and so does Atlas' UI."
    } else {
        "Reading a processor takes the same role as starting it: Project Stream Processing Manager, Project Stream Processing Owner or \
         Project Owner."
    };
    Diagnostics::from(Diagnostic::warning(
        format!(
            "Stream processor \"{}\" was started but cannot be read back",
            path.processor_name
        ),
        format!(
            "{answered} refused to show the processor: {said}. Whether it is STARTED by now is therefore not \
             known.{consequence} {why}"
        ),
    ))
}

fn not_applied(path: &ProcessorPath, options: &[&str], form: Form) -> Diagnostic {
    let names = options.join(", ");
    let advice = match form {
        Form::Create | Form::Resume | Form::Update => {
            "To have it stopped and started with them, set if_started = \"restart\" and change `triggers` with it."
        }
        Form::Action | Form::Failover => {
            "Set if_started = \"restart\" to have it stopped and started with them."
        }
    };
    Diagnostic::warning(
        format!(
            "Stream processor \"{}\" keeps running without the new start options",
            path.processor_name
        ),
        format!("It was STARTED already, so {names} did not take effect. {advice}"),
    )
    .at(Path::root(options.first().copied().unwrap_or("if_started")))
}
