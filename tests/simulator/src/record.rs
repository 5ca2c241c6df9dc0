//! What was asked, in order, and what came of it.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};

use crate::Operation;

/// One request as it arrived, and how it ended.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Counts all requests of this simulator, from 0; clearing the record does not start it again.
    pub sequence: u64,
    /// What was asked for.
    pub operation: Operation,
    /// The HTTP method.
    pub method: Method,
    /// The path as it was sent, percent-encoding and all.
    pub path: String,
    /// The query as it was sent, without the question mark.
    pub query: Option<String>,
    /// All headers, credentials included: a test looks here for what must be nowhere else.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The project in the path.
    pub group: Option<String>,
    /// The workspace in the path, decoded.
    pub tenant: Option<String>,
    /// The processor in the path, decoded.
    pub processor: Option<String>,
    /// The status that was answered; `None` while there is no answer, and where none ever came.
    pub status: Option<u16>,
    /// The processor's true state before, if there is such a processor.
    pub state_before: Option<String>,
    /// Its true state after.
    pub state_after: Option<String>,
    /// When it arrived, from the making of the simulator, on tokio's clock.
    pub at: Duration,
}

impl Recorded {
    /// A header's text, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
