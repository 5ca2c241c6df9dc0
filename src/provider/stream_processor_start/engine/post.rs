//! One start or stop: sent once, and again only after a look that shows it had no effect.

use std::time::Duration;

use tokio::time::Instant;

use crate::atlas::{Accepted, Error, StartOptions, Verdict};

use super::{Doing, Engine, Failure, LAG, Standing, is_interruption, poll_pauses};

/// What is sent.
#[derive(Debug)]
pub(super) enum Verb<'a> {
    Start(&'a StartOptions),
    Stop,
}

/// What became of it.
#[derive(Debug)]
pub(super) enum Posted {
    /// Atlas acknowledged it.
    Accepted(Accepted),
    /// It failed, but the processor then stood where it was to go. `ours` where a lost answer explains it.
    Reached { ours: bool },
    /// It failed. `in_doubt` where Atlas may have carried it out all the same.
    Failed { failure: Failure, in_doubt: bool },
}

/// What a look says after an answer that failed.
enum Looked {
    Reached,
    HadNoEffect,
    Failed(Failure),
    /// The look itself was refused: nothing may be sent again.
    Blind,
}

impl Verb<'_> {
    fn doing(&self) -> Doing {
        match self {
            Self::Start(_) => Doing::Starting,
            Self::Stop => Doing::Stopping,
        }
    }

    fn reaches(&self, standing: Standing) -> bool {
        match self {
            Self::Start(_) => standing == Standing::Started,
            Self::Stop => standing == Standing::AtRest,
        }
    }

    /// A processor that is moved between regions may be STARTED before and after: its state proves nothing.
    fn is_proved_by_state(&self) -> bool {
        !matches!(
            self,
            Self::Start(StartOptions {
                failover: Some(_),
                ..
            })
        )
    }
}

impl Engine {
    /// Sends until Atlas acknowledges, a look shows that it happened, or nothing more may be done.
    pub(super) async fn post(&mut self, verb: &Verb<'_>) -> Posted {
        let mut in_doubt = false;
        let mut repetitions = 0;
        let mut backoff = self.client.backoff();
        loop {
            let sent = match verb {
                Verb::Start(options) => {
                    self.client
                        .start(&self.path, options, self.flags, &self.context)
                        .await
                }
                Verb::Stop => {
                    self.client
                        .stop(&self.path, self.flags, &self.context)
                        .await
                }
            };
            let error = match sent {
                Ok(accepted) => return Posted::Accepted(accepted),
                Err(error) => error,
            };
            in_doubt |= error.may_have_been_processed();
            let failed = |failure| Posted::Failed { failure, in_doubt };
            let verdict = error.verdict();
            if verdict == Verdict::Final || is_interruption(&error) {
                return failed(self.failed(verb.doing(), error));
            }
            if !verb.is_proved_by_state() && !matches!(verdict, Verdict::Wait { .. }) {
                return failed(self.failed(verb.doing(), error));
            }
            let rate_limited = verdict == Verdict::Wait { rate_limited: true };
            let may_repeat = match verdict {
                Verdict::LookOnce | Verdict::Conflict => true,
                _ if rate_limited => self.client.max_retries() > 0,
                _ => {
                    repetitions += 1;
                    repetitions <= self.client.max_retries()
                }
            };
            if !may_repeat && matches!(verdict, Verdict::Wait { .. }) {
                return failed(self.failed(verb.doing(), error));
            }
            if let Some(pause) = before_the_look(verdict, &error, &mut backoff, may_repeat) {
                if Instant::now() + pause >= self.context.deadline {
                    return failed(self.failed(verb.doing(), error));
                }
                self.say(format!(
                    "Atlas did not accept the request for stream processor {} ({error}); looking again in {} s",
                    self.quoted_name(),
                    pause.as_secs_f32().ceil()
                ));
                if let Err(ended) = self.pause(pause).await {
                    return failed(self.ended(&ended, verb.doing(), Some(error)));
                }
            }
            match self.look_after(verb, verdict).await {
                Looked::Reached => return Posted::Reached { ours: in_doubt },
                Looked::HadNoEffect if may_repeat => {}
                Looked::HadNoEffect | Looked::Blind => {
                    return failed(self.failed(verb.doing(), error));
                }
                Looked::Failed(failure) => return failed(failure),
            }
        }
    }

    /// Looks until it is settled whether the request that failed was carried out.
    async fn look_after(&mut self, verb: &Verb<'_>, verdict: Verdict) -> Looked {
        let patience = Instant::now() + LAG;
        let mut waited_out = false;
        for pause in poll_pauses() {
            let standing = match self.look().await {
                Ok(standing) => standing,
                Err(error) if is_interruption(&error) => {
                    return Looked::Failed(self.failed(verb.doing(), error));
                }
                Err(_) => return Looked::Blind,
            };
            if !verb.is_proved_by_state() {
                return Looked::HadNoEffect;
            }
            if verb.reaches(standing) {
                return Looked::Reached;
            }
            if standing == Standing::OnItsWay {
                waited_out = true;
            } else {
                match verdict {
                    // Atlas may still be at it, and reads lag.
                    Verdict::LookLong if Instant::now() < patience => {}
                    // What stood in the way has passed: the same request may go well now.
                    Verdict::Conflict | Verdict::LookOnce if !waited_out => return Looked::Blind,
                    _ => return Looked::HadNoEffect,
                }
            }
            if let Err(ended) = self.pause(pause).await {
                return Looked::Failed(self.ended(&ended, verb.doing(), None));
            }
        }
        Looked::Blind
    }
}

/// How long to wait before looking: not at all where the answer was a refusal that a look may explain.
fn before_the_look(
    verdict: Verdict,
    error: &Error,
    backoff: &mut impl Iterator<Item = Duration>,
    may_repeat: bool,
) -> Option<Duration> {
    match verdict {
        Verdict::LookOnce | Verdict::Conflict => None,
        _ if !may_repeat => None,
        _ => Some(
            backoff
                .next()
                .unwrap_or_default()
                .max(error.retry_after().unwrap_or_default()),
        ),
    }
}
