//! What becomes of a request, on the wire or in memory.

use bytes::Bytes;
use http::Response;

/// What a client sees of one request.
#[derive(Debug)]
pub enum Outcome {
    /// A whole answer.
    Response(Response<Bytes>),
    /// No answer, ever; the connection stays open until the client gives up.
    NeverAnswered,
    /// The connection is reset, and Atlas has done nothing.
    ResetBeforeProcessing,
    /// The connection is reset, and Atlas has done what was asked.
    ResetAfterProcessing,
    /// The headers at once, then the body a byte at a time ([`crate::Settings::drip`] apart).
    SlowDrip(Response<Bytes>),
    /// The headers promise this body and then the connection closes half-way through it.
    Truncated(Response<Bytes>),
}

impl Outcome {
    /// The answer, where there is a whole one.
    pub fn response(self) -> Option<Response<Bytes>> {
        match self {
            Self::Response(response) => Some(response),
            _ => None,
        }
    }

    /// The status, where one is sent at all.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Response(response) | Self::SlowDrip(response) | Self::Truncated(response) => {
                Some(response.status().as_u16())
            }
            Self::NeverAnswered | Self::ResetBeforeProcessing | Self::ResetAfterProcessing => None,
        }
    }
}
