//! One start or stop: sent once, and again only after looks that show it had no effect.

use tokio::time::Instant;

use crate::atlas::{Accepted, Backoff, Error, Kind, StartOptions, Verdict};
use crate::framework::CancellationToken;

use super::failed_answers::{lag, says_that_it_runs};
use super::refusals::{Refusals, is_refusal};
use super::{
    Doing, Doubt, Ended, Engine, Failure, Standing, cannot_be_read, is_being_started,
    is_interruption, poll_pauses,
};

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
    /// It failed, but the processor then stood where it was to go, or was on its way there and nobody wants to wait for more. `ours`
    /// where a lost answer explains it.
    Reached { ours: bool },
    /// Its answer was lost, and the processor is on its way to where it was to go; nobody wants to wait for more.
    Begun,
    /// Atlas refused a start because the processor runs already, and does not let it be read. `ours` where an answer that was
    /// lost before explains it.
    SaidToRun {
        refusal: Failure,
        unread: Error,
        ours: bool,
    },
    /// A start whose answer was lost took effect, and came to this end: the processor failed, or somebody stopped it.
    CameToAnEnd(Failure),
    /// It failed. `in_doubt` where Atlas may have carried it out all the same.
    Failed { failure: Failure, in_doubt: bool },
}

/// What the looks say after an answer that failed.
enum Looked {
    Reached,
    Begun,
    CameToAnEnd(Failure),
    HadNoEffect,
    /// The person or the deadline ended them.
    Ended(Ended),
    /// The look was refused, but Atlas had said that the processor runs.
    SaidToRun(Error),
    /// The look was refused, or what it shows forbids to send it again.
    MayNotRepeat,
}

/// What is known when the looks begin.
struct Trouble {
    verdict: Verdict,
    /// Atlas may have carried the request out.
    in_doubt: bool,
    /// Until then an old state proves nothing.
    shows_by: Instant,
    /// The state when the request was sent.
    before: Option<String>,
    /// Atlas said that the processor was started already.
    runs_already: bool,
    patience: Patience,
}

/// Whether what is on its way to where the request was to bring it is waited for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// Where the request itself brought it on its way.
    pub(super) for_own: bool,
    /// Where somebody else did.
    pub(super) for_others: bool,
}

impl Patience {
    /// What began is waited for, or is not, whoever began it.
    pub(super) fn for_all(wait: bool) -> Self {
        Self {
            for_own: wait,
            for_others: wait,
        }
    }
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

