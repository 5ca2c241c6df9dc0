//! One operation's hold on one processor: its turn, its deadline, and the client to work with.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use crate::atlas::{Client, Context, Description, ProcessorPath, WorkspacePath};
use crate::framework::{CancellationToken, Diagnostic, Diagnostics, Value};
use crate::provider::api_error::Subject;
use crate::provider::connection::{Connection, Connector};

use super::arguments;
use super::engine::{EarlierStarts, Engine, Fate, Outcome, Reporter};
use super::names;
use super::run::Run;

/// A processor that this operation alone works on, until it is dropped.
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) subject: Subject,
    pub(crate) timeout: Duration,
    client: Arc<Client>,
    path: ProcessorPath,
    context: Context,
    run: Arc<Run>,
    _turn: OwnedMutexGuard<()>,
}

impl Job {
    /// Waits for the processor's turn; the time of the operation begins when it has come. `purpose` is what Atlas is told of it:
    /// the type, and the operation.
    pub(crate) async fn begin(
        connector: &Connector,
        run: &Arc<Run>,
        object: &Value,
        timeout: Duration,
        purpose: String,
        cancel: &CancellationToken,
        abandoned: &CancellationToken,
    ) -> Result<Self, Diagnostics> {
        let path = names::path(object).ok_or_else(names::missing)?;
        let atlas = match connector.get() {
            Connection::Open(atlas) => atlas,
            Connection::Unknown(attributes) => return Err(unknown_configuration(&attributes)),
        };
        let id = names::id(&path);
        let turn = tokio::select! {
            biased;
            turn = run.turn(&id).lock_owned() => turn,
            () = cancel.cancelled() => return Err(interrupted(&path)),
        };
        let context = Context {
            deadline: deadline(timeout),
            cancel: cancel.clone(),
            abandoned: abandoned.clone(),
            purpose,
        };
        Ok(Self {
            id,
            subject: atlas.subject(&path),
            timeout,
            client: atlas.client,
            path,
            context,
            run: Arc::clone(run),
            _turn: turn,
        })
    }

    pub(crate) fn engine(&self, object: &Value, reporter: Box<dyn Reporter>) -> Engine {
        let flags = arguments::flags(object);
        Engine::new(
            Arc::clone(&self.client),
            self.path.clone(),
            flags,
            self.context.clone(),
            reporter,
        )
    }

    /// A later delete in this run must not stop what this one started or kept, and a later stop must not miss it.
    pub(crate) fn remember(&self, outcome: &Outcome) {
        if outcome.kept || outcome.fate != Fate::NothingStarted {
            self.run.keeps_running(&self.id);
        }
        self.run.has_started(&self.id, outcome.earlier_starts());
    }

    /// What starts that this process sent may still do.
    pub(crate) fn earlier_starts(&self) -> EarlierStarts {
        self.run.earlier_starts(&self.id)
    }

    /// Whether Atlas tells of all processors of the workspace, and this is none of them.
    pub(crate) async fn is_not_listed(&self) -> bool {
        let workspace = WorkspacePath {
            group_id: self.path.group_id.clone(),
            tenant_name: self.path.tenant_name.clone(),
        };
        let list = self.client.descriptions(&workspace, &self.context).await;
        let name = &self.path.processor_name;
        list.is_ok_and(|list| {
            let is_it = |one: &Description| one.processor.name == *name;
            list.is_whole() && !list.found.iter().any(is_it)
        })
    }

    /// A later start in this run must not come before this one's stop, which may still take effect for so long.
    pub(crate) fn remember_a_stop_that_follows(&self, within: Duration) {
        if !within.is_zero() {
            self.run.may_stop_within(&self.id, within);
        }
    }

    /// For so long a stop that this process sent, and whose answer was lost, may still take effect.
    pub(crate) fn stop_may_follow_within(&self) -> Duration {
        self.run.stop_may_follow_within(&self.id)
    }

    /// A later delete in this run need not keep running what was found deleted.
    pub(crate) fn remember_that_it_is_gone(&self) {
        self.run.is_gone(&self.id);
    }

    /// A later delete in this run may stop again what this one stopped.
    pub(crate) fn remember_stop(&self) {
        self.run.has_stopped(&self.id);
    }
}

/// So much later than now.
pub(crate) fn deadline(timeout: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(timeout).unwrap_or(now + FOREVER)
}

/// Longer than any run, and still a time that a clock can hold.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

fn interrupted(path: &ProcessorPath) -> Diagnostics {
    Diagnostics::from(Diagnostic::error(
        format!("Stream processor \"{}\": interrupted", path.processor_name),
        "Interrupted while waiting for another operation of this run on the same processor. No request was sent: the next apply, or invocation, tries again.",
    ))
}

fn unknown_configuration(attributes: &[String]) -> Diagnostics {
    Diagnostics::from(Diagnostic::error(
        "Provider configuration not known",
        format!(
            "{} of the provider block must be known to carry this out, and it is not. No request was sent.",
            attributes.join(", ")
        ),
    ))
}
