//! The arguments that all objects about a processor share, read from a wholly known one.

use std::time::Duration;

use crate::atlas::Flags;
use crate::framework::Value;
use crate::provider::config::duration;

/// Whether to wait until Atlas shows what was asked for; the default is true.
pub(crate) fn wait(object: &Value) -> bool {
    object.attribute("wait").as_bool().unwrap_or(true)
}

/// The API's query flags.
pub(crate) fn flags(object: &Value) -> Flags {
    Flags {
        envelope: object.attribute("envelope").as_bool(),
        pretty: object.attribute("pretty").as_bool(),
    }
}

/// The time that the action's `timeout` gives it, or its default.
pub(crate) fn timeout(object: &Value) -> Duration {
    parsed(object.attribute("timeout")).unwrap_or(TEN_MINUTES)
}

/// Validation refuses what does not parse, so a default stands in only where nothing was set.
pub(crate) fn parsed(value: &Value) -> Option<Duration> {
    duration::parse(value.as_str()?).ok()
}

/// What an operation may take that nothing else is said of.
pub(crate) const TEN_MINUTES: Duration = Duration::from_secs(600);
