//! The engine's findings as diagnostics for the person who ran Terraform.

mod start;
mod stop;

use std::time::Duration;

use crate::atlas::{Error, ProcessorPath};
use crate::framework::{Diagnostic, Diagnostics, Path};
use crate::provider::api_error::{Subject, diagnose};
use crate::provider::config::duration;

use super::engine::{Doing, Failure};

pub(crate) use start::{Form, start};
pub(crate) use stop::{Stopping, stop};

/// What surrounds a failure.
struct Circumstances<'a> {
    summary: String,
    state: Option<&'a str>,
    subject: &'a Subject,
    timeout: Duration,
    /// What the person may rely on.
    known: String,
    /// Where to give it more time.
    more_time: &'static str,
    /// The way out for whoever finds the processor STARTED by an earlier create.
    untaint: &'static str,
    /// A stop here is only the first part of what was asked for.
    stops_first: bool,
}

fn failed(failure: &Failure, circumstances: &Circumstances<'_>) -> Diagnostics {
    let Circumstances {
        summary,
        state,
        subject,
        timeout,
        known,
        more_time,
        untaint,
        stops_first,
    } = circumstances;
    let state = state.map_or_else(
        || "What its state is now is not known.".to_owned(),
        |state| format!("Atlas reported it last as {state}."),
    );
    let (title, detail) = match failure {
        Failure::Refused { doing, error } => {
            let mut diagnostics = diagnose(summary, error, subject);
            let context = [in_the_middle(*doing, *stops_first), known.clone()].join(" ");
            append_to_errors(&mut diagnostics, context.trim());
            return diagnostics;
        }
        Failure::AlreadyStarted => {
            let title = format!("{summary}: it is STARTED already");
            let diagnostic = Diagnostic::error(title, already_started(&subject.path, untaint));
            return Diagnostics::from(diagnostic.at(Path::root("if_started")));
        }
        Failure::Outrun => (
            format!("{summary}: somebody else starts it too"),
            format!(
                "Each time that it was stopped to be started as configured, another start came first, without the \
                 start options of this configuration. Find out who starts it (another configuration, a script, a \
                 person), and apply again. {known}"
            ),
        ),
        Failure::TurnedFailed => (
            format!("{summary}: it turned FAILED"),
            format!(
                "Atlas accepted the start, and the processor then turned FAILED. The API does not say why: open the \
                 workspace in Atlas' UI and read the processor's Logs tab, or download the workspace's operational \
                 logs. Usual causes are a connection that cannot be reached or authenticated, a pipeline that does \
                 not fit its source, and a checkpoint that is too old to resume from (resume_from_checkpoint = false \
                 starts afresh, and may process data twice). {known}"
            ),
        ),
        Failure::StoppedMeanwhile => (
            format!("{summary}: it was stopped meanwhile"),
            format!(
                "The start had begun, and then the processor came to rest without having been STARTED. {state} Somebody else \
                 stopped it, or Atlas did: find out who (another configuration, a script, a person, or the workspace's \
                 operational logs), and apply again. {known}"
            ),
        ),
        Failure::Gone { doing, .. } => (
            summary.clone(),
            format!(
                "The processor was deleted while {}: Atlas answers 404 to a look at it now. {known}",
                doing_in_words(*doing)
            ),
        ),
        Failure::TimedOut {
            doing,
            after,
            error,
        } => {
            let last_error = last_error(error.as_ref());
            (
                format!("{summary} in time"),
                format!(
                    "{} ended after {} of at most {}. {state}{last_error} {known} {}",
                    capitalised(doing_in_words(*doing)),
                    duration::Display(*after),
                    duration::Display(*timeout),
                    more_time
                ),
            )
        }
        Failure::RateLimited {
            doing,
            after,
            error,
        } => {
            let asked = error.last_answer().and_then(Error::retry_after);
            let asked = asked.map_or_else(
                || "for longer".to_owned(),
                |asked| duration::Display(asked).to_string(),
            );
            (
                format!("{summary}: too many requests"),
                format!(
                    "{} ended after {} of at most {}, because Atlas answers nobody who asks about this project before \
                     its time is over: it asks to wait {asked}. It counts the requests of everybody who works in the \
                     project. {state}{} {known} Wait as long as Atlas asks, then apply again; to be gentler, lower \
                     Terraform's `-parallelism`.",
                    capitalised(doing_in_words(*doing)),
                    duration::Display(*after),
                    duration::Display(*timeout),
                    last_error(Some(error)),
                ),
            )
        }
        Failure::Interrupted { doing, error } => (
            format!("{summary}: interrupted"),
            format!(
                "Interrupted while {}. {state}{} {known}",
                doing_in_words(*doing),
                last_error(error.as_ref())
            ),
        ),
    };
    // A part that has nothing to say leaves no gap.
    let detail = detail
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    Diagnostics::from(Diagnostic::error(title, detail))
}

