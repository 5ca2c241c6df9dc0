//! How late the machine lets things happen: what it held up says little about the provider.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

/// How often it is asked.
const TICK: Duration = Duration::from_millis(100);

/// Watches from its creation on until it is dropped.
pub(super) struct Punctuality {
    late: Arc<Mutex<Vec<(Instant, Duration)>>>,
}

impl Punctuality {
    pub(super) fn watch() -> Self {
        let late = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::downgrade(&late);
        tokio::spawn(async move {
            loop {
                let due = Instant::now() + TICK;
                tokio::time::sleep_until(due).await;
                let Some(late) = told.upgrade() else { return };
                late.lock().expect("no panic").push((due, due.elapsed()));
            }
        });
        Self { late }
    }

    /// By how much everything was late, taken together, between then and now.
    pub(super) fn held_up_since(&self, then: Instant) -> Duration {
        let late = self.late.lock().expect("no panic");
        late.iter()
            .filter(|(due, _)| *due >= then)
            .map(|(_, late)| *late)
            .sum()
    }
}
