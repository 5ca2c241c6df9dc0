//! A start from the first look to STARTED.

use std::time::Duration;

use tokio::time::Instant;

use crate::atlas::{Context, Error, StartOptions};

use super::post::{Patience, Posted, Verb};
use super::{
    Doing, Engine, Failure, Fate, LAG, Outcome, Standing, cannot_be_read, is_being_started,
    is_interruption, poll_pauses,
    refusals::{Refusals, is_refusal},
};

/// What is to be done about a processor that is found STARTED.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnStarted {
    /// Leave it: that is success.
    Keep,
    /// It is what an earlier start of ours led to: that is success, its options included.
    TakeAsOwn,
    /// Stop it, then start it.
    Restart,
    /// Refuse.
    Refuse,
    /// Send the start all the same: a failover moves a running processor.
    Send,
}

/// What kind of start is wanted.
#[derive(Debug)]
pub(crate) struct Start {
    /// What goes with the start.
    pub(crate) options: StartOptions,
    pub(crate) on_started: OnStarted,
    /// An earlier start of ours, with the same options, may be what it is found STARTED of; then it is left, whatever
    /// `on_started` says.
    pub(crate) may_be_own: bool,
    /// Whether to wait until STARTED.
    pub(crate) wait: bool,
    /// For so long from now an earlier start that Atlas accepted may not show yet, and rest is no reason for another.
    pub(crate) shows_within: Duration,
    /// For so long from now an earlier stop whose answer was lost may still take effect, and nothing that is seen lasts.
    pub(crate) stops_within: Duration,
    /// How long a processor that does not exist yet is waited for.
    pub(crate) appears_within: Duration,
}

impl Start {
    fn is_dry_run(&self) -> bool {
        let failover = self.options.failover.as_ref();
        failover.is_some_and(|failover| failover.dry_run == Some(true))
    }
}

impl Engine {
    /// Carries the start out and tells everything that is known afterwards.
    pub(crate) async fn start(mut self, start: Start) -> Outcome {
        let mut found = Outcome::default();
        let ended = if start.is_dry_run() {
            self.ask(&start, &mut found).await
        } else {
            self.carry_out(&start, &mut found).await
        };
        found.failure = ended.err();
        found.failed_look = self.failed_look.take().map(Box::new);
        found.doubt = self.doubt;
        found.stopped = self.stopped;
        found.stop_in_doubt = self.stop_in_doubt;
        found.stop_follows_within = self.stop_follows_within();
        found.missing &= self.seen.is_none();
        found.blind &= self.seen.is_none();
        found.state = self.state_now().filter(|_| found.unreadable.is_none());
        found.processor_id = self.seen.and_then(|processor| processor.id);
        found
    }

    /// Sends a dry run: nothing is looked at, waited for or claimed.
    async fn ask(&mut self, start: &Start, found: &mut Outcome) -> Result<(), Failure> {
        self.say(format!(
            "Asking Atlas whether stream processor {} could be moved",
            self.quoted_name()
        ));
        let patience = Patience::for_all(start.wait);
        match self.post(&Verb::Start(&start.options), patience).await {
            Posted::Accepted(accepted) => {
                found.dry_run = Some(accepted);
                Ok(())
            }
            Posted::Failed { failure, .. }
            | Posted::SaidToRun {
                refusal: failure, ..
            } => Err(failure),
            Posted::Reached { .. } | Posted::Begun | Posted::CameToAnEnd(_) => Ok(()),
        }
    }

