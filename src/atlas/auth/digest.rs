//! HTTP Digest (RFC 7616) with an API key; nonces are used again, so that N calls take N + 1 exchanges.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU32, Ordering},
};

use digest_auth::{AuthContext, HttpMethod, WwwAuthenticateHeader};
use http::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{
    super::{
        context::Context,
        courier::{Courier, Effect},
        error::{Error, Kind},
        exchange::{HttpRequest, HttpResponse},
    },
    Secrets, authorize, challenge,
    turn::turn,
};

/// An API key, and the nonce that is in use.
pub(super) struct Digest {
    public_key: String,
    private_key: SecretString,
    current: Mutex<Option<Arc<Nonce>>>,
    /// Held while the first nonce is fetched and spent, so that calls beside it wait for that nonce.
    fetching: tokio::sync::Mutex<()>,
}

/// A nonce of the server, and how often it was used.
struct Nonce {
    prompt: WwwAuthenticateHeader,
    uses: AtomicU32,
}

impl Digest {
    pub(super) fn new(public_key: String, private_key: SecretString) -> Self {
        Self {
            public_key,
            private_key,
            current: Mutex::default(),
            fetching: tokio::sync::Mutex::default(),
        }
    }

    /// A 401 to a nonce that was used before is repeated once with the new challenge, whatever its `stale` says. A 401 to a fresh nonce is final.
    pub(super) async fn send(
        &self,
        courier: &Courier,
        request: HttpRequest,
        effect: Effect,
        context: &Context,
    ) -> Result<HttpResponse, Error> {
        if let Some(nonce) = self.current() {
            return self
                .send_with_used(nonce, courier, request, effect, context)
                .await;
        }
        let fetching = turn(self.fetching.lock(), &request, context).await?;
        if let Some(nonce) = self.current() {
            drop(fetching);
            return self
                .send_with_used(nonce, courier, request, effect, context)
                .await;
        }
        // Without credentials it can have no effect, whatever its method.
        let refusal = courier
            .carry(request.clone(), Effect::None, context)
            .await?;
        self.answer(refusal, None, courier, request, effect, context)
            .await
    }

    pub(super) fn secrets(&self) -> Secrets {
        Secrets::new(vec![self.private_key.expose_secret().to_owned()])
    }

    async fn send_with_used(
        &self,
        nonce: Arc<Nonce>,
        courier: &Courier,
        request: HttpRequest,
        effect: Effect,
        context: &Context,
    ) -> Result<HttpResponse, Error> {
        let response = courier
            .carry(self.sign(request.clone(), &nonce)?, effect, context)
            .await?;
        if response.status == StatusCode::UNAUTHORIZED && challenged(&response).is_none() {
            // Nothing to answer to: a request without credentials brings the new challenge.
            let refusal = courier
                .carry(request.clone(), Effect::None, context)
                .await?;
            return match challenged(&refusal) {
                Some(_) => {
                    self.answer(refusal, None, courier, request, effect, context)
                        .await
                }
                None => Ok(response),
            };
        }
        self.answer(response, Some(nonce), courier, request, effect, context)
            .await
    }

    /// Answers the challenge of a 401. The fresh nonce is shared only after this request has spent it: where nonces are good for one
    /// use, another call would take it away, and this one has no further try.
    async fn answer(
        &self,
        refusal: HttpResponse,
        used: Option<Arc<Nonce>>,
        courier: &Courier,
        request: HttpRequest,
        effect: Effect,
        context: &Context,
    ) -> Result<HttpResponse, Error> {
        let Some(prompt) = challenged(&refusal) else {
            return Ok(refusal);
        };
        let nonce = match used {
            // A server with one nonce for all times still wants its count to grow.
            Some(used) if used.prompt.nonce == prompt.nonce => used,
            _ => Nonce::new(prompt),
        };
        let response = courier
            .carry(self.sign(request, &nonce)?, effect, context)
            .await?;
        self.share(nonce);
        Ok(response)
    }

    fn current(&self) -> Option<Arc<Nonce>> {
        self.current
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn share(&self, nonce: Arc<Nonce>) {
        // A session algorithm binds the nonce to the client nonce of its first use: such a nonce serves one request.
        let shared = (!nonce.prompt.algorithm.sess).then_some(nonce);
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = shared;
    }

    fn sign(&self, mut request: HttpRequest, nonce: &Nonce) -> Result<HttpRequest, Error> {
        let value = self.authorization(&request, nonce, None).map_err(|error| {
            Error::new(Kind::BadRequest, &request.method, &request.url).because(error)
        })?;
        authorize(&mut request, &value.into())?;
        Ok(request)
    }

    /// The `Authorization` for a request. A client nonce is only handed in to compare with known answers; otherwise it is random.
    fn authorization(
        &self,
        request: &HttpRequest,
        nonce: &Nonce,
        cnonce: Option<&str>,
    ) -> Result<String, digest_auth::Error> {
        let mut context = AuthContext::new_with_method(
            self.public_key.as_str(),
            self.private_key.expose_secret(),
            target(&request.url),
            // Only `auth-int` would look at the body, and it is never chosen.
            None::<&[u8]>,
            HttpMethod::from(request.method.as_str()),
        );
        if let Some(cnonce) = cnonce {
            context.set_custom_cnonce(cnonce);
        }
        nonce.respond(&context)
    }
}

impl Nonce {
    fn new(prompt: WwwAuthenticateHeader) -> Arc<Self> {
        Arc::new(Self {
            prompt,
            uses: AtomicU32::new(0),
        })
    }

    /// The `Authorization` for one request, under a count of its own.
    fn respond(&self, context: &AuthContext<'_>) -> Result<String, digest_auth::Error> {
        let mut prompt = self.prompt.clone();
        prompt.nc = self.uses.fetch_add(1, Ordering::Relaxed);
        Ok(prompt.respond(context)?.to_header_string())
    }
}

fn challenged(response: &HttpResponse) -> Option<WwwAuthenticateHeader> {
    if response.status == StatusCode::UNAUTHORIZED {
        challenge::choose(&response.headers)
    } else {
        None
    }
}

/// The request target exactly as it is sent, query included.
fn target(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

#[cfg(test)]
#[path = "digest_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "digest_order_tests.rs"]
mod order_tests;
