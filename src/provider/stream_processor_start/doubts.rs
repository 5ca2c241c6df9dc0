//! Requests about one processor whose answers were lost, by when they were sent: for a while each may still take effect.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::settling;

/// The last of either kind, as [`Unsettled::at`](super::private::Unsettled::at) has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Doubts {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) start: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stop: Option<i64>,
}

impl Doubts {
    /// Those that may still take effect.
    pub(crate) fn open(self) -> Self {
        let open = |at: &i64| settling::is_open(*at);
        Self {
            start: self.start.filter(open),
            stop: self.stop.filter(open),
        }
    }

    pub(crate) fn is_none(self) -> bool {
        self == Self::default()
    }

    /// The later of each kind.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            start: self.start.max(other.start),
            stop: self.stop.max(other.stop),
        }
    }

    /// For how long from now the start may still take effect.
    pub(crate) fn start_follows_within(self) -> Duration {
        self.start.map(settling::of_a_doubt).unwrap_or_default()
    }

    /// For how long from now the stop may still take effect.
    pub(crate) fn stop_follows_within(self) -> Duration {
        self.stop.map(settling::of_a_doubt).unwrap_or_default()
    }
}
