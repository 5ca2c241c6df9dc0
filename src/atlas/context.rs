//! What surrounds one call: how long it may take, what ends it early, who waits for it, and what it is for.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// The surroundings of a call.
#[derive(Clone, Debug)]
pub struct Context {
    /// No request is sent after this moment, and no wait goes beyond it.
    pub deadline: Instant,
    /// Ends waits at once; a request in flight that may change something gets one more second for its answer.
    pub cancel: CancellationToken,
    /// Cancelled once nobody waits for the call any more. Whoever comes after may be at work already, so that from then on nothing is
    /// sent that may change something; what is on its way gets its answer.
    pub abandoned: CancellationToken,
    /// Goes into the `User-Agent` as its comment, for example `atlas_stream_processor_start create`.
    pub purpose: String,
}

/// Why a wait was not waited to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The person interrupted the call.
    Cancelled,
    /// There is no time left after it.
    Deadline,
}

impl Context {
    /// Waits so long.
    ///
    /// # Errors
    /// The call was cancelled meanwhile, or its time is over.
    pub async fn pause(&self, time: Duration) -> Result<(), Ended> {
        let until = Instant::now().checked_add(time).unwrap_or(self.deadline);
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Ended::Cancelled),
            () = sleep_until(until.min(self.deadline)) => {
                if until >= self.deadline { Err(Ended::Deadline) } else { Ok(()) }
            }
        }
    }
}
