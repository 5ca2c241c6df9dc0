//! A stop from the first look to rest.

use std::time::Duration;

use tokio::time::Instant;

use crate::atlas::Error;

use super::post::{Patience, Posted, Verb};
use super::refusals::{Refusals, is_refusal};
use super::{Doing, Ended, Engine, Failure, Standing, is_interruption, poll_pauses};

/// What is known after a run that was to stop a processor.
#[derive(Debug)]
pub(crate) struct Stop {
    /// The state as it was last read; `None` where no reading says what it is now.
    pub(crate) state: Option<String>,
    /// The stop was, or may have been, accepted.
    pub(crate) stopped: bool,
    /// Whether that is in doubt.
    pub(crate) in_doubt: bool,
    /// For how long from the end of the run on it may still take effect, or not show yet.
    pub(crate) follows_within: Duration,
    /// Why no look could settle whether a stop in doubt was carried out.
    pub(crate) failed_look: Option<Box<Error>>,
    /// Atlas' word that the processor does not exist; that is no failure.
    pub(crate) missing: Option<Missing>,
    /// Why the run did not end well.
    pub(crate) failure: Option<Failure>,
}

/// That Atlas knows no such processor.
#[derive(Debug)]
pub(crate) struct Missing {
    /// Its word.
    pub(crate) error: Box<Error>,
    /// It was seen before, in this same run: somebody has deleted it since.
    pub(crate) was_seen: bool,
    /// What was under way.
    pub(crate) doing: Doing,
}

/// What starts from before a stop may still do, from now on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct EarlierStarts {
    /// For so long the last one may not show yet, and rest proves nothing.
    pub(crate) may_show_within: Duration,
    /// For so long one in doubt may still take effect, after the stop, too: what runs may be of another.
    pub(crate) may_follow_within: Duration,
}

impl Engine {
    /// Stops the processor, if it is not at rest, and with `wait` waits until it is, and stays so.
    /// An earlier stop whose answer was lost, and that may still take effect for so long, is waited for first: then there is
    /// nothing left to stop, or nothing of it left to come.
    pub(crate) async fn stop(
        mut self,
        wait: bool,
        earlier: EarlierStarts,
        stops_within: Duration,
    ) -> Stop {
        let brought = match self.outwait_a_stop(stops_within).await {
            Ok(()) => self.bring_to_rest(wait, earlier).await,
            Err(ended) => Err(ended),
        };
        self.told(brought)
    }

    /// Only waits until such a stop cannot take effect any more, and looks. Rest is looked at again until an earlier start, which
    /// shows within this time, would have shown.
    pub(crate) async fn outlast(mut self, shows_within: Duration, stops_within: Duration) -> Stop {
        let began = Instant::now();
        let seen = match self.outwait_a_stop(stops_within).await {
            Ok(()) => {
                let within = shows_within.saturating_sub(began.elapsed());
                match self.look_until_settled(within).await {
                    Ok(Ok(_)) => Ok(None),
                    Ok(Err(error)) if error.is_not_found() => Ok(Some(self.missing(error))),
                    Ok(Err(error)) => Err(self.failed(Doing::Looking, error)),
                    Err(ended) => Err(self.ended(&ended, Doing::AwaitingAnEarlierStart, None)),
                }
            }
            Err(ended) => Err(ended),
        };
        self.told(seen)
    }

    fn missing(&self, error: Error) -> Missing {
        Missing {
            error: Box::new(error),
            was_seen: self.seen.is_some(),
            doing: Doing::Looking,
        }
    }

    fn told(mut self, brought: Result<Option<Missing>, Failure>) -> Stop {
        let (missing, failure) = match brought {
            Ok(missing) => (missing, None),
            Err(Failure::Gone { error, doing }) => {
                let was_seen = true;
                let missing = Missing {
                    error,
                    was_seen,
                    doing,
                };
                (Some(missing), None)
            }
            Err(failure) => (None, Some(failure)),
        };
        Stop {
            state: self.state_now().filter(|_| missing.is_none()),
            stopped: self.stopped,
            in_doubt: self.stop_in_doubt,
            follows_within: match missing {
                Some(_) => Duration::ZERO,
                None => self.stop_follows_within(),
            },
            failed_look: self.failed_look.take().map(Box::new),
            missing,
            failure,
        }
    }