/// What the person may do about an action whose time was over.
fn more_time_for_an_action(outwaits_what_came_before: bool) -> &'static str {
    if outwaits_what_came_before {
        "Invoke the action again when a minute has passed since that, or give it more time with the argument timeout."
    } else {
        "If this is a big pipeline, give it more time with the argument timeout."
    }
}

fn last_error(error: Option<&Error>) -> String {
    error.map_or_else(String::new, |error| {
        format!(" The last request failed: {}.", without_a_dot(error))
    })
}

/// Why the looks settled nothing, as a part of a sentence about them.
fn last_failed_look(error: Option<&Error>) -> String {
    error.map_or_else(String::new, |error| {
        format!(" (the last one failed: {})", without_a_dot(error))
    })
}

/// An error as a part of a sentence: what Atlas says may be one of its own.
fn without_a_dot(error: &Error) -> String {
    error.to_string().trim_end_matches('.').to_owned()
}

fn already_started(path: &ProcessorPath, untaint: &str) -> String {
    format!(
        "if_started is \"error\", and Atlas reports \"{}\" in workspace \"{}\" as STARTED; no start was sent. Somebody \
         else, another configuration, or a resource that this run destroys, started it. Set if_started = \"keep\" to accept that, or \"restart\" to stop \
         and start it.{untaint}",
        path.processor_name, path.tenant_name
    )
}

fn in_the_middle(doing: Doing, stops_first: bool) -> String {
    match doing {
        Doing::Starting => String::new(),
        Doing::Stopping if !stops_first => String::new(),
        Doing::Stopping => "This was the request that stops the processor first.".to_owned(),
        Doing::Looking
        | Doing::AwaitingAnEarlierStart
        | Doing::AwaitingAnEarlierStop
        | Doing::WaitingUntilReady
        | Doing::WaitingUntilStarted
        | Doing::WaitingUntilStopped => {
            format!("This happened while {}.", doing_in_words(doing))
        }
    }
}

fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string())
        .unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

fn doing_in_words(doing: Doing) -> &'static str {
    match doing {
        Doing::Looking => "looking at the processor before anything was sent",
        Doing::AwaitingAnEarlierStart => {
            "waiting until an earlier start, which Atlas may still carry out, shows or cannot come any more"
        }
        Doing::AwaitingAnEarlierStop => "waiting until an earlier stop cannot take effect any more",
        Doing::Starting => "sending the start",
        Doing::Stopping => "stopping the processor",
        Doing::WaitingUntilReady => "waiting until the processor can be started",
        Doing::WaitingUntilStarted => "waiting until the processor is STARTED",
        Doing::WaitingUntilStopped => "waiting until the processor is STOPPED",
    }
}

fn append_to_errors(diagnostics: &mut Diagnostics, context: &str) {
    if context.is_empty() {
        return;
    }
    *diagnostics = std::mem::take(diagnostics)
        .into_iter()
        .map(|diagnostic| diagnostic.and(context))
        .collect();
}