    async fn carry_out(&mut self, start: &Start, found: &mut Outcome) -> Result<(), Failure> {
        let mut outrun = false;
        self.outwait_a_stop(start.stops_within).await?;
        loop {
            let standing = self.until_ready(start, found).await?;
            if matches!(standing, Some(Standing::Started | Standing::OnItsWay)) {
                match self.on_started(start) {
                    OnStarted::Keep => {
                        found.keep(&start.options, self);
                        return Ok(());
                    }
                    OnStarted::TakeAsOwn => {
                        found.take_as_own(&start.options, self);
                        return Ok(());
                    }
                    OnStarted::Refuse => return Err(Failure::AlreadyStarted),
                    OnStarted::Restart if outrun => return Err(Failure::Outrun),
                    OnStarted::Restart => self.stop_and_wait(true).await?,
                    OnStarted::Send => {}
                }
            }
            let before = self.state().map(str::to_owned);
            self.say(format!("Starting stream processor {}", self.quoted_name()));
            let patience = Patience {
                for_own: start.wait,
                for_others: start.wait || !self.would_be_left(start),
            };
            let mut posted = self.post(&Verb::Start(&start.options), patience).await;
            if let Posted::Reached { ours } = &mut posted {
                *ours &= !self.runs_otherwise(&start.options);
            }
            match posted {
                Posted::Accepted(accepted) => {
                    self.stopping_since = None;
                    found.fate = Fate::accepted(accepted.at);
                    return self.after_acceptance(start, before.as_deref(), found).await;
                }
                Posted::Reached { ours: true } | Posted::Begun => {
                    found.fate = Fate::accepted(self.client.now());
                    return Ok(());
                }
                // Somebody else's start came between our stop and our start, without our options.
                Posted::Reached { ours: false }
                    if self.on_started(start) == OnStarted::Restart && !outrun =>
                {
                    outrun = true;
                    self.stop_and_wait(true).await?;
                }
                Posted::Reached { ours: false } if self.on_started(start) == OnStarted::Restart => {
                    return Err(Failure::Outrun);
                }
                Posted::Reached { ours: false }
                    if self.on_started(start) == OnStarted::TakeAsOwn =>
                {
                    found.take_as_own(&start.options, self);
                    return Ok(());
                }
                Posted::Reached { ours: false } if self.on_started(start) == OnStarted::Refuse => {
                    return Err(Failure::AlreadyStarted);
                }
                Posted::Reached { ours: false } => {
                    found.keep(&start.options, self);
                    return Ok(());
                }
                Posted::SaidToRun {
                    refusal,
                    unread,
                    ours,
                } => match self.on_started(start) {
                    OnStarted::Keep | OnStarted::TakeAsOwn if ours => {
                        found.fate = Fate::accepted(self.client.now());
                        found.unreadable = Some(Box::new(unread));
                        return Ok(());
                    }
                    kept @ (OnStarted::Keep | OnStarted::TakeAsOwn) => {
                        found.unreadable = Some(Box::new(unread));
                        if kept == OnStarted::Keep {
                            found.keep(&start.options, self);
                        }
                        found.kept = true;
                        return Ok(());
                    }
                    OnStarted::Restart | OnStarted::Refuse | OnStarted::Send => {
                        if ours {
                            found.blind = true;
                            found.fate = Fate::InDoubt;
                        }
                        return Err(refusal);
                    }
                },
                Posted::CameToAnEnd(failure) => {
                    found.fate = Fate::accepted(self.client.now());
                    return Err(failure);
                }
                Posted::Failed { failure, in_doubt } => {
                    if in_doubt {
                        found.fate = Fate::InDoubt;
                    }
                    return Err(failure);
                }
            }
        }
    }

    /// What is to be done about it now that it is STARTED: another tier is proof that it does not run of that start.
    fn on_started(&self, start: &Start) -> OnStarted {
        if start.may_be_own && !self.runs_otherwise(&start.options) {
            OnStarted::TakeAsOwn
        } else {
            start.on_started
        }
    }

    /// Whether it would be left as it is once it is STARTED, so that nobody who does not wait needs it to be.
    pub(super) fn would_be_left(&self, start: &Start) -> bool {
        matches!(
            self.on_started(start),
            OnStarted::Keep | OnStarted::TakeAsOwn
        )
    }

    /// Whether it is seen with another tier than a start with these options gives it.
    pub(super) fn runs_otherwise(&self, options: &StartOptions) -> bool {
        let runs_on = self.seen.as_ref().and_then(|seen| seen.tier.as_deref());
        let told = options.tier.as_deref();
        matches!((told, runs_on), (Some(told), Some(on)) if told != on)
    }

