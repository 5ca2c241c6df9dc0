//! What a project may still ask for: one view of Atlas' rate limit for all calls of this process.
//!
//! Atlas gives every project a bucket of tokens, shared by all requests about its stream processors. Without a common view, each
//! call would find out by a 429 of its own that the bucket is empty, and all would come back at once when it is full again. Here
//! calls queue at one door for each project, and what one is told counts for all of them:
//!
//! - `RateLimit-Remaining` says how many may be under way.
//! - A 429 closes the door for as long as it asks, whoever on the way to Atlas says so, and however long: the next one would meet
//!   with the same. Then one goes first, and with every answer of Atlas one more beside it.
//! - Whoever waits for those answers goes all the same after the time in which the bucket gets a token back: a start may take half
//!   a minute to be answered, and the others need not stand still meanwhile.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::HeaderMap;
use tokio::{
    sync::{Mutex as Door, Notify, watch},
    time::{Instant, sleep_until},
};

use super::{
    backoff::Backoff,
    context::Context,
    error::{Error, Kind},
    exchange::HttpRequest,
    verdict::Verdict,
};

/// The time in which a bucket gets one token back, as it is documented for stream processors: 500 a minute.
const TOKEN_EVERY: Duration = Duration::from_millis(120);
/// The time in which an empty bucket of 1,200 tokens is full again, where nobody goes meanwhile: what was told of it before says
/// nothing any more.
const FULL_AGAIN: Duration = Duration::from_secs(144);
/// Whatever a 429 says of the bucket, nobody waits longer than this for a token while the door is open.
const TOKEN_EVERY_AT_MOST: Duration = Duration::from_secs(10);

/// What stands for a time beyond what a clock can hold.
const VERY_LONG: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The allowances of all projects.
#[derive(Default)]
pub(super) struct Allowances {
    projects: Mutex<HashMap<String, Arc<Allowance>>>,
}

/// One project's.
#[derive(Default)]
struct Allowance {
    /// Who wants to go, in the order of their coming; the first of them waits for the door to open.
    door: Door<()>,
    known: Mutex<Known>,
    /// An answer came, or somebody gave up.
    changed: Notify,
    /// When Atlas lets anybody go again, by the last 429: all who stand at the door are to hear of it at once.
    opens: watch::Sender<Option<Instant>>,
}

/// What is known of a project's bucket.
#[derive(Default)]
struct Known {
    /// How many have gone this far; each has the number that it was.
    gone: u64,
    under_way: usize,
    last_went: Option<Instant>,
    remaining: Option<Remaining>,
    /// The last 429.
    refusal: Option<Refusal>,
}

/// `RateLimit-Remaining` of the youngest request whose answer had it.
#[derive(Clone, Copy)]
struct Remaining {
    /// That request's number.
    number: u64,
    tokens: usize,
    told: Instant,
}

/// A 429, and what follows from it for all.
struct Refusal {
    error: Error,
    opens: Instant,
    /// Who went before this did not know of it.
    gone: u64,
    /// How many may be under way at once.
    window: usize,
    token_every: Duration,
    /// Where a 429 says no time.
    backoff: Backoff,
}

/// Why nobody may go at the moment.
enum Wait {
    /// Atlas asks for this time.
    Closed { opens: Instant },
    /// As many are under way as may be; by this time the bucket has a token back.
    Token { back: Instant },
}

/// Leave to send one request. Dropping it without an answer says that there was none.
pub(super) struct Leave {
    allowance: Arc<Allowance>,
    number: u64,
}

impl Allowances {
    /// Waits until the project may be asked.
    ///
    /// # Errors
    /// [`Kind::RateLimited`] at once where Atlas asks for more time than there is, [`Kind::Cancelled`], [`Kind::DeadlinePassed`].
    pub(super) async fn leave(
        &self,
        project: &str,
        request: &HttpRequest,
        context: &Context,
    ) -> Result<Leave, Error> {
        let allowance = lock(&self.projects)
            .entry(project.to_owned())
            .or_default()
            .clone();
        allowance.leave(request, context).await
    }

    /// How many requests about the project Atlas has room for, as far as it has said.
    pub(super) fn room(&self, project: &str) -> usize {
        let projects = lock(&self.projects);
        let allowance = projects.get(project);
        allowance.map_or(usize::MAX, |allowance| lock(&allowance.known).room())
    }
}

impl Allowance {
    async fn leave(
        self: Arc<Self>,
        request: &HttpRequest,
        context: &Context,
    ) -> Result<Leave, Error> {
        let failed = |kind| Error::new(kind, &request.method, &request.url);
        let in_turn = async {
            let _first = self.door.lock().await;
            loop {
                let changed = self.changed.notified();
                let until = match lock(&self.known).go(Instant::now()) {
                    Ok(number) => return number,
                    Err(Wait::Closed { opens: until } | Wait::Token { back: until }) => until,
                };
                tokio::select! {
                    () = changed => {}
                    () = sleep_until(until) => {}
                }
            }
        };
        let mut opens = self.opens.subscribe();
        // Whoever is first in the queue may have more time than others in it.
        let too_late = opens.wait_for(|opens| opens.is_some_and(|at| at >= context.deadline));
        let number = tokio::select! {
            biased;
            () = context.cancel.cancelled() => return Err(failed(Kind::Cancelled)),
            Ok(_) = too_late => None,
            number = in_turn => Some(number),
            () = sleep_until(context.deadline) => None,
        };
        match (number, &lock(&self.known).refusal) {
            (Some(number), _) => Ok(Leave {
                allowance: self.clone(),
                number,
            }),
            (None, Some(refusal)) => {
                Err(failed(Kind::RateLimited).following(Some(refusal.error.clone())))
            }
            (None, None) => Err(failed(Kind::DeadlinePassed)),
        }
    }
}

