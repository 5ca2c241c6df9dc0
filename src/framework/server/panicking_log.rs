//! For tests: a log that panics where a file writes to it, and so brings about a panic of that file's own code.

use std::sync::atomic::{AtomicBool, Ordering};

use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry;

/// Until it is dropped, the first thing that this thread logs in the file of that name panics, with "hunter2".
pub(crate) fn panicking_log(file: &'static str) -> impl Sized {
    let panicked = AtomicBool::new(false);
    let log = Dispatch::new(registry().with(PanickingLog { file, panicked }));
    // With a single log in the process, what another thread writes first, and has no log for, is never logged again.
    let second = Dispatch::new(registry());
    Installed {
        _guard: tracing::dispatcher::set_default(&log),
        _second: second,
    }
}

struct Installed {
    _guard: DefaultGuard,
    _second: Dispatch,
}

struct PanickingLog {
    file: &'static str,
    panicked: AtomicBool,
}

impl<S: Subscriber> Layer<S> for PanickingLog {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let module = event.metadata().target().rsplit("::").next();
        let meant = module == Some(self.file);
        let first = meant && !self.panicked.swap(true, Ordering::Relaxed);
        assert!(!first, "hunter2");
    }
}
