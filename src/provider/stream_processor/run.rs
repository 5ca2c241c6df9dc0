//! What one run of the host does to processors, as far as its calls have to know of one another.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::engine::EarlierStarts;

/// Whose turn it is at which processor, and what this run keeps running; by id.
#[derive(Debug, Default)]
pub(crate) struct Run {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    running: HashSet<String>,
    starts: HashMap<String, OpenUntil>,
    /// Until when a stop in doubt may still take effect.
    stops: HashMap<String, Instant>,
    turns: HashMap<String, Arc<tokio::sync::Mutex<()>>>,
}

/// Until when the starts of this process may still show, and those in doubt take effect.
#[derive(Clone, Copy, Debug)]
struct OpenUntil {
    show: Instant,
    follow: Instant,
}

impl Run {
    /// This process started the processor, or found it STARTED and kept it.
    pub(crate) fn keeps_running(&self, id: &str) {
        self.inner().running.insert(id.to_owned());
    }

    /// What starts that this process sent may still do from now on.
    pub(crate) fn has_started(&self, id: &str, starts: EarlierStarts) {
        let now = Instant::now();
        let (show, follow) = (now + starts.may_show_within, now + starts.may_follow_within);
        let mut inner = self.inner();
        let known = inner.starts.entry(id.to_owned());
        let known = known.or_insert(OpenUntil { show, follow });
        known.show = known.show.max(show);
        known.follow = known.follow.max(follow);
    }

    /// What is left of that.
    pub(crate) fn earlier_starts(&self, id: &str) -> EarlierStarts {
        let left = |until: Instant| until.saturating_duration_since(Instant::now());
        let known = self.inner().starts.get(id).copied();
        known.map_or_else(EarlierStarts::default, |known| EarlierStarts {
            may_show_within: left(known.show),
            may_follow_within: left(known.follow),
        })
    }

    /// A stop that this process sent may still take effect for so long.
    pub(crate) fn may_stop_within(&self, id: &str, within: Duration) {
        let until = Instant::now() + within;
        let mut inner = self.inner();
        let known = inner.stops.entry(id.to_owned()).or_insert(until);
        *known = until.max(*known);
    }

    /// What is left of that.
    pub(crate) fn stop_may_follow_within(&self, id: &str) -> Duration {
        let until = self.inner().stops.get(id).copied();
        until.map_or(Duration::ZERO, |until| {
            until.saturating_duration_since(Instant::now())
        })
    }

    /// This process stopped it, because somebody asked for just that: what it did before counts no more.
    pub(crate) fn has_stopped(&self, id: &str) {
        let mut inner = self.inner();
        inner.running.remove(id);
        inner.starts.remove(id);
    }

    /// It does not exist any more. What starts in doubt may still do counts on: there may be one again.
    pub(crate) fn is_gone(&self, id: &str) {
        self.inner().running.remove(id);
    }

    /// Whether a later delete in the same run must leave the processor running.
    pub(crate) fn is_kept_running(&self, id: &str) -> bool {
        self.inner().running.contains(id)
    }

    /// Operations on one processor wait for one another on this.
    pub(crate) fn turn(&self, id: &str) -> Arc<tokio::sync::Mutex<()>> {
        Arc::clone(self.inner().turns.entry(id.to_owned()).or_default())
    }

    /// A new run begins (ConfigureProvider; in reattach mode one process serves many).
    pub(crate) fn begin(&self) {
        // What may still show ends with time, whoever asks.
        self.inner().running.clear();
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STARTS: EarlierStarts = EarlierStarts {
        may_show_within: Duration::from_secs(40),
        may_follow_within: Duration::from_secs(30),
    };

    #[tokio::test(start_paused = true)]
    async fn what_a_start_in_doubt_may_do_ends_with_time_or_with_a_stop_and_not_with_its_processor()
    {
        let run = Run::default();
        run.keeps_running("a");
        run.has_started("a", STARTS);
        run.is_gone("a");
        assert!(!run.is_kept_running("a"));
        assert_eq!(
            run.earlier_starts("a").may_follow_within,
            STARTS.may_follow_within
        );
        tokio::time::advance(STARTS.may_follow_within).await;
        let left = run.earlier_starts("a");
        assert_eq!(
            (
                left.may_show_within.as_secs(),
                left.may_follow_within.as_secs()
            ),
            (10, 0)
        );
        run.has_started("a", STARTS);
        run.has_stopped("a");
        assert!(run.earlier_starts("a").may_follow_within.is_zero());
    }

    #[tokio::test(start_paused = true)]
    async fn of_two_stops_the_one_that_may_take_longer_counts() {
        let run = Run::default();
        for within in [40, 10] {
            run.may_stop_within("a", Duration::from_secs(within));
        }
        assert_eq!(run.stop_may_follow_within("a").as_secs(), 40);
    }
}
