//! Repeats what may be repeated without a look: reads, and requests for a token.

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
    /// What was answered last.
    answer: Option<Error>,
    /// When the next try could have been made, where that is after the deadline.
    too_late: Option<Instant>,
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
            answer: None,
            too_late: None,
        }
    }

    /// Where only the deadline ended this: by when a caller must have had time to try once more.
    pub(super) fn too_late(&self) -> Option<Instant> {
        self.too_late
    }

    /// After the failure of a try: waits until the next may be made.
    ///
    /// # Errors
    /// The failure, with what it took, where there is no next try.
    pub(super) async fn again(&mut self, failure: Error) -> Result<(), Error> {
        self.made += 1;
        let failure = failure
            .after(self.made, self.started.elapsed())
            .following(self.answer.take());
        self.answer = failure.last_answer().cloned();
        let rate_limited = match failure.verdict() {
            Verdict::Wait { rate_limited } => rate_limited,
            Verdict::Look | Verdict::LookLong => false,
            Verdict::Conflict | Verdict::LookOnce | Verdict::Final => return Err(failure),
        };
        let now = Instant::now();
        // It may be the deadline that cut the last try off.
        if now >= self.context.deadline {
            self.too_late = Some(now);
        }
        if !rate_limited || self.max_retries == 0 {
            if self.counted == self.max_retries {
                return Err(failure);
            }
            self.counted += 1;
        }
        let wait = self.backoff.after(&failure);
        if self.context.deadline.saturating_duration_since(now) <= wait {
            self.too_late = now.checked_add(wait);
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

#[cfg(test)]
#[path = "retry_tests.rs"]
mod tests;
