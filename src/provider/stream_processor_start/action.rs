//! The action `atlas_stream_processor_start`: the same start, told as progress.

use std::sync::Arc;
use std::time::Duration;

use crate::atlas::StartOptions;
use crate::framework::{Action, Diagnostics, InvokeRequest, Progress, Schema, Value};
use crate::provider::connection::Connector;

use super::arguments::{self, IfStarted};
use super::{schema, validate};
use crate::provider::stream_processor::arguments as shared;
use crate::provider::stream_processor::engine::{OnStarted, Outcome, Start};
use crate::provider::stream_processor::job::Job;
use crate::provider::stream_processor::report::{self, Form};
use crate::provider::stream_processor::run::Run;
use crate::provider::stream_processor::told::{Told, tell_warnings};

/// A trigger may run before Atlas shows a processor that was created just now.
const APPEARS_WITHIN: Duration = Duration::from_secs(30);

/// More characters of an answer than this help nobody.
const LONGEST_ANSWER: usize = 4_000;

/// The action; its connection is filled in by ConfigureProvider.
#[derive(Debug)]
pub(crate) struct StreamProcessorStartAction {
    connector: Arc<Connector>,
    run: Arc<Run>,
}

impl StreamProcessorStartAction {
    pub(crate) fn new(connector: Arc<Connector>, run: Arc<Run>) -> Self {
        Self { connector, run }
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
        let timeout = shared::timeout(&request.config);
        let begun = Job::begin(
            &self.connector,
            &self.run,
            &request.config,
            timeout,
            format!("{} invoke", schema::TYPE_NAME),
            &request.cancel,
            &request.abandoned,
        );
        let job = match begun.await {
            Ok(job) => job,
            Err(diagnostics) => return diagnostics,
        };
        let outcome = start(&job, &request).await;
        job.remember(&outcome);
        job.remember_a_stop_that_follows(outcome.stop_follows_within);
        let (form, subject) = match arguments::failover(&request.config) {
            Some(_) => (Form::Failover, job.subject.clone().while_moving()),
            None => (Form::Action, job.subject.clone()),
        };
        let diagnostics = report::start(&outcome, &subject, timeout, form);
        tell(&request.progress, diagnostics, &outcome)
    }
}

async fn start(job: &Job, request: &InvokeRequest) -> Outcome {
    let config = &request.config;
    let failover = arguments::failover(config);
    let on_started = match IfStarted::of(config) {
        _ if failover.is_some() => OnStarted::Send,
        IfStarted::Keep => OnStarted::Keep,
        IfStarted::Restart => OnStarted::Restart,
        IfStarted::Error => OnStarted::Refuse,
    };
    let options = StartOptions {
        failover,
        ..arguments::start_options(config)
    };
    let wait = shared::wait(config);
    let reporter = Box::new(Told(request.progress.clone()));
    let start = Start {
        options,
        on_started,
        may_be_own: false,
        wait,
        shows_within: job.earlier_starts().may_show_within,
        stops_within: job.stop_may_follow_within(),
        appears_within: APPEARS_WITHIN,
    };
    job.engine(config, reporter).start(start).await
}

/// What there is to know is progress too.
fn tell(progress: &Progress, diagnostics: Diagnostics, outcome: &Outcome) -> Diagnostics {
    if let Some(accepted) = &outcome.dry_run {
        progress.send(match &accepted.body {
            Some(answer) => format!(
                "Atlas accepted the dry run of the failover and answered: {}",
                beginning(answer.to_string())
            ),
            None if accepted.broken_off => {
                "Atlas accepted the dry run of the failover, and the rest of its answer did not arrive".to_owned()
            }
            None => {
                "Atlas accepted the dry run of the failover, and answered nothing more".to_owned()
            }
        });
    }
    if outcome.kept && outcome.failure.is_none() && outcome.unreadable.is_none() {
        progress.send(format!(
            "Nothing to do: the stream processor is {} already",
            outcome.state.as_deref().unwrap_or("STARTED")
        ));
    }
    tell_warnings(progress, &diagnostics);
    diagnostics
}

/// What is shown of an answer in JSON.
fn beginning(mut answer: String) -> String {
    if let Some((end, _)) = answer.char_indices().nth(LONGEST_ANSWER) {
        answer.truncate(end);
        answer.push('…');
    }
    answer
}
