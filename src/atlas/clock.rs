//! The time of day, as a thing that can be handed in.

use jiff::Timestamp;

/// Tells the time of day. Durations and deadlines are tokio's business; this is for timestamps and HTTP dates.
pub trait Clock: Send + Sync {
    /// Now, in UTC.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
