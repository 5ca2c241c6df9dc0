//! Looks that Atlas refuses one after another while something is waited for.

use std::time::Duration;

use tokio::time::Instant;

use crate::atlas::{Error, Kind};

use super::LAG;

/// How many looks in a row may be refused, and for how long, before they count as refused for good.
const LOOKS: u32 = 3;
const FOR: Duration = LAG;

/// Those since the last look that was answered.
pub(super) struct Refusals {
    looks: u32,
    since: Instant,
}

impl Refusals {
    /// A look was answered, or none was made yet.
    pub(super) fn none() -> Self {
        Self {
            looks: 0,
            since: Instant::now(),
        }
    }

    /// Whether it is for good now.
    pub(super) fn one_more(&mut self) -> bool {
        self.looks += 1;
        self.looks >= LOOKS && self.since.elapsed() >= FOR
    }
}

/// A refusal that no repetition by the client's own policy could change.
pub(super) fn is_refusal(error: &Error) -> bool {
    matches!(error.kind(), Kind::Api | Kind::Token)
        && matches!(error.status(), Some(400..=428 | 430..=499 | 501))
}
