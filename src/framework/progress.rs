//! What a running action says about how far it is.

use super::visible;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The way to tell the user how far an action is. Clones tell the same user.
#[derive(Clone, Debug)]
pub struct Progress(UnboundedSender<String>);

impl Progress {
    /// A progress and the end at which its messages arrive in order.
    pub fn channel() -> (Self, UnboundedReceiver<String>) {
        let (sender, receiver) = unbounded_channel();
        (Self(sender), receiver)
    }

    /// Says something. This never blocks and never fails: a host that has stopped listening
    /// must not keep the work from its end.
    pub fn send(&self, message: impl Into<String>) {
        // The only failure is that nobody listens any more, and then nobody misses it.
        let _ = self.0.send(visible::prose(&message.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::Progress;

    #[test]
    fn messages_arrive_in_order_and_nobody_listening_is_no_failure() {
        let (progress, mut receiver) = Progress::channel();
        progress.send("starting");
        progress.clone().send(String::from("started"));
        assert_eq!(receiver.try_recv().unwrap(), "starting");
        assert_eq!(receiver.try_recv().unwrap(), "started");
        drop(receiver);
        progress.send("unheard");
    }
}
