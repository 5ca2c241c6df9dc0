//! For how long after a request what a look shows may not be its outcome yet, across runs: in the clock of the machine.

use std::time::Duration;

use crate::framework::Value;
use crate::provider::stream_processor::engine::{ANSWERED, LAG, is_at_rest};

/// Now, in milliseconds since 1970.
pub(crate) fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// What is left of the time in which Atlas may still answer, and reads may still lag, after a request in doubt of this time.
pub(crate) fn of_a_doubt(at: i64) -> Duration {
    left(at, ANSWERED + LAG)
}

/// What is left of the time in which reads may lag behind what was answered at this time.
pub(crate) fn of_an_answer(at: i64) -> Duration {
    left(at, LAG)
}

/// The same for the last start of this object that Atlas accepted, unless it has shown already.
pub(crate) fn of_the_accepted_start(object: &Value) -> Duration {
    let known = object.attribute("state").as_str();
    let has_shown = known.is_some_and(|state| !is_at_rest(state));
    let accepted = object.attribute("started_at").as_str();
    accepted
        .filter(|_| !has_shown)
        .and_then(|at| at.parse::<jiff::Timestamp>().ok())
        .map(|at| of_an_answer(at.as_millisecond()))
        .unwrap_or_default()
}

fn left(at: i64, time: Duration) -> Duration {
    // A clock that was set back since is no reason to wait longer.
    let age = u64::try_from(now().saturating_sub(at)).unwrap_or_default();
    time.saturating_sub(Duration::from_millis(age))
}
