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

/// Whether any of it is left.
pub(crate) fn is_open(doubt: i64) -> bool {
    !of_a_doubt(doubt).is_zero()
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
    of_a_start(accepted.filter(|_| !has_shown))
}

/// Whether a read that does not show that start may lag. A time that lies far ahead is that of another machine's clock: it would
/// hide for as long that the processor was stopped.
pub(crate) fn may_hide_the_accepted_start(object: &Value) -> bool {
    !lies_ahead(object, LAG) && !of_the_accepted_start(object).is_zero()
}

/// What is left of that time for a start that another clock dates, of which nobody knows how old it is: rest may be a read that lags.
pub(crate) fn of_a_start_that_lies_ahead(object: &Value) -> Duration {
    if lies_ahead(object, Duration::ZERO) {
        of_the_accepted_start(object)
    } else {
        Duration::ZERO
    }
}

/// Whether the time of the last start lies ahead, by more than that.
fn lies_ahead(object: &Value, by: Duration) -> bool {
    let accepted = object.attribute("started_at").as_str();
    let accepted = accepted.and_then(milliseconds);
    accepted.is_some_and(|at| is_ahead(at, by))
}

/// What is left of it for a start that was accepted then, RFC 3339.
pub(crate) fn of_a_start(accepted: Option<&str>) -> Duration {
    let accepted = accepted.and_then(milliseconds);
    accepted.map(of_an_answer).unwrap_or_default()
}

fn milliseconds(at: &str) -> Option<i64> {
    let at: jiff::Timestamp = at.parse().ok()?;
    Some(at.as_millisecond())
}

/// Whether it lies so far ahead, and more.
fn is_ahead(at: i64, by: Duration) -> bool {
    u128::try_from(at.saturating_sub(now())).is_ok_and(|ahead| ahead > by.as_millis())
}

fn left(at: i64, time: Duration) -> Duration {
    // A clock that was set back since is no reason to wait longer.
    let age = u64::try_from(now().saturating_sub(at)).unwrap_or_default();
    time.saturating_sub(Duration::from_millis(age))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ago(seconds: i64) -> i64 {
        now() - seconds * 1_000
    }

    #[test]
    fn a_doubt_ends_when_atlas_has_surely_answered_and_reads_show_it() {
        assert!(is_open(ago(0)) && is_open(ago(39)));
        assert!(!is_open(ago(41)) && !is_open(0));
    }

    #[test]
    fn an_answer_shows_within_ten_seconds_and_a_clock_set_back_gives_no_more() {
        for (age, left) in [(1, 9), (9, 1), (11, 0), (-3_600, 10)] {
            let time = of_an_answer(ago(age)).as_secs_f32();
            assert!((time - left as f32).abs() < 0.5, "{age}: {time}");
        }
    }
}