    async fn after_acceptance(
        &mut self,
        start: &Start,
        before: Option<&str>,
        found: &mut Outcome,
    ) -> Result<(), Failure> {
        found.unreadable = if start.wait {
            self.until_started(before).await?
        } else {
            self.glance(before).await
        }
        .map(Box::new);
        Ok(())
    }

    /// Looks until STARTED; `Some` says why an accepted start cannot be read back.
    async fn until_started(&mut self, before: Option<&str>) -> Result<Option<Error>, Failure> {
        let accepted = Instant::now();
        let was_read = before.is_some();
        let may_lag = before.is_none_or(|state| state == "FAILED");
        // One that is moved was STARTED before, and until it is seen on its way a look may lag.
        let mut moves = before == Some("STARTED");
        let mut refusals = Refusals::none();
        let mut last_error: Option<Error> = None;
        let was_at_rest = before.map(Standing::of) == Some(Standing::AtRest) && !self.stopped;
        let mut began = false;
        let mut at_rest_since = None;
        for pause in poll_pauses() {
            match self.look().await {
                Ok(Standing::Started) if moves && accepted.elapsed() < LAG => last_error = None,
                Ok(Standing::Started) => return Ok(None),
                Ok(standing) => {
                    moves = false;
                    refusals = Refusals::none();
                    last_error = None;
                    let lags = may_lag && accepted.elapsed() < LAG;
                    if self.state() == Some("FAILED") && !lags {
                        return Err(Failure::TurnedFailed);
                    }
                    if standing == Standing::OnItsWay {
                        // Only what has begun to start is stopped; after a stop of ours a late read may show that.
                        let stops = was_at_rest && self.state() == Some("STOPPING");
                        began |= stops || self.state().is_some_and(is_being_started);
                        at_rest_since = None;
                    } else if began {
                        // Reads that lag may show it at rest for a moment more.
                        let since = *at_rest_since.get_or_insert_with(Instant::now);
                        if since.elapsed() >= LAG {
                            return Err(Failure::StoppedMeanwhile);
                        }
                    }
                }
                Err(error) if is_interruption(&error) => {
                    return Err(self.failed(Doing::WaitingUntilStarted, error));
                }
                Err(error) if is_refusal(&error) => {
                    let for_good = refusals.one_more();
                    // One that was created a moment ago may still be missing to reads.
                    let lags = error.is_not_found() && accepted.elapsed() < LAG;
                    let never_read = !was_read && cannot_be_read(&error);
                    if !lags && (never_read || for_good) {
                        if was_read && error.is_not_found() {
                            self.seen = None;
                            return Err(Failure::Gone {
                                doing: Doing::WaitingUntilStarted,
                                error: Box::new(error),
                            });
                        }
                        return Ok(Some(error));
                    }
                }
                Err(error) => {
                    last_error = Some(self.rate_limited(Doing::WaitingUntilStarted, error)?);
                }
            }
            let pause = self.until_next_look(pause, last_error.as_ref());
            if let Err(ended) = self.pause(pause).await {
                return Err(self.ended(&ended, Doing::WaitingUntilStarted, last_error));
            }
        }
        Ok(None)
    }

    /// One short look after a start that nobody waits for. A processor at rest may be a read that lags, and a
    /// look that fails says nothing: the state then counts as not known.
    async fn glance(&mut self, before: Option<&str>) -> Option<Error> {
        let within = Context {
            deadline: self.context.deadline.min(Instant::now() + LAG),
            ..self.context.clone()
        };
        let looked = self.look_within(&within).await;
        self.stale = match &looked {
            Ok(standing) => *standing == Standing::AtRest,
            Err(_) => true,
        };
        let error = looked.err()?;
        tracing::info!(%error, "the processor could not be read after its start");
        let deleted = before.is_some() && error.is_not_found();
        (cannot_be_read(&error) && !deleted).then_some(error)
    }
}
