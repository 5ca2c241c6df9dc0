//! The action `atlas_stream_processor_start`: the same start, told as progress.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::atlas::{Context, ProcessorPath, StartOptions};
use crate::framework::{
    Action, Diagnostic, Diagnostics, InvokeRequest, Path, Progress, Schema, Severity, Value,
};
use crate::provider::connection::{Atlas, Connection, Connector};

use super::arguments::{self, IfStarted};
use super::engine::{Engine, Fate, OnStarted, Outcome, Reporter, Start};
use super::memory::Memory;
use super::report::{self, Form};
use super::{names, schema, validate};

/// A trigger may run before Atlas shows a processor that was created just now.
const APPEARS_WITHIN: Duration = Duration::from_secs(30);

/// The action; its connection is filled in by ConfigureProvider.
#[derive(Debug)]
pub(crate) struct StreamProcessorStartAction {
    connector: Arc<Connector>,
    memory: Arc<Memory>,
}

impl StreamProcessorStartAction {
    pub(crate) fn new(connector: Arc<Connector>, memory: Arc<Memory>) -> Self {
        Self { connector, memory }
    }
}

#[async_trait::async_trait]
impl Action for StreamProcessorStartAction {
    fn type_name(&self) -> &'static str {
        schema::TYPE_NAME
    }

    fn schema(&self) -> Schema {
        schema::action()
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        validate::action(config)
    }

    fn plan(&self, config: &Value) -> Diagnostics {
        validate::action(config)
    }

    async fn invoke(&self, request: InvokeRequest) -> Diagnostics {
        let refusals = validate::action(&request.config);
        if refusals.has_error() {
            return refusals;
        }
        let Some(path) = names::path(&request.config) else {
            return Diagnostics::from(nameless());
        };
        let atlas = match self.connector.get() {
            Connection::Open(atlas) => atlas,
            Connection::Unknown(attributes) => {
                return Diagnostics::from(unknown_configuration(&attributes));
            }
        };
        let id = names::id(&path);
        let turn = self.memory.turn(&id);
        let _turn = tokio::select! {
            biased;
            turn = turn.lock_owned() => turn,
            () = request.cancel.cancelled() => return Diagnostics::from(interrupted(&path)),
        };
        let outcome = start(atlas, path, &request).await;
        if outcome.1.kept || outcome.1.fate != Fate::NothingStarted {
            self.memory.keeps_running(&id);
        }
        tell(&request.progress, outcome.0, &outcome.1)
    }
}

/// Runs the engine; the diagnostics are its own, with every warning told as progress besides.
async fn start(
    atlas: Atlas,
    path: ProcessorPath,
    request: &InvokeRequest,
) -> (Diagnostics, Outcome) {
    let config = &request.config;
    let failover = arguments::failover(config);
    let on_started = match arguments::IfStarted::of(config) {
        _ if failover.is_some() => OnStarted::Send,
        IfStarted::Keep => OnStarted::Keep,
        IfStarted::Restart => OnStarted::Restart,
        IfStarted::Error => OnStarted::Refuse,
    };
    let timeout = arguments::action_timeout(config);
    let context = Context {
        deadline: Instant::now() + timeout,
        cancel: request.cancel.clone(),
        purpose: format!("{} invoke", schema::TYPE_NAME),
    };
    let subject = atlas.subject(&path);
    let reporter = Box::new(Told(request.progress.clone()));
    let engine = Engine::new(
        atlas.client,
        path,
        arguments::flags(config),
        context,
        reporter,
    );
    let options = StartOptions {
        failover,
        ..arguments::start_options(config)
    };
    let wait = arguments::wait(config);
    let outcome = engine
        .start(Start {
            options,
            on_started,
            wait,
            appears_within: APPEARS_WITHIN,
        })
        .await;
    (
        report::start(&outcome, &subject, timeout, Form::Action),
        outcome,
    )
}

/// Terraform from 1.16 on drops the warnings of actions that a trigger ran, so they are progress too.
fn tell(progress: &Progress, diagnostics: Diagnostics, outcome: &Outcome) -> Diagnostics {
    match &outcome.dry_run {
        Some(Some(answer)) => progress.send(format!(
            "Atlas accepted the dry run of the failover and answered: {answer}"
        )),
        Some(None) => {
            progress.send("Atlas accepted the dry run of the failover, and answered nothing more")
        }
        None => {}
    }
    if outcome.kept && outcome.failure.is_none() {
        progress.send("Nothing to do: the stream processor is STARTED already");
    }
    for diagnostic in &diagnostics {
        if diagnostic.severity == Severity::Warning {
            progress.send(format!(
                "Warning: {}: {}",
                diagnostic.summary, diagnostic.detail
            ));
        }
    }
    diagnostics
}

struct Told(Progress);

impl Reporter for Told {
    fn say(&self, message: String) {
        tracing::info!("{message}");
        self.0.send(message);
    }
}

fn nameless() -> Diagnostic {
    Diagnostic::error(
        "Missing config block",
        "The action needs a config block with group_id, tenant_name and processor_name.",
    )
    .at(Path::root("group_id"))
}

fn unknown_configuration(attributes: &[String]) -> Diagnostic {
    Diagnostic::error(
        "Provider configuration not known",
        format!(
            "{} of the provider block must be known when the action is invoked, and it is not. No request was sent.",
            attributes.join(", ")
        ),
    )
}

fn interrupted(path: &ProcessorPath) -> Diagnostic {
    Diagnostic::error(
        format!(
            "Cannot start stream processor \"{}\": interrupted",
            path.processor_name
        ),
        "Interrupted while waiting for another operation of this run on the same processor. No request was sent.",
    )
}
