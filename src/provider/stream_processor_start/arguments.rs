//! The arguments of a start as the engine wants them, read from a wholly known object.

use std::time::Duration;

use crate::atlas::{Failover, StartOptions};
use crate::framework::Value;
use crate::provider::stream_processor::arguments::{TEN_MINUTES, parsed};

/// What to do about a processor that is found STARTED (argument `if_started`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IfStarted {
    Keep,
    Restart,
    Error,
}

impl IfStarted {
    pub(crate) fn of(object: &Value) -> Self {
        match object.attribute("if_started").as_str() {
            Some("restart") => Self::Restart,
            Some("error") => Self::Error,
            _ => Self::Keep,
        }
    }
}

/// Whether rest is drift; the default is true. An unknown value may turn out to be true.
pub(crate) fn keep_started(object: &Value) -> bool {
    object.attribute("keep_started").as_bool().unwrap_or(true)
}

/// Whether a destroy stops the processor; the default is false.
pub(crate) fn stop_on_destroy(object: &Value) -> bool {
    object
        .attribute("stop_on_destroy")
        .as_bool()
        .unwrap_or(false)
}

/// All start options that are set, as they go with a create, a change of them and a change of `triggers`.
pub(crate) fn start_options(object: &Value) -> StartOptions {
    StartOptions {
        resume_from_checkpoint: object.attribute("resume_from_checkpoint").as_bool(),
        start_at_operation_time: object
            .attribute("start_at_operation_time")
            .as_str()
            .map(in_utc),
        ..tier_only(object)
    }
}

/// The start options that go with every start, a start after drift included: none that could make Atlas
/// process data twice behind somebody's back.
pub(crate) fn tier_only(object: &Value) -> StartOptions {
    StartOptions {
        tier: object.attribute("tier").as_str().map(str::to_owned),
        ..StartOptions::default()
    }
}

/// The action's `failover` block, if it is there.
pub(crate) fn failover(object: &Value) -> Option<Failover> {
    let block = object.attribute("failover");
    Some(Failover {
        region: block.attribute("region").as_str()?.to_owned(),
        mode: block.attribute("mode").as_str().map(str::to_owned),
        clear_checkpoint: block.attribute("clear_checkpoint").as_bool(),
        dry_run: block.attribute("dry_run").as_bool(),
    })
}

/// What bounds one operation of the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timeout {
    Create,
    Read,
    Update,
    Delete,
}

impl Timeout {
    /// The time that the resource's `timeouts` block gives this operation, or its default.
    pub(crate) fn of(self, object: &Value) -> Duration {
        let (name, default) = match self {
            Self::Create => ("create", TEN_MINUTES),
            Self::Read => ("read", ONE_MINUTE),
            Self::Update => ("update", TEN_MINUTES),
            Self::Delete => ("delete", TEN_MINUTES),
        };
        parsed(object.attribute("timeouts").attribute(name)).unwrap_or(default)
    }
}

/// Whether two values of `start_at_operation_time` name one instant, however they are written.
pub(crate) fn same_instant(one: &str, other: &str) -> bool {
    one == other
        || matches!((one.parse::<jiff::Timestamp>(), other.parse::<jiff::Timestamp>()), (Ok(a), Ok(b)) if a == b)
}

/// The API wants UTC; a person may write any offset.
fn in_utc(time: &str) -> String {
    time.parse::<jiff::Timestamp>()
        .map_or_else(|_| time.to_owned(), |instant| instant.to_string())
}

const ONE_MINUTE: Duration = Duration::from_secs(60);
