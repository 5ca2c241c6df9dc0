//! What the engine found out, and what went wrong.

use std::time::Duration;

use crate::atlas::{Accepted, Error};

use super::{ANSWERED, LAG};

/// Everything that is known after a run that was to start a processor.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The processor's id, if it was ever read in this run.
    pub(crate) processor_id: Option<String>,
    /// Its state as it was last read; `None` where no reading says what it is now.
    pub(crate) state: Option<String>,
    /// Whether Atlas took a start from us.
    pub(crate) fate: Fate,
    /// The start was accepted, but the processor cannot be read: its state is not known.
    pub(crate) unreadable: Option<Box<Error>>,
    /// Why no look could settle whether a start in doubt was carried out.
    pub(crate) failed_look: Option<Box<Error>>,
    /// Atlas did not let the processor be read before its start either.
    pub(crate) blind: bool,
    /// Atlas itself said, before the start, that the processor does not exist.
    pub(crate) missing: bool,
    /// The processor was STARTED already, and no start of ours was accepted.
    pub(crate) kept: bool,
    /// The start options that a kept processor therefore does not run with.
    pub(crate) not_applied: Vec<&'static str>,
    /// A stop of ours was, or may have been, accepted on the way to the start.
    pub(crate) stopped: bool,
    /// Whether that is in doubt.
    pub(crate) stop_in_doubt: bool,
    /// What Atlas answered to a failover's dry run that it accepted.
    pub(crate) dry_run: Option<Accepted>,
    /// Why the run did not end well.
    pub(crate) failure: Option<Failure>,
}

impl Outcome {
    /// A stop of ours was accepted on the way to the start.
    pub(crate) fn certainly_stopped(&self) -> bool {
        self.stopped && !self.stop_in_doubt
    }

    /// For how long from its end on its start may still show, although a look shows rest.
    pub(crate) fn start_may_show_within(&self) -> Duration {
        match self.fate {
            Fate::InDoubt => ANSWERED + LAG,
            Fate::Accepted(_) if self.state.as_deref() != Some("STARTED") => LAG,
            Fate::Accepted(_) | Fate::NothingStarted => Duration::ZERO,
        }
    }

    /// Atlas itself says that there is no such processor, and so no start of it that could stand open.
    pub(crate) fn is_gone(&self) -> bool {
        match &self.failure {
            Some(Failure::Gone { .. }) => true,
            Some(Failure::Refused { error, .. }) => self.missing || error.is_not_found(),
            _ => false,
        }
    }
}

/// What became of the starts that were sent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Fate {
    /// None was sent, or Atlas certainly carried none out.
    #[default]
    NothingStarted,
    /// An answer was lost or interrupted, and looking did not settle it.
    InDoubt,
    /// Atlas accepted one, at this time.
    Accepted(jiff::Timestamp),
}

impl Fate {
    /// Accepted at this time, to the second: that is as precise as anybody reads it.
    pub(super) fn accepted(at: jiff::Timestamp) -> Self {
        Self::Accepted(jiff::Timestamp::from_second(at.as_second()).unwrap_or(at))
    }
}

/// What was being done when something failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    Looking,
    /// At rest, while an earlier start may still show.
    AwaitingAnEarlierStart,
    Starting,
    Stopping,
    WaitingUntilReady,
    WaitingUntilStarted,
    WaitingUntilStopped,
}

/// Why a run did not end well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Atlas refused, or could not be reached.
    Refused { doing: Doing, error: Box<Error> },
    /// The processor was STARTED, and `if_started` is `error`.
    AlreadyStarted,
    /// Somebody else started the processor each time that it was stopped to be started with our options.
    Outrun,
    /// The processor turned FAILED.
    TurnedFailed,
    /// The start had begun, and then the processor was at rest: somebody stopped it.
    StoppedMeanwhile,
    /// The processor was deleted meanwhile.
    Gone { doing: Doing },
    /// The operation's time was over; the last error, if looks were failing.
    TimedOut {
        doing: Doing,
        after: Duration,
        error: Option<Error>,
    },
    /// Atlas limits the requests of the project, and lets nobody look again before the operation's time is over.
    RateLimited {
        doing: Doing,
        after: Duration,
        error: Box<Error>,
    },
    /// The person interrupted; the last error, if there was one.
    Interrupted { doing: Doing, error: Option<Error> },
}
