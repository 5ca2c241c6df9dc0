//! The action `atlas_stream_processor_stop`: a processor brought to rest, told as progress.

use std::sync::Arc;

use crate::framework::{
    Action, Attribute, Block, Diagnostics, InvokeRequest, Path, Schema, Type, Value,
};

use super::api_error::names_the_processor;
use super::connection::Connector;
use super::stream_processor::arguments;
use super::stream_processor::engine::{Failure, Stop};
use super::stream_processor::job::Job;
use super::stream_processor::report::{self, Stopping};
use super::stream_processor::run::Run;
use super::stream_processor::schema::{flags, names, timeout};
use super::stream_processor::told::{Told, tell_warnings};
use super::stream_processor::validate;

/// The action's type name.
const TYPE_NAME: &str = "atlas_stream_processor_stop";

/// The action; its connection is filled in by ConfigureProvider.
#[derive(Debug)]
pub(crate) struct StreamProcessorStop {
    connector: Arc<Connector>,
    run: Arc<Run>,
}

impl StreamProcessorStop {
    pub(crate) fn new(connector: Arc<Connector>, run: Arc<Run>) -> Self {
        Self { connector, run }
    }
}

#[async_trait::async_trait]
impl Action for StreamProcessorStop {
    fn type_name(&self) -> &'static str {
        TYPE_NAME
    }

    fn schema(&self) -> Schema {
        let block = Block::new(
            "Stops a MongoDB Atlas stream processor and waits until it is STOPPED, from an `action_trigger` or from \
             `terraform apply -invoke=`. One that is at rest already (STOPPED, CREATED or FAILED) is left as it is: \
             that is success, and no request to stop it is sent. One that turns FAILED while it is stopped is at rest too, and \
             one that does not exist does not run: both are told as a warning. A big pipeline may take minutes to stop.",
        );
        let block = flags(names(block, false))
            .attribute(Attribute::optional(
                "wait",
                Type::Bool,
                "Whether to wait until the processor is STOPPED. Default `true`; with `false` the action ends as soon \
                 as Atlas has accepted the stop.",
            ))
            .attribute(timeout());
        Schema::new(0, block)
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = validate::names(config);
        diagnostics.extend(validate::a_duration(config, Path::root("timeout")));
        diagnostics
    }

    fn plan(&self, config: &Value) -> Diagnostics {
        self.validate(config)
    }

    async fn invoke(&self, request: InvokeRequest) -> Diagnostics {
        let config = &request.config;
        let refusals = self.validate(config);
        if refusals.has_error() {
            return refusals;
        }
        let timeout = arguments::timeout(config);
        let begun = Job::begin(
            &self.connector,
            &self.run,
            config,
            timeout,
            format!("{TYPE_NAME} invoke"),
            &request.cancel,
            &request.abandoned,
        );
        let job = match begun.await {
            Ok(job) => job,
            Err(diagnostics) => return diagnostics,
        };
        let engine = job.engine(config, Box::new(Told(request.progress.clone())));
        let wait = arguments::wait(config);
        let stop = engine
            .stop(wait, job.earlier_starts(), job.stop_may_follow_within())
            .await;
        let stop = proven(stop, &job).await;
        if stop.missing.is_some() {
            job.remember_that_it_is_gone();
        } else if stop.failure.is_none() {
            job.remember_stop();
            if !stop.stopped {
                let state = stop.state.as_deref().unwrap_or("at rest");
                request.progress.send(format!(
                    "Nothing to do: Atlas reports the stream processor as {state}"
                ));
            }
        }
        job.remember_a_stop_that_follows(stop.follows_within);
        let diagnostics = report::stop(&stop, &job.subject, timeout, Stopping::Action);
        tell_warnings(&request.progress, &diagnostics);
        diagnostics
    }
}

/// A 404 that does not name the processor proves nothing of it, unless the list of its workspace comes without it.
async fn proven(stop: Stop, job: &Job) -> Stop {
    match stop.missing {
        Some(missing) if !names_the_processor(&missing.error) && !job.is_not_listed().await => {
            Stop {
                missing: None,
                failure: Some(Failure::Refused {
                    doing: missing.doing,
                    error: missing.error,
                }),
                ..stop
            }
        }
        missing => Stop { missing, ..stop },
    }
}
