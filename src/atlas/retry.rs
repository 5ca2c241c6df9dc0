//! Repeats what may be repeated without a look: reads, and requests for a token.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{
    backoff::Backoff,
    context::Context,
    error::{Error, Kind},
    verdict::Verdict,
};

/// The tries of one request: after each failure, [`again`](Self::again) waits, or says that it was the last.
///
/// Waiting for a rate limit is not counted, unless `max_retries` is 0, which turns all repetitions off. A wait is never shorter
/// than the server asks (`Retry-After`) nor than the backoff; one that would end after the deadline is not begun.
pub(super) struct Tries<'a> {
    context: &'a Context,
    max_retries: u32,
    started: Instant,
    backoff: Backoff,
    /// All tries this far.
    made: u32,
    /// Those repetitions that count.
    counted: u32,
}

impl<'a> Tries<'a> {
    pub(super) fn new(max_retries: u32, context: &'a Context) -> Self {
        Self {
            context,
            max_retries,
            started: Instant::now(),
            backoff: Backoff::new(),
            made: 0,
            counted: 0,
        }
    }

    /// After the failure of a try: waits until the next may be made.
    ///
    /// # Errors
    /// The failure, with what it took, where there is no next try.
    pub(super) async fn again(&mut self, failure: Error) -> Result<(), Error> {
        self.made += 1;
        let failure = failure.after(self.made, self.started.elapsed());
        let rate_limited = match failure.verdict() {
            Verdict::Wait { rate_limited } => rate_limited,
            Verdict::Look | Verdict::LookLong => false,
            Verdict::Conflict | Verdict::LookOnce | Verdict::Final => return Err(failure),
        };
        if !rate_limited || self.max_retries == 0 {
            if self.counted == self.max_retries {
                return Err(failure);
            }
            self.counted += 1;
        }
        let wait = pause(&failure, &mut self.backoff);
        if self
            .context
            .deadline
            .saturating_duration_since(Instant::now())
            <= wait
        {
            return Err(failure);
        }
        tracing::info!(error = %failure, tries = self.made, wait_ms = wait.as_millis(), "repeating a request to Atlas");
        tokio::select! {
            biased;
            () = self.context.cancel.cancelled() => Err(failure.again(Kind::Cancelled).lasted(self.started.elapsed())),
            () = sleep(wait) => Ok(()),
        }
    }
}

fn pause(error: &Error, backoff: &mut Backoff) -> Duration {
    let own = backoff.next().unwrap_or_default();
    match error.retry_after() {
        // Those who were told the same time must not all come back at that very moment.
        Some(asked) => own.max(
            asked.saturating_add(
                asked
                    .min(Duration::from_secs(10))
                    .mul_f64(0.1 * fastrand::f64()),
            ),
        ),
        None => own,
    }
}

#[cfg(test)]
#[path = "retry_tests.rs"]
mod tests;
