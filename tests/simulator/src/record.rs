//! What was asked, in order, and what came of it.

use std::{fmt, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Method};

use crate::{Effect, Operation};

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
    /// What the faults did that hit it, in order: one that spoiled its credentials comes before any other.
    pub faults: Vec<Effect>,
    /// When it arrived, from the making of the simulator, on tokio's clock.
    pub at: Duration,
    /// Which change of the whole record was the last of this entry, so that a reader need not read the others again.
    pub changed: u64,
}

impl Recorded {
    /// A header's text, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// One line without a secret: what was asked, what was answered, and what it did to the processor.
impl fmt::Display for Recorded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method, self.path)?;
        if let Some(query) = &self.query {
            write!(formatter, "?{query}")?;
        }
        match self.status {
            Some(status) => write!(formatter, " -> {status}")?,
            None => write!(formatter, " -> no answer")?,
        }
        match (&self.state_before, &self.state_after) {
            (Some(before), Some(after)) if before == after => write!(formatter, " ({after})"),
            (Some(before), Some(after)) => write!(formatter, " ({before} -> {after})"),
            (Some(before), None) => write!(formatter, " ({before} -> gone)"),
            (None, _) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        known,
        testing::{send, with_orders},
    };

    #[tokio::test(start_paused = true)]
    async fn everything_about_a_request_is_kept() {
        let simulator = with_orders("STOPPED");
        tokio::time::advance(Duration::from_secs(3)).await;
        send(
            &simulator,
            "POST processor/orders:startWith?pretty=true",
            r#"{"tier":"SP5"}"#,
        )
        .await;
        send(&simulator, "GET processor/a%2Fb", "").await;
        let record = simulator.record();
        let start = &record[0];
        assert_eq!((start.sequence, record[1].sequence), (0, 1));
        assert_eq!(
            (start.operation, &start.method, start.status),
            (Operation::StartWith, &Method::POST, Some(200))
        );
        assert!(
            start.path.ends_with("/processor/orders:startWith"),
            "{}",
            start.path
        );
        assert_eq!(
            (start.query.as_deref(), &start.body[..]),
            (Some("pretty=true"), &br#"{"tier":"SP5"}"#[..])
        );
        assert_eq!(
            start.header("authorization"),
            Some(format!("Bearer {}", known::ACCESS_TOKEN).as_str())
        );
        assert_eq!(
            (start.group.as_deref(), start.tenant.as_deref()),
            (Some(known::GROUP_ID), Some(known::TENANT))
        );
        assert_eq!(start.at, Duration::from_secs(3));
        assert_eq!(
            (
                record[1].processor.as_deref(),
                record[1].state_before.as_deref()
            ),
            (Some("a/b"), None)
        );
        assert_eq!(
            (
                simulator.calls(Operation::StartWith),
                simulator.calls(Operation::Start)
            ),
            (1, 0)
        );
        simulator.clear_record();
        send(&simulator, "GET processor/orders", "").await;
        assert_eq!(
            (simulator.record().len(), simulator.record()[0].sequence),
            (1, 2)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_record_reads_as_a_story() {
        let simulator = with_orders("STOPPED");
        for (line, told) in [
            ("GET processor/orders", "GET …/orders -> 200 (STOPPED)"),
            (
                "POST processor/orders:start?pretty=true",
                "POST …/orders:start?pretty=true -> 200 (STOPPED -> STARTED)",
            ),
            (
                "DELETE processor/orders",
                "DELETE …/orders -> 204 (STARTED -> gone)",
            ),
            ("GET processor/orders", "GET …/orders -> 404"),
        ] {
            send(&simulator, line, "").await;
            let last = simulator.record().pop().expect("an entry").to_string();
            assert_eq!(
                last.replace(&format!("{}/processor", crate::testing::WORKSPACE), "…"),
                told
            );
        }
    }
}
