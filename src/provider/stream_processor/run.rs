//! What one run of the host does to processors, as far as its calls have to know of one another.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Whose turn it is at which processor, and what this run keeps running; by id.
#[derive(Debug, Default)]
pub(crate) struct Run {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    running: HashSet<String>,
    /// Until when a start of this process may still show.
    starts: HashMap<String, Instant>,
    turns: HashMap<String, Arc<tokio::sync::Mutex<()>>>,
}

impl Run {
    /// This process started the processor, or found it STARTED and kept it.
    pub(crate) fn keeps_running(&self, id: &str) {
        self.inner().running.insert(id.to_owned());
    }

    /// From now on, a start that this process sent may take so long to show.
    pub(crate) fn start_may_show(&self, id: &str, within: Duration) {
        let mut inner = self.inner();
        let until = Instant::now() + within;
        let known = inner.starts.entry(id.to_owned()).or_insert(until);
        *known = until.max(*known);
    }

    /// For how long from now one may still show.
    pub(crate) fn start_may_show_within(&self, id: &str) -> Duration {
        let until = self.inner().starts.get(id).copied();
        let left = |until: Instant| until.saturating_duration_since(Instant::now());
        until.map(left).unwrap_or_default()
    }

    /// This process stopped it, because somebody asked for just that: what it did before counts no more.
    pub(crate) fn has_stopped(&self, id: &str) {
        let mut inner = self.inner();
        inner.running.remove(id);
        inner.starts.remove(id);
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
        let mut inner = self.inner();
        inner.running.clear();
        inner.starts.clear();
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
