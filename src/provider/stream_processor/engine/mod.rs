//! The truth about a start: look, send once, look again, wait, and say what is known.
//!
//! Resource and action share this engine; they differ only in how they report. Its rules:
//!
//! - A processor seen STARTED after a failed answer was started: that is success.
//! - No start and no stop is sent twice without a look in between.
//! - What Atlas acknowledged is never called failed only because it could not be read back.
//! - An answer that was lost leaves a doubt, and the doubt is reported with what was last seen. It ends with time: what is seen
//!   STARTED meanwhile may be of another start.
//! - Where nobody waits for the outcome any more, nothing is begun: only what is half-way is carried through.

use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::time::Instant;

use crate::atlas::{
    Backoff, Client, Context, Ended, Error, Flags, Kind, Processor, ProcessorPath, Verdict,
};

mod failed_answers;
mod outcome;
mod post;
mod ready;
mod refusals;
mod start;
mod stop;

pub(crate) use outcome::{Doing, Doubt, Failure, Fate, Outcome};
pub(crate) use start::{OnStarted, Start};
pub(crate) use stop::{EarlierStarts, Missing, Stop};

/// Reads lag behind what Atlas acknowledged: for so long an old state proves nothing.
pub(crate) const LAG: Duration = Duration::from_secs(10);

/// Atlas takes so long at most to answer a start: for so long one whose answer was lost may still take effect.
pub(crate) const ANSWERED: Duration = Duration::from_secs(30);

/// How the states of a processor are told from one another. Atlas' `state` is a free string: what is not
/// named here is on its way to something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Started,
    AtRest,
    OnItsWay,
}

impl Standing {
    fn of(state: &str) -> Self {
        match state {
            "STARTED" => Self::Started,
            "CREATED" | "STOPPED" | "FAILED" => Self::AtRest,
            _ => Self::OnItsWay,
        }
    }
}

/// Whether a processor in this state does nothing, and is about to do nothing.
pub(crate) fn is_at_rest(state: &str) -> bool {
    Standing::of(state) == Standing::AtRest
}

/// Whether this state, which is neither of rest nor STARTED, leads to STARTED. A name that is not known does: Atlas has several, and
/// only these others.
fn is_being_started(state: &str) -> bool {
    !matches!(state, "INIT" | "CREATING" | "STOPPING")
}

/// Where the engine tells what it does while it does it.
pub(crate) trait Reporter: Send + Sync {
    /// One sentence about what is being done or was seen.
    fn say(&self, message: String);
}

/// One run on one processor, within one deadline.
pub(crate) struct Engine {
    client: Arc<Client>,
    path: ProcessorPath,
    flags: Flags,
    context: Context,
    reporter: Box<dyn Reporter>,
    began: Instant,
    seen: Option<Processor>,
    /// When a stop of ours was, or may have been, accepted that no look and no start has ended since.
    stopping_since: Option<Instant>,
    /// What was seen is from before a stop, or from before a start that nobody waited for, and may be so no longer.
    stale: bool,
    /// Why no look could settle what became of a request in doubt.
    failed_look: Option<Error>,
    /// The last start of ours whose answer was lost, and that may still take effect, whatever is seen: that may be of another.
    doubt: Option<Doubt>,
    /// A stop of ours was, or may have been, accepted.
    stopped: bool,
    /// Whether that is in doubt.
    stop_in_doubt: bool,
}

impl Engine {
    pub(crate) fn new(
        client: Arc<Client>,
        path: ProcessorPath,
        flags: Flags,
        context: Context,
        reporter: Box<dyn Reporter>,
    ) -> Self {
        Self {
            client,
            path,
            flags,
            context,
            reporter,
            began: Instant::now(),
            seen: None,
            stopping_since: None,
            stale: false,
            failed_look: None,
            doubt: None,
            stopped: false,
            stop_in_doubt: false,
        }
    }

    fn say(&self, message: impl Into<String>) {
        self.reporter.say(message.into());
    }

    /// A fresh reading of the processor; a change of its state is reported.
    async fn look(&mut self) -> Result<Standing, Error> {
        let context = self.context.clone();
        self.look_within(&context).await
    }

