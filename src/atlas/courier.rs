//! Carries one request to the exchange, within deadline and cancellation.

use std::{sync::Arc, time::Duration};

use http::StatusCode;
use tokio::time::{Instant, timeout};
use url::Url;

use super::{
    clock::Clock,
    context::Context,
    envelope::{Unwrapped, unwrap},
    error::{Error, Kind},
    exchange::{Exchange, ExchangeError, HttpRequest, HttpResponse},
};

/// How long a cancelled request that may have had an effect is given to say so.
const LAST_WORD: Duration = Duration::from_secs(1);
/// The exchange keeps its own time; this much later it is not waited for any more.
const GRACE: Duration = Duration::from_millis(250);

/// Whether a request, once it has arrived, may change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It reads, or carries no credentials yet: it may be dropped at any time.
    None,
    /// It must not be dropped without need.
    Possible,
}

/// What carries requests.
pub(super) struct Courier {
    pub(super) exchange: Arc<dyn Exchange>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) request_timeout: Duration,
    pub(super) max_retries: u32,
}

impl Courier {
    /// One exchange; nothing is repeated. Any answer is a success here, whatever its status.
    pub(super) async fn carry(
        &self,
        mut request: HttpRequest,
        effect: Effect,
        context: &Context,
    ) -> Result<HttpResponse, Error> {
        let (method, url) = (request.method.clone(), request.url.clone());
        let failed = |kind| Error::new(kind, &method, &url);
        if context.cancel.is_cancelled() {
            return Err(failed(Kind::Cancelled));
        }
        let enveloped = asks_for_envelope(&url);
        let started = Instant::now();
        let longest = request.timeout.min(self.request_timeout);
        let time_left = || {
            let left = context.deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(failed(Kind::DeadlinePassed));
            }
            Ok(longest.min(left))
        };
        request.timeout = time_left()?;
        let ready = tokio::select! {
            biased;
            ready = self.exchange.ready(&request) => ready,
            () = context.cancel.cancelled() => return Err(failed(Kind::Cancelled)),
        };
        if let Err(error) = ready {
            tracing::debug!(%method, %url, %error, "nothing can be sent to Atlas");
            return Err(Error::from_exchange(error, &method, &url, false));
        }
        // Not before: it may have waited long for a token, a nonce or the rate limit.
        if effect == Effect::Possible && context.abandoned.is_cancelled() {
            tracing::warn!(%method, %url, "nobody waits for this request any more: it is not sent");
            return Err(failed(Kind::Cancelled));
        }
        request.timeout = time_left()?;
        let after = request.timeout;

        let exchange = async {
            match timeout(after + GRACE, self.exchange.exchange(request)).await {
                Ok(answer) => answer,
                Err(_) => Err(ExchangeError::TimedOut { after, sent: true }),
            }
        };
        tokio::pin!(exchange);
        let answer = tokio::select! {
            biased;
            answer = &mut exchange => answer,
            () = context.cancel.cancelled() => {
                let last_word = match effect {
                    Effect::None => None,
                    Effect::Possible => timeout(LAST_WORD, &mut exchange).await.ok(),
                };
                last_word.ok_or_else(|| {
                    let cancelled = failed(Kind::Cancelled).on_its_way();
                    cancelled.processed(effect == Effect::Possible)
                })?
            }
        };
        let elapsed = started.elapsed();
        match answer {
            Ok(mut response) => {
                if enveloped && is_unauthorized_inside(&response) {
                    // The envelope is believed, and a new nonce or token may cure this one too.
                    response.status = StatusCode::UNAUTHORIZED;
                }
                tracing::debug!(%method, %url, status = response.status.as_u16(), elapsed_ms = elapsed.as_millis(), "Atlas answered");
                Ok(response)
            }
            Err(error) => {
                tracing::debug!(%method, %url, %error, elapsed_ms = elapsed.as_millis(), "Atlas did not answer");
                Err(Error::from_exchange(
                    error,
                    &method,
                    &url,
                    effect == Effect::Possible,
                ))
            }
        }
    }
}

fn asks_for_envelope(url: &Url) -> bool {
    url.query_pairs()
        .any(|(name, value)| name == "envelope" && value == "true")
}

fn is_unauthorized_inside(response: &HttpResponse) -> bool {
    response.status.is_success()
        && serde_json::from_slice(&response.body)
            .is_ok_and(|body| unwrap(body) == Unwrapped::Failure(401))
}

#[cfg(test)]
#[path = "courier_tests.rs"]
mod tests;
