//! What the answer to a POST says: accepted, or not.

use http::header;
use jiff::Timestamp;
use serde_json::Value;

use super::{
    api::Asked,
    envelope::{Unwrapped, unwrap},
    error::Error,
    exchange::HttpResponse,
    harmless::harmless_json,
    processor::Unreadable,
};

/// Atlas has acknowledged the request.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// The body, if there is one in JSON, taken out of its envelope; every text in it is harmless.
    pub body: Option<Value>,
    /// When the answer was there.
    pub at: Timestamp,
    /// The body broke off.
    pub broken_off: bool,
}

impl Accepted {
    /// Reads the answer to a request that may have asked for an envelope. A success must be one that Atlas may have written: nothing
    /// at all, as Atlas answers a start, or JSON, and said to be nothing else. The page of a proxy is none, not even an empty one:
    /// nothing says then that the request came any further. (A proxy that answers 200 with JSON of its own cannot be told from
    /// Atlas, whose answer to a failover is not documented; the looks that follow show what became of the start.) What else is in
    /// the body of a plain success is of no importance, not even that it broke off;
    /// with an envelope the body's own status counts.
    pub(super) fn read(
        asked: &Asked<'_>,
        response: &HttpResponse,
        envelope: bool,
    ) -> Result<Self, Error> {
        let at = asked.now;
        let accepted = |body: Option<Value>| Self {
            body: body.map(|body| harmless_json(&body, asked.secrets)),
            at,
            broken_off: response.broken_off.is_some(),
        };
        if !response.status.is_success() {
            return Err(Error::from_response(
                asked.method,
                asked.url,
                response,
                at,
                asked.secrets,
            ));
        }
        let is_empty = response.body.trim_ascii().is_empty() && response.broken_off.is_none();
        if is_empty && may_be_json(response) {
            return Ok(accepted(None));
        }
        let body = serde_json::from_slice(&response.body);
        if !is_json(response, body.is_ok()) {
            return Err(Error::bad_answer(
                asked.method,
                asked.url,
                response,
                at,
                asked.secrets,
                Unreadable("the answer is not JSON, as Atlas writes it"),
            ));
        }
        if !envelope {
            return Ok(accepted(body.ok()));
        }
        match body.map(unwrap) {
            Ok(Unwrapped::Content(body)) => Ok(accepted(body)),
            Ok(Unwrapped::Failure(status)) => Err(Error::from_envelope(
                asked.method,
                asked.url,
                response,
                status,
                at,
                asked.secrets,
            )),
            // The status inside is what counts, and it may be what did not come.
            Err(_) => Err(match response.broken_off.clone() {
                Some(error) => Error::from_exchange(error, asked.method, asked.url, true),
                None => Error::bad_answer(
                    asked.method,
                    asked.url,
                    response,
                    at,
                    asked.secrets,
                    Unreadable("the envelope is not JSON"),
                ),
            }),
        }
    }
}

/// Whether Atlas may have written this body: in JSON, and said to be nothing else. What is not whole is believed to have been that.
fn is_json(response: &HttpResponse, parsed: bool) -> bool {
    let not_whole = response.truncated || response.broken_off.is_some();
    may_be_json(response) && (parsed || not_whole)
}

/// Whether the answer does not say that it is something else.
fn may_be_json(response: &HttpResponse) -> bool {
    let content_type = response.headers.get(header::CONTENT_TYPE);
    content_type.is_none_or(|value| {
        let said = value.to_str().map(str::to_ascii_lowercase);
        said.is_ok_and(|said| said.contains("json"))
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::atlas::{Flags, Kind, StartOptions, Verdict, testing::*};

    const REFUSAL: &str = r#"{"error":403,"errorCode":"ACCESS_FORBIDDEN","detail":"No."}"#;
    const ENVELOPE: &str = r#"{"status":200,"content":{}}"#;

    async fn start(step: Step, envelope: bool) -> Result<Accepted, Error> {
        let script = Script::of([step]);
        let flags = Flags {
            envelope: envelope.then_some(true),
            pretty: None,
        };
        client(settings(), &script)
            .start(
                &path(),
                &StartOptions::default(),
                flags,
                &context(Duration::from_secs(60)),
            )
            .await
    }

    #[tokio::test(start_paused = true)]
    async fn a_success_stays_one_when_its_body_breaks_off() {
        for came in [0, 5] {
            let accepted = start(broken_off(answer(200, &[], "{\"a\": 1}"), came), false).await;
            assert_eq!(accepted.unwrap().body, None, "{came} bytes came");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_at_all_is_accepted_unless_it_is_said_to_be_a_page() {
        let versioned = "application/vnd.atlas.2024-05-30+json;charset=utf-8";
        for (content_type, accepted) in [
            (None, true),
            (Some(versioned), true),
            (Some("text/html; charset=utf-8"), false),
            (Some("text/plain"), false),
        ] {
            for body in ["", " \r\n"] {
                let headers = content_type.map(|said| ("content-type", said));
                let headers: Vec<_> = headers.into_iter().collect();
                let outcome = start(answer(200, &headers, body), false).await;
                assert_eq!(outcome.is_ok(), accepted, "{content_type:?}");
                if let Err(error) = outcome {
                    assert_eq!(error.kind(), Kind::BadAnswer);
                    assert!(error.may_have_been_processed());
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_whose_body_breaks_off_is_no_doubt_and_shows_what_came() {
        for (status, came, excerpt, verdict) in [
            (403, 30, Some(&REFUSAL[..30]), Verdict::Final),
            (403, 0, None, Verdict::Final),
            (400, 30, Some(&REFUSAL[..30]), Verdict::LookOnce),
            (429, 0, None, Verdict::Wait { rate_limited: true }),
        ] {
            for envelope in [false, true] {
                let refusal = broken_off(answer(status, &[], REFUSAL), came);
                let error = start(refusal, envelope).await.unwrap_err();
                assert_eq!(
                    (error.kind(), error.status(), error.excerpt()),
                    (Kind::Api, Some(status), excerpt)
                );
                assert!(!error.may_have_been_processed(), "{error:?}");
                assert!(error.broken_off().is_some(), "{error:?}");
                assert_eq!(error.verdict(), verdict, "{status} after {came} bytes");
            }
        }
        // Nothing was missing but the end of the connection.
        let whole = broken_off(answer(403, &[], REFUSAL), REFUSAL.len());
        let error = start(whole, false).await.unwrap_err();
        assert_eq!(error.error_code(), Some("ACCESS_FORBIDDEN"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_success_whose_envelope_breaks_off_is_lost() {
        for came in [0, 12] {
            let envelope = broken_off(answer(200, &[], ENVELOPE), came);
            let error = start(envelope, true).await.unwrap_err();
            assert_eq!(
                (error.kind(), error.may_have_been_processed()),
                (Kind::Lost, true),
                "{came} bytes came"
            );
        }
        let whole = broken_off(answer(200, &[], ENVELOPE), ENVELOPE.len());
        assert!(start(whole, true).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_processor_whose_description_breaks_off_is_asked_for_again() {
        let script = Script::of([broken_off(started(), 20), started()]);
        let processor = client(settings(), &script)
            .processor(&path(), &context(Duration::from_secs(60)))
            .await
            .unwrap();
        assert_eq!(processor.state, "STARTED");
    }
}