impl Known {
    /// Lets one go and tells its number, or says when to try again, should nothing change before.
    fn go(&mut self, now: Instant) -> Result<u64, Wait> {
        if let Some(refusal) = &self.refusal
            && now < refusal.opens
        {
            let opens = refusal.opens;
            return Err(Wait::Closed { opens });
        }
        let token_every = self
            .refusal
            .as_ref()
            .map_or(TOKEN_EVERY, |refusal| refusal.token_every);
        let token_back = self.last_went.map_or(now, |went| went + token_every);
        if self.under_way >= self.room() && now < token_back {
            return Err(Wait::Token { back: token_back });
        }
        self.gone += 1;
        self.under_way += 1;
        self.last_went = Some(now);
        Ok(self.gone)
    }

    /// How many may be under way at once, as far as Atlas has said.
    fn room(&mut self) -> usize {
        let went = self.last_went;
        self.remaining = self.remaining.filter(|remaining| {
            let since = went.map_or(remaining.told, |went| went.max(remaining.told));
            since.elapsed() < FULL_AGAIN
        });
        match (self.remaining, &self.refusal) {
            (Some(remaining), Some(refusal)) if remaining.number > refusal.gone => remaining.tokens,
            (_, Some(refusal)) => refusal.window,
            (Some(remaining), None) => remaining.tokens,
            (None, None) => usize::MAX,
        }
    }

    fn remain(&mut self, number: u64, headers: &HeaderMap) {
        if self
            .remaining
            .is_some_and(|youngest| youngest.number > number)
        {
            return;
        }
        let tokens = headers
            .get("ratelimit-remaining")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.trim().parse().ok());
        // An answer without it does not make room: what was told last counts on.
        if let Some(tokens) = tokens {
            let told = Instant::now();
            self.remaining = Some(Remaining {
                number,
                tokens,
                told,
            });
        }
    }

    /// Closes the door, and tells when it opens.
    fn refuse(&mut self, number: u64, error: &Error) -> Instant {
        let now = Instant::now();
        let told = error.retry_after().map(|_| Backoff::asked_by(error));
        let opens_after = |wait: Duration| now.checked_add(wait).unwrap_or(now + VERY_LONG);
        let mut refusal = match self.refusal.take() {
            // Of those that were refused together only the first makes the others wait longer, where none is told a time.
            Some(refusal) if number <= refusal.gone => Refusal {
                opens: refusal.opens.max(opens_after(told.unwrap_or_default())),
                ..refusal
            },
            before => {
                let mut backoff = before.map_or_else(Backoff::new, |before| before.backoff);
                let wait = told.or_else(|| backoff.next()).unwrap_or_default();
                Refusal {
                    error: error.clone(),
                    opens: opens_after(wait),
                    gone: self.gone,
                    window: 1,
                    token_every: TOKEN_EVERY,
                    backoff,
                }
            }
        };
        refusal.token_every = token_every(error).unwrap_or(refusal.token_every);
        let opens = refusal.opens;
        tracing::info!(%error, wait_ms = (opens - now).as_millis(), "Atlas limits the requests of this project: all that are about it wait");
        self.refusal = Some(refusal);
        opens
    }

    /// Atlas took one.
    fn accept(&mut self, number: u64) {
        if let Some(refusal) = &mut self.refusal
            && number > refusal.gone
        {
            refusal.window = refusal.window.saturating_add(1);
            refusal.backoff = Backoff::new();
        }
    }
}

impl Leave {
    /// What the answer says of the limit: its headers, and the failure if it is none of success.
    pub(super) fn answered(self, headers: &HeaderMap, failure: Option<&Error>) {
        let mut known = lock(&self.allowance.known);
        // What stands between Atlas and us may count requests of its own.
        if failure.is_none_or(Error::has_atlas_body) {
            known.remain(self.number, headers);
        }
        match failure {
            Some(error) if error.verdict() == (Verdict::Wait { rate_limited: true }) => {
                let opens = known.refuse(self.number, error);
                self.allowance.opens.send_replace(Some(opens));
            }
            // What stands between Atlas and us takes no token, and knows nothing of how many there are.
            Some(error) if !error.has_atlas_body() => {}
            _ => known.accept(self.number),
        }
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        lock(&self.allowance.known).under_way -= 1;
        self.allowance.changed.notify_waiters();
    }
}

/// The time in which the bucket gets one token back, as a token bucket's 429 tells it: its third to fifth parameters are the
/// capacity, the tokens of a refill, and its seconds.
fn token_every(error: &Error) -> Option<Duration> {
    if error.error_code() != Some("RATE_LIMITED_TOKEN_BUCKET") {
        return None;
    }
    let number = |index: usize| error.parameters().get(index)?.as_f64();
    let every = Duration::try_from_secs_f64(number(4)? / number(3)?).ok()?;
    Some(every.min(TOKEN_EVERY_AT_MOST))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "allowance_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "allowance_headers_tests.rs"]
mod headers_tests;