    /// Looks and stops until nothing is left that may run. `Some` is Atlas' word that there is no such processor.
    async fn bring_to_rest(
        &mut self,
        wait: bool,
        earlier: EarlierStarts,
    ) -> Result<Option<Missing>, Failure> {
        let began = Instant::now();
        let mut within = earlier.may_show_within;
        loop {
            match self.look_until_settled(within).await {
                Ok(Ok(Standing::AtRest)) => return Ok(None),
                Ok(Ok(_)) => self.stop_what_runs(wait).await?,
                Ok(Err(error)) if error.is_not_found() => {
                    return Ok(Some(self.missing(error)));
                }
                Ok(Err(error)) if is_interruption(&error) && self.seen.is_some() => {
                    // The time may be over just between a pause and its look.
                    return Err(self.failed(Doing::AwaitingAnEarlierStart, error));
                }
                Ok(Err(error)) => return Err(self.failed(Doing::Looking, error)),
                Err(ended) => {
                    return Err(self.ended(&ended, Doing::AwaitingAnEarlierStart, None));
                }
            }
            within = earlier.may_follow_within.saturating_sub(began.elapsed());
            if !wait || within.is_zero() {
                return Ok(None);
            }
        }
    }

    /// A look that shows rest, or is refused for a moment, is repeated until an earlier start would have shown.
    async fn look_until_settled(
        &mut self,
        may_start_within: Duration,
    ) -> Result<Result<Standing, Error>, Ended> {
        let settled = Instant::now() + may_start_within;
        let mut refusals = Refusals::none();
        for pause in poll_pauses() {
            let looked = self.look().await;
            let left = settled.saturating_duration_since(Instant::now());
            let may_pass = match &looked {
                Ok(standing) => {
                    refusals = Refusals::none();
                    *standing == Standing::AtRest
                }
                Err(error) => {
                    self.seen.is_some()
                        && is_refusal(error)
                        && !error.is_not_found()
                        && !refusals.one_more()
                }
            };
            // The last look has to be answered, too.
            if !may_pass || (left.is_zero() && looked.is_ok()) {
                return Ok(looked);
            }
            let pause = if left.is_zero() {
                pause
            } else {
                pause.min(left)
            };
            self.pause(pause).await?;
        }
        Ok(self.look().await)
    }

    async fn stop_what_runs(&mut self, wait: bool) -> Result<(), Failure> {
        match self.stop_and_wait(wait).await {
            // Somebody may have deleted it since the look: then there is nothing left to stop.
            Err(refused @ Failure::Refused { .. }) => match self.look().await {
                Err(error) if error.is_not_found() => Err(Failure::Gone {
                    doing: Doing::Stopping,
                    error: Box::new(error),
                }),
                _ => Err(refused),
            },
            ended => ended,
        }
    }

    /// Stops a processor that was seen running and waits until it is at rest. One that is STOPPING already is
    /// only waited for, unless it turns out to run on. Without `wait`, Atlas' word that it stops is enough.
    pub(super) async fn stop_and_wait(&mut self, wait: bool) -> Result<(), Failure> {
        let mut sent = false;
        let mut refusals = Refusals::none();
        for pause in poll_pauses() {
            if !sent && self.state() != Some("STOPPING") {
                self.say(format!("Stopping stream processor {}", self.quoted_name()));
                match self.post(&Verb::Stop, Patience::for_all(wait)).await {
                    Posted::Accepted(_) | Posted::Begun => self.stopped = true,
                    Posted::Reached { ours } => {
                        self.stopped |= ours;
                        return Ok(());
                    }
                    Posted::CameToAnEnd(_) => return Ok(()),
                    Posted::SaidToRun { refusal, .. } => return Err(refusal),
                    Posted::Failed { failure, in_doubt } => {
                        self.stop_in_doubt = in_doubt && !self.stopped;
                        self.stopped |= in_doubt;
                        self.stale |= in_doubt;
                        return Err(failure);
                    }
                }
                sent = true;
            }
            if !wait {
                return Ok(());
            }
            let last_error = match self.look().await {
                Ok(Standing::AtRest) => return Ok(()),
                Ok(_) => {
                    refusals = Refusals::none();
                    None
                }
                Err(error) if is_interruption(&error) => {
                    return Err(self.failed(Doing::WaitingUntilStopped, error));
                }
                Err(error) if error.is_not_found() => {
                    self.seen = None;
                    return Err(Failure::Gone {
                        doing: Doing::WaitingUntilStopped,
                        error: Box::new(error),
                    });
                }
                Err(error) if is_refusal(&error) && refusals.one_more() => {
                    return Err(self.failed(Doing::WaitingUntilStopped, error));
                }
                Err(error) => Some(self.rate_limited(Doing::WaitingUntilStopped, error)?),
            };
            let pause = self.until_next_look(pause, last_error.as_ref());
            if let Err(ended) = self.pause(pause).await {
                return Err(self.ended(&ended, Doing::WaitingUntilStopped, last_error));
            }
        }
        Ok(())
    }
}
