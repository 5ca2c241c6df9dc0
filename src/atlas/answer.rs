//! What the answer to a POST says: accepted, or not.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    client::Asked,
    envelope::{Unwrapped, unwrap},
    error::Error,
    exchange::HttpResponse,
    processor::Unreadable,
};

/// Atlas has acknowledged the request.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// The body, if there is one in JSON, taken out of its envelope.
    pub body: Option<Value>,
    /// When the answer was there.
    pub at: Timestamp,
}

impl Accepted {
    /// Reads the answer to a request that may have asked for an envelope. The body of a plain success is of no importance, and so
    /// nothing in it can turn the success into a failure; with an envelope the body's own status counts.
    pub(super) fn read(
        asked: &Asked<'_>,
        response: &HttpResponse,
        envelope: bool,
    ) -> Result<Self, Error> {
        let at = asked.now;
        if !response.status.is_success() {
            return Err(Error::from_response(
                asked.method,
                asked.url,
                response,
                at,
                asked.secrets,
            ));
        }
        if response.body.trim_ascii().is_empty() {
            return Ok(Self { body: None, at });
        }
        let body = serde_json::from_slice(&response.body);
        if !envelope {
            return Ok(Self {
                body: body.ok(),
                at,
            });
        }
        match body.map(unwrap) {
            Ok(Unwrapped::Content(body)) => Ok(Self { body, at }),
            Ok(Unwrapped::Failure(status)) => Err(Error::from_envelope(
                asked.method,
                asked.url,
                response,
                status,
                at,
                asked.secrets,
            )),
            Err(_) => Err(Error::bad_answer(
                asked.method,
                asked.url,
                response,
                at,
                asked.secrets,
                Unreadable("the envelope is not JSON"),
            )),
        }
    }
}
