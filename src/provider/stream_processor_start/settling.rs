//! For how long after a request what a look shows may not be its outcome yet, across runs: in the clock of the machine.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::framework::Value;
use crate::provider::stream_processor::engine::{ANSWERED, LAG, is_at_rest};

/// Now, in milliseconds since 1970.
pub(crate) fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// The same, and never the same twice in one process: what it marks is told from others by it, and an interruption ends many at once.
pub(crate) fn moment() -> i64 {
    static LAST: AtomicI64 = AtomicI64::new(i64::MIN);
    let now = now();
    let next = |last: i64| now.max(last.saturating_add(1));
    let last = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
        Some(next(last))
    });
    next(last.unwrap_or_else(|last| last))
}

/// What is left of the time in which Atlas may still answer, and reads may still lag, after a request in doubt of this time.
pub(crate) fn of_a_doubt(at: i64) -> Duration {
    left(at, ANSWERED + LAG)
}

/// What stands for a request that may still take effect for so long from now on, if it may at all: the time of one in doubt of which
/// that is left.
pub(crate) fn doubt_for(within: Duration) -> Option<i64> {
    let past = (ANSWERED + LAG).saturating_sub(within);
    let past = i64::try_from(past.as_millis()).unwrap_or_default();
    (!within.is_zero()).then(|| now() - past)
}

/// Whether any of it is left.
pub(crate) fn is_open(doubt: i64) -> bool {
    !of_a_doubt(doubt).is_zero()
}

/// Whether a read that shows this state lags behind a stop of ours that may still take effect, if there is one, so that it is not to be
/// taken for the object's state. One that another clock dates far ahead would say so for as long.
pub(crate) fn lags_behind_a_stop(object: &Value, stop: Option<i64>, seen: &str) -> bool {
    let lags = |at| is_open(at) && !is_ahead(at, LAG);
    object.attribute("state").is_null()
        && !is_at_rest(seen)
        && seen != "STOPPING"
        && stop.is_some_and(lags)
}

/// What is left of the time in which reads may lag behind what was answered at this time.
pub(crate) fn of_an_answer(at: i64) -> Duration {
    left(at, LAG)
}

/// For how long from now a look may not show the last start of this object yet that Atlas accepted: rest that it shows may be a read
/// that lags, and whoever acts on it waits. A state that was seen since ends this; where rest was not taken for it (`unseen`), only one
/// of a processor that is not at rest does.
pub(crate) fn of_the_last_start(object: &Value, unseen: bool) -> Duration {
    let Some(at) = last_start(object) else {
        return Duration::ZERO;
    };
    let has_shown = match object.attribute("state").as_str() {
        // Seen by whose clock? Of a start that lies ahead nobody knows how old it is.
        Some(state) => !is_at_rest(state) || !(unseen || is_ahead(at, Duration::ZERO)),
        None => false,
    };
    if has_shown {
        Duration::ZERO
    } else {
        of_an_answer(at)
    }
}

/// Whether a read that shows this state lags behind the last start of the object, so that it is not to be taken for its state.
pub(crate) fn lags(object: &Value, seen: &str) -> bool {
    object.attribute("state").is_null() && is_at_rest(seen) && may_not_show_yet(object, false)
}

/// Whether a look may not show the last start of this object yet, as far as its time tells. One that lies far ahead is of another
/// machine's clock: it would say so for as long.
pub(crate) fn may_not_show_yet(object: &Value, unseen: bool) -> bool {
    last_start(object).is_some_and(|at| !is_ahead(at, LAG))
        && !of_the_last_start(object, unseen).is_zero()
}

/// When Atlas accepted the last start of this object.
fn last_start(object: &Value) -> Option<i64> {
    milliseconds(object.attribute("started_at").as_str()?)
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
    fn no_two_moments_are_the_same() {
        let began = now();
        let moments: Vec<i64> = (0..1_000).map(|_| moment()).collect();
        assert!(moments[0] >= began);
        assert!(moments.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn an_answer_shows_within_ten_seconds_and_a_clock_set_back_gives_no_more() {
        for (age, left) in [(1, 9), (9, 1), (11, 0), (-3_600, 10)] {
            let time = of_an_answer(ago(age)).as_secs_f32();
            assert!((time - left as f32).abs() < 0.5, "{age}: {time}");
        }
    }
}
