//! What an answer that failed says about what became of the request.

use std::time::Duration;

use crate::atlas::{Error, Verdict};

use super::{ANSWERED, LAG};

/// For how long from now an old state does not prove that the request, sent so long ago, had no effect: while Atlas may still be
/// about to answer it, and until reads show what it then did. What is sent again any sooner may be carried out twice.
pub(super) fn lag(error: &Error, since: Duration) -> Duration {
    if !error.may_have_been_processed() {
        let lags = matches!(error.verdict(), Verdict::LookLong | Verdict::Conflict);
        return if lags || says_already(error) {
            LAG
        } else {
            Duration::ZERO
        };
    }
    // Atlas has answered, and is done with it; only where it gave up waiting for itself it may not be.
    if error.error_code().is_some() && error.status() != Some(504) {
        return LAG;
    }
    ANSWERED.saturating_sub(since) + LAG
}

/// Whether Atlas says so plainly that the processor runs that nothing else can be meant.
pub(super) fn says_that_it_runs(error: &Error) -> bool {
    let said = error.message().map(str::to_lowercase).unwrap_or_default();
    let words = ["already been started", "already running", "already started"];
    words.iter().any(|words| said.contains(words)) && !said.contains("another operation")
}

/// Whether Atlas says that the processor stands where it was to go; a look that shows otherwise may lag.
fn says_already(error: &Error) -> bool {
    error
        .message()
        .is_some_and(|message| message.contains("already"))
}
