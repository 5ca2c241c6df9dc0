//! When the process ends, and what becomes of the calls that are in flight then.

use super::gauge::Gauge;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long a host takes to connect at most: its own limit for starting a plugin.
const FIRST_CONNECTION: Duration = Duration::from_secs(60);

/// A host without any connection for so long is dead.
const WITHOUT_CONNECTION: Duration = Duration::from_secs(10);

/// How long calls that were told to stop may take, where no host is waiting for the process to end.
const LAST_CALLS: Duration = Duration::from_secs(30);

/// What the process' life depends on.
pub(crate) struct Lifecycle {
    /// Cancelled by the host's Shutdown.
    pub(crate) shutdown: CancellationToken,
    /// Calls of the provider that are in flight.
    pub(crate) calls: Gauge,
    /// Connections that may call.
    pub(crate) connections: Gauge,
    /// Whether the process lives only as long as its host.
    pub(crate) hosted: bool,
    /// Tells calls in flight to end soon, and those that still come to begin nothing.
    pub(crate) on_stop: Arc<dyn Fn() + Send + Sync>,
}

impl Lifecycle {
    /// Returns when the process is to end. `terminated` is whatever else asks for it, such as a signal.
    ///
    /// Calls have been told to stop by then, those that came meanwhile too. They have ended, unless the host wants the process to end now
    /// or they take too long.
    pub(crate) async fn end(&self, terminated: impl Future<Output = ()>) {
        tokio::select! {
            () = self.shutdown.cancelled() => return (self.on_stop)(),
            () = terminated => {}
            () = self.host_died(), if self.hosted => tracing::warn!("the host is gone: no connection is left"),
        }
        // With no call in flight too: one may still come before the server is gone, and nobody would wait for it.
        (self.on_stop)();
        tokio::select! {
            () = self.calls.emptied() => {}
            () = self.shutdown.cancelled() => {}
            () = tokio::time::sleep(LAST_CALLS) => tracing::error!(waited = ?LAST_CALLS, "calls were cut off"),
        }
    }

    /// A host that was killed cannot say so; its connections are gone, and no new ones come.
    async fn host_died(&self) {
        let mut patience = FIRST_CONNECTION;
        while tokio::time::timeout(patience, self.connections.occupied())
            .await
            .is_ok()
        {
            self.connections.emptied().await;
            patience = WITHOUT_CONNECTION;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, ready};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::time::{Instant, sleep};

    struct Fixture {
        lifecycle: Lifecycle,
        stops: Arc<AtomicUsize>,
    }

    fn fixture(hosted: bool) -> Fixture {
        let stops = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&stops);
        let lifecycle = Lifecycle {
            shutdown: CancellationToken::new(),
            calls: Gauge::new(),
            connections: Gauge::new(),
            hosted,
            on_stop: Arc::new(move || {
                counter.fetch_add(1, Ordering::Relaxed);
            }),
        };
        Fixture { lifecycle, stops }
    }

    impl Fixture {
        /// Seconds until the end, and how often calls were told to stop.
        async fn end(&self, terminated: impl Future<Output = ()>) -> (u64, usize) {
            let began = Instant::now();
            self.lifecycle.end(terminated).await;
            (
                began.elapsed().as_secs(),
                self.stops.load(Ordering::Relaxed),
            )
        }

        /// A call that ends after some seconds.
        fn call(&self, seconds: u64) {
            let entered = self.lifecycle.calls.enter();
            tokio::spawn(async move {
                sleep(Duration::from_secs(seconds)).await;
                drop(entered);
            });
        }
    }

    #[tokio::test(start_paused = true)]
    async fn shutdown_ends_at_once_with_or_without_a_call() {
        let idle = fixture(true);
        idle.lifecycle.shutdown.cancel();
        assert_eq!(idle.end(pending()).await, (0, 1));
        let busy = fixture(true);
        busy.call(100);
        busy.lifecycle.shutdown.cancel();
        assert_eq!(busy.end(pending()).await, (0, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_signal_lets_calls_end_but_not_for_ever() {
        assert_eq!(fixture(true).end(ready(())).await, (0, 1));
        for (seconds, end) in [(3, 3), (100, 30)] {
            let busy = fixture(true);
            busy.call(seconds);
            assert_eq!(busy.end(ready(())).await, (end, 1), "a call of {seconds} s");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_never_comes_is_waited_for_as_long_as_it_would_wait_for_us() {
        assert_eq!(fixture(true).end(pending()).await, (60, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_is_gone_is_waited_for_and_its_calls_are_finished() {
        let fixture = fixture(true);
        let connections = fixture.lifecycle.connections.clone();
        fixture.call(27);
        tokio::spawn(async move {
            let first = connections.enter();
            sleep(Duration::from_secs(5)).await;
            drop(first);
            // It reconnects in time once, then no more.
            sleep(Duration::from_secs(9)).await;
            let second = connections.enter();
            sleep(Duration::from_secs(1)).await;
            drop(second);
        });
        // 15 s until the last connection is gone, 10 s without any; the call ends 2 s later.
        assert_eq!(fixture.end(pending()).await, (27, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_process_that_hosts_attach_to_outlives_them() {
        let fixture = fixture(false);
        let end = fixture.end(sleep(Duration::from_secs(100_000)));
        assert_eq!(end.await, (100_000, 1));
    }
}
