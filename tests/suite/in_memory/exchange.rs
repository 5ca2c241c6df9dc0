//! The simulator as the client's exchange, without a socket in between.

use std::sync::Arc;

use async_trait::async_trait;
use atlas_simulator::{Outcome, Simulator};
use bytes::Bytes;
use terraform_provider_atlas::atlas::{Exchange, ExchangeError, HttpRequest, HttpResponse};

/// Where a redirect of the simulator's points that stands for a connection which is refused: nothing was sent.
pub(crate) const NOT_SENT: &str = "exchange:not-sent";

/// The same for a server whose certificate is not trusted.
pub(crate) const UNTRUSTED: &str = "exchange:untrusted";

/// Hands each request to the simulator's logic.
pub(crate) struct InMemory(pub(crate) Simulator);

#[async_trait]
impl Exchange for InMemory {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ExchangeError> {
        let after = request.timeout;
        let timed_out = ExchangeError::TimedOut { after, sent: true };
        let answer = tokio::time::timeout(after, self.0.handle(as_http(request)));
        match answer.await.map_err(|_| timed_out.clone())? {
            Outcome::Response(response) => match location(&response) {
                NOT_SENT => Err(ExchangeError::NotSent {
                    cause: Arc::new(std::io::Error::other("connection refused")),
                }),
                UNTRUSTED => Err(ExchangeError::UntrustedCertificate {
                    cause: Arc::new(std::io::Error::other("unknown issuer")),
                }),
                _ => Ok(as_answer(response)),
            },
            Outcome::NeverAnswered => {
                tokio::time::sleep(after).await;
                Err(timed_out)
            }
            Outcome::SlowDrip(response) => {
                tokio::time::sleep(after).await;
                Ok(broken_off(response, timed_out))
            }
            Outcome::Truncated(response) => Ok(broken_off(response, reset())),
            Outcome::ResetBeforeProcessing | Outcome::ResetAfterProcessing => Err(reset()),
        }
    }
}

fn location(response: &http::Response<Bytes>) -> &str {
    let location = response.headers().get(http::header::LOCATION);
    location
        .and_then(|location| location.to_str().ok())
        .unwrap_or_default()
}

fn reset() -> ExchangeError {
    ExchangeError::Lost {
        cause: Arc::new(std::io::Error::other("connection reset by peer")),
    }
}

/// Status and headers, and as over a socket about half of the body.
fn broken_off(response: http::Response<Bytes>, why: ExchangeError) -> HttpResponse {
    let mut answer = as_answer(response);
    answer.body.truncate(answer.body.len() / 2);
    answer.broken_off = Some(why);
    answer
}

fn as_http(request: HttpRequest) -> http::Request<Bytes> {
    let mut built = http::Request::new(request.body.unwrap_or_default());
    *built.method_mut() = request.method;
    *built.uri_mut() = request
        .url
        .as_str()
        .parse()
        .expect("the client's URL is a URI");
    *built.headers_mut() = request.headers;
    built
}

fn as_answer(response: http::Response<Bytes>) -> HttpResponse {
    let (head, body) = response.into_parts();
    HttpResponse {
        status: head.status,
        headers: head.headers,
        body,
        truncated: false,
        broken_off: None,
    }
}