    async fn look_within(&mut self, context: &Context) -> Result<Standing, Error> {
        let processor = self.client.processor(&self.path, context).await?;
        if self
            .seen
            .as_ref()
            .is_none_or(|before| before.state != processor.state)
        {
            self.say(format!(
                "Stream processor {} is {}",
                self.quoted_name(),
                processor.state
            ));
        }
        let standing = Standing::of(&processor.state);
        if standing == Standing::AtRest || post::Verb::Stop.is_under_way(&processor.state) {
            self.stopping_since = None;
        }
        self.seen = Some(processor);
        // After a stop, anything else may be a read that lags.
        self.stale = self
            .stopping_since
            .is_some_and(|since| since.elapsed() < LAG);
        Ok(standing)
    }

    /// Sleeps, unless the person interrupts or the deadline comes first.
    async fn pause(&self, duration: Duration) -> Result<(), Ended> {
        self.context.pause(duration).await
    }

    /// The pause before the next look: as long as Atlas asks for, but never so long that there would be no look any more, which is
    /// worth more than none.
    fn until_next_look(&self, pause: Duration, error: Option<&Error>) -> Duration {
        let asked = error.map(Backoff::asked_by).unwrap_or_default();
        pause.max(asked.min(self.time_left() / 2))
    }

    fn ended(&self, ended: &Ended, doing: Doing, error: Option<Error>) -> Failure {
        match ended {
            Ended::Cancelled => Failure::Interrupted { doing, error },
            Ended::Deadline => Failure::TimedOut {
                doing,
                after: self.began.elapsed(),
                error,
            },
        }
    }

    /// A failed look after which no other is possible in time: all who ask about this project are told to wait for longer.
    fn rate_limited(&self, doing: Doing, error: Error) -> Result<Error, Failure> {
        let limited = error.kind() == Kind::RateLimited
            || error.verdict() == (Verdict::Wait { rate_limited: true })
                && error.retry_after().unwrap_or_default() >= self.time_left();
        if !limited {
            return Ok(error);
        }
        Err(Failure::RateLimited {
            doing,
            after: self.began.elapsed(),
            error: Box::new(error),
        })
    }

    /// An error of the client as this engine's failure: an interruption and a deadline are no refusals.
    fn failed(&self, doing: Doing, error: Error) -> Failure {
        match error.kind() {
            Kind::Cancelled => Failure::Interrupted { doing, error: None },
            Kind::DeadlinePassed => Failure::TimedOut {
                doing,
                after: self.began.elapsed(),
                error: None,
            },
            _ => Failure::Refused {
                doing,
                error: Box::new(error),
            },
        }
    }

    /// For how long from now on a stop of ours may still take effect; or not show yet, where Atlas has accepted it.
    fn stop_follows_within(&self) -> Duration {
        if self.stop_in_doubt {
            return ANSWERED + LAG;
        }
        let unseen = self.stopping_since.filter(|_| self.stopped);
        let left = unseen.map(|since| LAG.saturating_sub(since.elapsed()));
        left.unwrap_or_default()
    }

    /// The state as it was last read, where no request of ours may have changed it since.
    fn state_now(&self) -> Option<String> {
        self.state().filter(|_| !self.stale).map(str::to_owned)
    }

    fn time_left(&self) -> Duration {
        self.context
            .deadline
            .saturating_duration_since(Instant::now())
    }

    fn state(&self) -> Option<&str> {
        self.seen.as_ref().map(|processor| processor.state.as_str())
    }

    fn quoted_name(&self) -> String {
        format!("\"{}\"", self.path.processor_name)
    }
}

/// The pauses between looks: soon at first, then every ten seconds or so.
fn poll_pauses() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(500))
        .with_max_delay(Duration::from_secs(8))
        .without_max_times()
        .with_jitter()
        .with_jitter_seed(fastrand::u64(..))
        .build()
}

/// Whether an answer to a look means that Atlas does not let this caller read the processor at all.
fn cannot_be_read(error: &Error) -> bool {
    error.kind() == Kind::Api && matches!(error.status(), Some(403 | 404 | 405 | 501))
}

fn is_interruption(error: &Error) -> bool {
    matches!(error.kind(), Kind::Cancelled | Kind::DeadlinePassed)
}
