//! The waits between two tries of one request: exponential, jittered, endless.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use super::error::Error;

/// Waits of 1 s, 2 s, 4 s … 15 s, each lengthened by a random part of itself, so that none is longer than 30 s.
///
/// The jitter keeps many starts of one apply, refused at the same moment, from coming back at the same moment.
#[derive(Debug)]
pub struct Backoff(ExponentialBackoff);

const SHORTEST: Duration = Duration::from_secs(1);
/// Half of the longest wait, since the jitter may double it.
const LONGEST_BEFORE_JITTER: Duration = Duration::from_secs(15);

impl Backoff {
    /// The wait after this failure: never shorter than Atlas asks (`Retry-After`), nor than what is due anyway.
    pub fn after(&mut self, failure: &Error) -> Duration {
        let due = self.next().unwrap_or_default();
        due.max(Self::asked_by(failure))
    }

    /// The time that Atlas asks for, if any, and a little more: those who were told the same must not all come back at that
    /// very moment.
    pub fn asked_by(failure: &Error) -> Duration {
        let asked = failure.retry_after().unwrap_or_default();
        let tenth = asked.min(Duration::from_secs(10)).mul_f64(0.1);
        asked.saturating_add(tenth.mul_f64(fastrand::f64()))
    }

    pub(super) fn new() -> Self {
        let builder = ExponentialBuilder::new()
            .with_min_delay(SHORTEST)
            .with_max_delay(LONGEST_BEFORE_JITTER)
            .without_max_times()
            .with_jitter()
            // The crate's own seed is a constant without its `std` feature, which would make all processes wait in step.
            .with_jitter_seed(fastrand::u64(..));
        Self(builder.build())
    }
}

impl Iterator for Backoff {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        // Without a limit of times the inner iterator does not end; should it ever, the longest wait is the safe one.
        Some(self.0.next().unwrap_or(2 * LONGEST_BEFORE_JITTER))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::exchange::HttpResponse, *};

    #[test]
    fn waits_grow_stay_within_their_bounds_and_do_not_end() {
        let waits: Vec<Duration> = Backoff::new().take(1_000).collect();
        assert_eq!(waits.len(), 1_000);
        for (number, wait) in waits.iter().enumerate() {
            let base = Duration::from_secs(1 << number.min(10)).min(LONGEST_BEFORE_JITTER);
            assert!(
                *wait >= base && *wait <= 2 * base,
                "wait {number} is {wait:?}, its base {base:?}"
            );
        }
    }

    #[test]
    fn those_who_are_told_the_same_do_not_come_back_together() {
        let url = "https://cloud.mongodb.com/".parse().unwrap();
        let response = HttpResponse {
            status: http::StatusCode::TOO_MANY_REQUESTS,
            headers: [(http::header::RETRY_AFTER, "30".parse().unwrap())]
                .into_iter()
                .collect(),
            body: Vec::new().into(),
            truncated: false,
            broken_off: None,
        };
        let now = "2026-10-21T07:28:00Z".parse().unwrap();
        let refused = Error::from_response(&http::Method::GET, &url, &response, now, &[]);
        let waits: Vec<Duration> = (0..50).map(|_| Backoff::asked_by(&refused)).collect();
        let (least, most) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
        assert!(
            *least >= Duration::from_secs(30),
            "sooner than asked: {least:?}"
        );
        assert!(*most <= Duration::from_secs(31), "{most:?}");
        assert!(
            *most - *least > Duration::from_millis(500),
            "all at once: {waits:?}"
        );
    }

    #[test]
    fn two_sequences_differ() {
        let take = || Backoff::new().take(8).collect::<Vec<_>>();
        assert_ne!(take(), take());
    }
}