    /// Whether this state, which is neither of rest nor STARTED, leads to where it goes.
    pub(super) fn is_under_way(&self, state: &str) -> bool {
        match self {
            Self::Start(_) => is_being_started(state),
            Self::Stop => state == "STOPPING",
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
    pub(super) async fn post(&mut self, verb: &Verb<'_>, patience: Patience) -> Posted {
        let before = self.state().map(str::to_owned);
        let began = Instant::now();
        let mut in_doubt = false;
        // Whether any answer was: a request that looks have shown to be without effect may still explain what is reached later.
        let mut lost = false;
        let mut attempts = 0;
        let mut repetitions = 0;
        let mut backoff = self.client.backoff();
        let mut answer: Option<Error> = None;
        loop {
            let sent_at = Instant::now();
            let sent = self.send(verb).await;
            let may_have_stopped_it = matches!(verb, Verb::Stop)
                && sent
                    .as_ref()
                    .err()
                    .is_none_or(Error::may_have_been_processed);
            // What a stop may have ended must not be told as the state; what a start may have changed is told as it was.
            if may_have_stopped_it {
                self.stopping_since = Some(Instant::now());
                self.stale = true;
            }
            let error = match sent {
                Ok(accepted) => return Posted::Accepted(accepted),
                Err(error) => {
                    attempts += 1;
                    error
                        .after(attempts, began.elapsed())
                        .following(answer.take())
                }
            };
            answer = error.last_answer().cloned();
            let may_have_been_processed = error.may_have_been_processed();
            in_doubt |= may_have_been_processed;
            lost |= may_have_been_processed;
            if may_have_been_processed && matches!(verb, Verb::Start(_)) {
                self.doubt = Some(Doubt::now(self.client.now()));
            }
            let failed = move |failure| Posted::Failed { failure, in_doubt };
            let verdict = error.verdict();
            let nothing_was_processed = matches!(verdict, Verdict::Wait { .. });
            if verdict == Verdict::Final
                || is_interruption(&error)
                || self.context.cancel.is_cancelled()
                || !(nothing_was_processed || verb.is_proved_by_state())
            {
                return failed(self.failed(verb.doing(), error));
            }
            let may_repeat = self.may_repeat(verdict, &mut repetitions);
            if nothing_was_processed && !may_repeat {
                return failed(self.failed(verb.doing(), error));
            }
            let shows_by = Instant::now() + lag(&error, sent_at.elapsed());
            let trouble = Trouble {
                verdict,
                in_doubt,
                shows_by,
                before: before.clone(),
                runs_already: says_that_it_runs(&error),
                patience,
            };
            let mut time_was_given = false;
            if may_have_been_processed {
                // At once, unless Atlas asks for time: a start that fails soon shows that it took effect only for a moment.
                // A time that goes beyond the deadline cannot be kept, and one look is worth more than none.
                let asked = Backoff::asked_by(&error);
                if asked < self.time_left() {
                    if let Err(ended) = self.pause(asked).await {
                        return failed(self.ended(&ended, verb.doing(), Some(error)));
                    }
                    time_was_given = true;
                }
                match self.look_after(verb, &trouble).await {
                    Looked::HadNoEffect if may_repeat => {
                        // A stop shows; a start may have shown and be over.
                        in_doubt &= matches!(verb, Verb::Start(_));
                    }
                    looked => return self.conclude(looked, verb, error, in_doubt, lost),
                }
            }
            let failed = move |failure| Posted::Failed { failure, in_doubt };
            if may_repeat && !matches!(verdict, Verdict::LookOnce | Verdict::Conflict) {
                let pause = if time_was_given {
                    backoff.next().unwrap_or_default()
                } else {
                    backoff.after(&error)
                };
                if pause >= self.time_left() {
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
            match self.look_after(verb, &trouble).await {
                Looked::HadNoEffect if may_repeat => {}
                looked => return self.conclude(looked, verb, error, in_doubt, lost),
            }
        }
    }

    /// What the looks after a failed answer come to, where it is not sent again.
    fn conclude(
        &mut self,
        looked: Looked,
        verb: &Verb<'_>,
        error: Error,
        in_doubt: bool,
        lost: bool,
    ) -> Posted {
        let in_doubt =
            in_doubt && (matches!(verb, Verb::Start(_)) || !matches!(looked, Looked::HadNoEffect));
        let failure = match looked {
            Looked::Reached => return Posted::Reached { ours: lost },
            Looked::Begun => return Posted::Begun,
            Looked::CameToAnEnd(failure) => return Posted::CameToAnEnd(failure),
            Looked::SaidToRun(unread) => {
                return Posted::SaidToRun {
                    refusal: self.failed(verb.doing(), error),
                    unread,
                    ours: in_doubt,
                };
            }
            Looked::HadNoEffect | Looked::MayNotRepeat => self.failed(verb.doing(), error),
            Looked::Ended(ended) => self.ended(&ended, verb.doing(), Some(error)),
        };
        Posted::Failed { failure, in_doubt }
    }

    async fn send(&self, verb: &Verb<'_>) -> Result<Accepted, Error> {
        let mut context = self.context.clone();
        // Whoever waits: a start that is the other half of a stop is carried through. Everything else the next run looks at and does.
        if self.stopped && matches!(verb, Verb::Start(_)) {
            context.abandoned = CancellationToken::new();
        }
        match verb {
            Verb::Start(options) => {
                self.client
                    .start(&self.path, options, self.flags, &context)
                    .await
            }
            Verb::Stop => self.client.stop(&self.path, self.flags, &context).await,
        }
    }

    /// Waiting for a rate limit counts only where repetitions are turned off altogether.
    fn may_repeat(&self, verdict: Verdict, repetitions: &mut u32) -> bool {
        if verdict == (Verdict::Wait { rate_limited: true }) {
            return self.client.max_retries() > 0;
        }
        *repetitions += 1;
        *repetitions <= self.client.max_retries()
    }

    /// Looks until it is settled whether the request that failed was carried out.
    async fn look_after(&mut self, verb: &Verb<'_>, trouble: &Trouble) -> Looked {
        let mut on_its_way = false;
        let mut refusals = Refusals::none();
        for pause in poll_pauses() {
            let standing = match self.look().await {
                Ok(standing) => standing,
                Err(error) if error.kind() == Kind::Cancelled => {
                    return Looked::Ended(Ended::Cancelled);
                }
                Err(error) if is_interruption(&error) => return Looked::Ended(Ended::Deadline),
                Err(error)
                    if trouble.runs_already
                        && matches!(verb, Verb::Start(_))
                        && cannot_be_read(&error) =>
                {
                    self.seen = None;
                    return Looked::SaidToRun(error);
                }
                // A refusal may pass, as after an acceptance; not of somebody who has never seen it.
                Err(error) if self.seen.is_some() && is_refusal(&error) && !refusals.one_more() => {
                    if let Err(ended) = self.pause(pause).await {
                        return Looked::Ended(ended);
                    }
                    continue;
                }
                Err(error) => {
                    self.failed_look = Some(error);
                    return Looked::MayNotRepeat;
                }
            };
            refusals = Refusals::none();
            if !verb.is_proved_by_state() {
                return Looked::HadNoEffect;
            }
            if verb.reaches(standing) {
                return Looked::Reached;
            }
            if standing == Standing::OnItsWay {
                if self.state().is_some_and(|state| verb.is_under_way(state)) {
                    let others =
                        matches!(verb, Verb::Start(options) if self.runs_otherwise(options));
                    if trouble.in_doubt && !others && !trouble.patience.for_own {
                        return Looked::Begun;
                    }
                    if !trouble.patience.for_others {
                        return Looked::Reached;
                    }
                }
                on_its_way = true;
            } else if matches!(verb, Verb::Start(_))
                && trouble.in_doubt
                && self.shows_a_start(trouble, on_its_way)
            {
                // It was carried out, whatever became of it since: a second one could process data twice.
                return Looked::CameToAnEnd(match self.state() {
                    Some("FAILED") => Failure::TurnedFailed,
                    _ => Failure::StoppedMeanwhile,
                });
            } else if on_its_way {
                // What stood in the way has passed: the same request may go well now.
                return Looked::HadNoEffect;
            } else if Instant::now() >= trouble.shows_by {
                return match trouble.verdict {
                    Verdict::Conflict | Verdict::LookOnce => Looked::MayNotRepeat,
                    _ => Looked::HadNoEffect,
                };
            }
            // Not much longer than it takes until rest proves something.
            let left = trouble.shows_by.saturating_duration_since(Instant::now());
            let pause = if left.is_zero() {
                pause
            } else {
                pause.min(left)
            };
            if let Err(ended) = self.pause(pause).await {
                return Looked::Ended(ended);
            }
        }
        Looked::MayNotRepeat
    }

    /// Whether a processor at rest was on its way since, or has failed since.
    fn shows_a_start(&self, trouble: &Trouble, on_its_way: bool) -> bool {
        let was_failed = trouble
            .before
            .as_deref()
            .is_none_or(|state| state == "FAILED");
        on_its_way || (self.state() == Some("FAILED") && !was_failed)
    }
}
