//! What the engine found out, and what went wrong.

use std::time::Duration;

use tokio::time::Instant;

use crate::atlas::{Accepted, Error, StartOptions};

use super::{ANSWERED, EarlierStarts, Engine, LAG, is_at_rest};

/// Everything that is known after a run that was to start a processor.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The last start whose answer was lost: what is seen STARTED meanwhile may be of another.
    pub(crate) doubt: Option<Doubt>,
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
    /// For how long from the end of the run on that stop may still take effect, or not show yet.
    pub(crate) stop_follows_within: Duration,
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

    /// It is left as it runs, and these options are not what it was started with.
    pub(super) fn keep(&mut self, options: &StartOptions, engine: &Engine) {
        self.kept = true;
        let runs_on = engine
            .seen
            .as_ref()
            .and_then(|processor| processor.tier.as_deref());
        if options.tier.is_some() && options.tier.as_deref() != runs_on {
            self.not_applied.push("tier");
        }
        // To resume is what it does anyway.
        if options.resume_from_checkpoint == Some(false) {
            self.not_applied.push("resume_from_checkpoint");
        }
        if options.start_at_operation_time.is_some() {
            self.not_applied.push("start_at_operation_time");
        }
    }

    /// It is left as it runs, as if these options were what it was started with: another tier shows that they are not.
    pub(super) fn take_as_own(&mut self, options: &StartOptions, engine: &Engine) {
        self.kept = true;
        if engine.runs_otherwise(options) {
            self.not_applied.push("tier");
        }
    }

    /// Atlas accepted a start, and no look has shown since what became of it.
    pub(crate) fn start_is_unseen(&self) -> bool {
        let came_to_an_end = matches!(
            self.failure,
            Some(Failure::TurnedFailed | Failure::StoppedMeanwhile)
        );
        let shows = self
            .state
            .as_deref()
            .is_some_and(|state| !is_at_rest(state));
        matches!(self.fate, Fate::Accepted(_)) && !shows && !came_to_an_end
    }

    /// What its starts may still do, from its end on.
    pub(crate) fn earlier_starts(&self) -> EarlierStarts {
        let doubt = self.doubt.map(|doubt| doubt.until);
        let in_doubt = doubt.map(|until| until.saturating_duration_since(Instant::now()));
        let in_doubt = in_doubt.unwrap_or_default();
        let shows = if self.start_is_unseen() {
            LAG
        } else {
            Duration::ZERO
        };
        EarlierStarts {
            may_show_within: shows.max(in_doubt),
            may_follow_within: in_doubt,
        }
    }

    /// The person or the deadline ended it.
    pub(crate) fn is_interrupted(&self) -> bool {
        matches!(
            self.failure,
            Some(Failure::Interrupted { .. } | Failure::TimedOut { .. })
        )
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

/// A start that Atlas may carry out although nobody knows of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Doubt {
    /// When its answer was lost.
    pub(crate) at: jiff::Timestamp,
    /// Until when it may still take effect.
    pub(crate) until: Instant,
}

impl Doubt {
    pub(super) fn now(at: jiff::Timestamp) -> Self {
        Self {
            at,
            until: Instant::now() + ANSWERED + LAG,
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
    /// While an earlier stop whose answer was lost may still take effect.
    AwaitingAnEarlierStop,
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
    Gone { doing: Doing, error: Box<Error> },
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

impl Failure {
    /// It came while only something from before was waited for that may still take effect.
    pub(crate) fn outwaits_what_came_before(&self) -> bool {
        matches!(
            self,
            Self::TimedOut {
                doing: Doing::AwaitingAnEarlierStart | Doing::AwaitingAnEarlierStop,
                ..
            }
        )
    }
}
