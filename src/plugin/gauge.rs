//! Counts what is going on at the moment (calls, connections), and waits for none or for some.

use std::sync::Arc;
use tokio::sync::watch;

/// How many of something there are now.
#[derive(Clone, Debug)]
pub(crate) struct Gauge(Arc<watch::Sender<usize>>);

impl Gauge {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }

    /// One more, until the returned value is dropped.
    pub(crate) fn enter(&self) -> Entered {
        self.0.send_modify(|count| *count += 1);
        Entered(self.clone())
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        *self.0.borrow() == 0
    }

    /// Waits until there is none.
    pub(crate) async fn emptied(&self) {
        self.wait_for(|count| *count == 0).await;
    }

    /// Waits until there is at least one.
    pub(crate) async fn occupied(&self) {
        self.wait_for(|count| *count > 0).await;
    }

    async fn wait_for(&self, condition: impl FnMut(&usize) -> bool) {
        // The error says that the sender is gone, and we are holding it.
        let _ = self.0.subscribe().wait_for(condition).await;
    }
}

/// One of those that a [`Gauge`] counts.
#[derive(Debug)]
pub(crate) struct Entered(Gauge);

impl Drop for Entered {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_entered_is_counted_until_it_is_dropped() {
        let gauge = Gauge::new();
        gauge.emptied().await;
        let (first, second) = (gauge.enter(), gauge.enter());
        gauge.occupied().await;
        drop(first);
        assert!(!gauge.is_empty());
        let emptied = tokio::spawn({
            let gauge = gauge.clone();
            async move { gauge.emptied().await }
        });
        drop(second);
        emptied.await.unwrap();
        assert!(gauge.is_empty());
    }
}
