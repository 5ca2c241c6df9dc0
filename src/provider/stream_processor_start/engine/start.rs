//! A start from the first look to STARTED.

use std::time::Duration;

use tokio::time::Instant;

use crate::atlas::{Error, Kind, StartOptions};

use super::post::{Posted, Verb};
use super::{
    Doing, Engine, Failure, Fate, LAG, Outcome, Standing, cannot_be_read, is_interruption,
    poll_pauses,
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
    /// Whether to wait until STARTED.
    pub(crate) wait: bool,
    /// How long a processor that does not exist yet is waited for.
    pub(crate) appears_within: Duration,
}

/// How many looks in a row may be refused before a start that was accepted counts as one that cannot be read.
const REFUSED_LOOKS: u32 = 3;

impl Engine {
    /// Carries the start out and tells everything that is known afterwards.
    pub(crate) async fn start(mut self, start: Start) -> Outcome {
        let mut fate = Fate::NothingStarted;
        let mut found = Outcome::of(fate);
        if let Err(failure) = self.carry_out(&start, &mut fate, &mut found).await {
            found.failure = Some(failure);
        }
        found.fate = fate;
        found.seen = self.seen;
        found
    }

    async fn carry_out(
        &mut self,
        start: &Start,
        fate: &mut Fate,
        found: &mut Outcome,
    ) -> Result<(), Failure> {
        if self.until_ready(start.appears_within).await? == Some(Standing::Started) {
            match start.on_started {
                OnStarted::Keep => {
                    found.keep(&start.options, self);
                    return Ok(());
                }
                OnStarted::TakeAsOwn => {
                    found.kept = true;
                    return Ok(());
                }
                OnStarted::Refuse => return Err(Failure::AlreadyStarted),
                OnStarted::Restart => self.stop_and_wait().await?,
                OnStarted::Send => {}
            }
        }
        let dry_run = start
            .options
            .failover
            .as_ref()
            .is_some_and(|failover| failover.dry_run == Some(true));
        let before = self.state().map(str::to_owned);
        self.say(format!("Starting stream processor {}", self.quoted_name()));
        match self.post(&Verb::Start(&start.options)).await {
            Posted::Accepted(accepted) if dry_run => {
                found.dry_run = Some(accepted.body);
                return Ok(());
            }
            Posted::Accepted(accepted) => *fate = Fate::accepted(accepted.at),
            Posted::Reached { ours: true } => {
                *fate = Fate::accepted(self.client.now());
                return Ok(());
            }
            Posted::Reached { ours: false } => {
                found.keep(&start.options, self);
                return Ok(());
            }
            Posted::Failed { failure, in_doubt } => {
                if in_doubt && !dry_run {
                    *fate = Fate::InDoubt;
                }
                return Err(failure);
            }
        }
        if start.wait {
            found.unreadable = self.until_started(before.as_deref()).await?.map(Box::new);
        } else if let Err(error) = self.look().await {
            // Nobody waits for the state: only that it cannot be read at all is worth remembering.
            found.unreadable = cannot_be_read(&error).then(|| Box::new(error));
        }
        Ok(())
    }

    /// Looks until the processor is STARTED or at rest. A refusal to be read is no answer yet (`None`): the
    /// start's own answer is what the person is shown.
    async fn until_ready(&mut self, appears_within: Duration) -> Result<Option<Standing>, Failure> {
        let appears_by = Instant::now() + appears_within;
        for pause in poll_pauses() {
            match self.look().await {
                Ok(Standing::OnItsWay) => {}
                Ok(standing) => return Ok(Some(standing)),
                Err(error) if may_appear(&error) && Instant::now() < appears_by => {
                    self.say(format!(
                        "Stream processor {} does not exist yet",
                        self.quoted_name()
                    ));
                }
                Err(error) if cannot_be_read(&error) => {
                    tracing::debug!(%error, "the processor cannot be read before its start");
                    self.seen = None;
                    return Ok(None);
                }
                Err(error) => return Err(self.failed(Doing::Looking, error)),
            }
            if let Err(ended) = self.pause(pause).await {
                return Err(self.ended(&ended, Doing::WaitingUntilReady, None));
            }
        }
        Ok(None)
    }

    /// Looks until STARTED; `Some` says why an accepted start cannot be read back.
    async fn until_started(&mut self, before: Option<&str>) -> Result<Option<Error>, Failure> {
        let accepted = Instant::now();
        let was_read = before.is_some();
        let may_lag = before.is_none_or(|state| state == "FAILED");
        let mut refused = 0;
        let mut last_error = None;
        for pause in poll_pauses() {
            match self.look().await {
                Ok(Standing::Started) => return Ok(None),
                Ok(_) => {
                    refused = 0;
                    last_error = None;
                    let lags = may_lag && accepted.elapsed() < LAG;
                    if self.state() == Some("FAILED") && !lags {
                        return Err(Failure::TurnedFailed);
                    }
                }
                Err(error) if is_interruption(&error) => {
                    return Err(self.failed(Doing::WaitingUntilStarted, error));
                }
                Err(error) if is_refusal(&error) => {
                    refused += 1;
                    if !was_read && cannot_be_read(&error) || refused >= REFUSED_LOOKS {
                        if was_read && error.status() == Some(404) && error.has_atlas_body() {
                            self.seen = None;
                            return Err(Failure::Gone);
                        }
                        return Ok(Some(error));
                    }
                }
                Err(error) => last_error = Some(error),
            }
            if let Err(ended) = self.pause(pause).await {
                return Err(self.ended(&ended, Doing::WaitingUntilStarted, last_error));
            }
        }
        Ok(None)
    }
}

impl Outcome {
    fn of(fate: Fate) -> Self {
        Self {
            seen: None,
            fate,
            unreadable: None,
            kept: false,
            not_applied: Vec::new(),
            dry_run: None,
            failure: None,
        }
    }

    fn keep(&mut self, options: &StartOptions, engine: &Engine) {
        self.kept = true;
        let runs_on = engine
            .seen
            .as_ref()
            .and_then(|processor| processor.tier.as_deref());
        if options.tier.is_some() && options.tier.as_deref() != runs_on {
            self.not_applied.push("tier");
        }
        if options.resume_from_checkpoint.is_some() {
            self.not_applied.push("resume_from_checkpoint");
        }
        if options.start_at_operation_time.is_some() {
            self.not_applied.push("start_at_operation_time");
        }
    }
}

/// A refusal that no repetition by the client's own policy could change.
fn is_refusal(error: &Error) -> bool {
    error.kind() == Kind::Api
        && matches!(error.status(), Some(400..=499 | 501))
        && error.status() != Some(429)
}

/// Atlas knows the workspace and the project, so the processor alone is missing and may be about to appear.
fn may_appear(error: &Error) -> bool {
    error.status() == Some(404)
        && error.has_atlas_body()
        && !error
            .error_code()
            .is_some_and(|code| code.contains("GROUP") || code.contains("TENANT"))
}
