//! The engine's findings as diagnostics for the person who ran Terraform.

use std::time::Duration;

use crate::atlas::{Error, ProcessorPath};
use crate::framework::{Diagnostic, Diagnostics, Path};
use crate::provider::api_error::{Subject, diagnose};
use crate::provider::config::duration;

use super::engine::{Doing, Failure, Fate, Outcome};

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
        let circumstances = Circumstances {
            summary: format!("Cannot start stream processor \"{}\"", path.processor_name),
            state: outcome.state.as_deref(),
            subject,
            timeout,
            known: what_is_known(outcome, form),
            form,
        };
        diagnostics.extend(failed(failure, &circumstances));
    }
    if let Some(error) = &outcome.unreadable {
        diagnostics.extend(cannot_be_read_back(path, error, outcome.kept, form));
    }
    if !outcome.not_applied.is_empty() {
        diagnostics.push(not_applied(path, &outcome.not_applied));
    }
    diagnostics
}

/// The failure of a stop on destroy.
pub(crate) fn stop(
    failure: &Failure,
    state: Option<&str>,
    subject: &Subject,
    timeout: Duration,
) -> Diagnostics {
    let circumstances = Circumstances {
        summary: format!(
            "Cannot stop stream processor \"{}\"",
            subject.path.processor_name
        ),
        state,
        subject,
        timeout,
        known: "The resource stays in state, so the next destroy tries again.".to_owned(),
        form: Form::Update,
    };
    failed(failure, &circumstances)
}

/// What surrounds a failure.
struct Circumstances<'a> {
    summary: String,
    state: Option<&'a str>,
    subject: &'a Subject,
    timeout: Duration,
    /// What the person may rely on.
    known: String,
    form: Form,
}

fn failed(failure: &Failure, circumstances: &Circumstances<'_>) -> Diagnostics {
    let Circumstances {
        summary,
        state,
        subject,
        timeout,
        known,
        form,
    } = circumstances;
    let state = state.map_or_else(
        || "What its state is now is not known.".to_owned(),
        |state| format!("Atlas reported it last as {state}."),
    );
    let (title, detail) = match failure {
        Failure::Refused { doing, error } => {
            let mut diagnostics = diagnose(summary, error, subject);
            let context = [in_the_middle(*doing), known.clone()].join(" ");
            append_to_errors(&mut diagnostics, context.trim());
            return diagnostics;
        }
        Failure::AlreadyStarted => {
            let title = format!("{summary}: it is STARTED already");
            let diagnostic = Diagnostic::error(title, already_started(&subject.path, *form));
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
        Failure::Gone { doing } => (
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
                    more_time(*form)
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

fn last_error(error: Option<&Error>) -> String {
    error.map_or_else(String::new, |error| {
        format!(" The last request failed: {error}.")
    })
}

fn more_time(form: Form) -> &'static str {
    match form {
        Form::Create | Form::Resume => {
            "If this is a big pipeline, give it more time with timeouts.create."
        }
        Form::Update => "If this is a big pipeline, give it more time in the timeouts block.",
        Form::Action | Form::Failover => {
            "If this is a big pipeline, give it more time with the argument timeout."
        }
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
        (Some(state), true) => {
            format!(
                "A stop was sent first, for this start, and Atlas reported it last as {state}. "
            )
        }
        (None, true) => "A stop was sent first, for this start. ".to_owned(),
    };
    match (outcome.fate, form) {
        (Fate::InDoubt, _) => format!(
            "{stopped}Atlas may have accepted the start all the same: no answer says that it did not, and no look at \
             the processor has settled it. {next}"
        ),
        (Fate::Accepted(at), _) => format!("{stopped}Atlas accepted the start at {at}. {next}"),
        (Fate::NothingStarted, Form::Create | Form::Action | Form::Failover) => stopped,
        (Fate::NothingStarted, Form::Resume) if outcome.is_gone() => stopped,
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

fn already_started(path: &ProcessorPath, form: Form) -> String {
    let untaint = match form {
        Form::Create | Form::Resume => {
            " If an earlier create of this resource failed and the processor runs because of it, `terraform untaint` \
             keeps it as it is."
        }
        Form::Update | Form::Action | Form::Failover => "",
    };
    format!(
        "if_started is \"error\", and Atlas reports \"{}\" in workspace \"{}\" as STARTED; no start was sent. Somebody \
         else, or another configuration, started it. Set if_started = \"keep\" to accept that, or \"restart\" to stop \
         and start it.{untaint}",
        path.processor_name, path.tenant_name
    )
}

fn cannot_be_read_back(path: &ProcessorPath, error: &Error, kept: bool, form: Form) -> Diagnostics {
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
    Diagnostics::from(Diagnostic::warning(
        format!(
            "Stream processor \"{}\" was started but cannot be read back",
            path.processor_name
        ),
        format!(
            "{answered} refused to show the processor: {error}. Whether it is STARTED by now is therefore not \
             known.{consequence} Reading a processor takes the same role as starting it: Project Stream Processing \
             Owner, or Project Owner."
        ),
    ))
}

fn not_applied(path: &ProcessorPath, options: &[&str]) -> Diagnostic {
    let names = options.join(", ");
    Diagnostic::warning(
        format!(
            "Stream processor \"{}\" keeps running without the new start options",
            path.processor_name
        ),
        format!(
            "It was STARTED already, so {names} did not take effect. \
             Set if_started = \"restart\" to have it stopped and started with them."
        ),
    )
    .at(Path::root(options.first().copied().unwrap_or("if_started")))
}

fn in_the_middle(doing: Doing) -> String {
    match doing {
        Doing::Starting => String::new(),
        Doing::Stopping => "This was the request that stops the processor first.".to_owned(),
        Doing::Looking
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
