//! The exchange over real HTTP: reqwest, built when the first request is sent.

use std::{error::Error as StdError, fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::BytesMut;
use reqwest::{Certificate, redirect};
use tokio::time::timeout;
use url::Url;

use super::{
    connecting,
    exchange::{Exchange, ExchangeError, HttpRequest, HttpResponse},
    loopback::is_loopback,
    once::Once,
    roots::Roots,
    settings::CaVariables,
};

/// Real HTTP: TLS with the certificates of the system and of `SSL_CERT_FILE`, proxies as `HTTPS_PROXY` and `NO_PROXY` have them,
/// gzip, HTTP/2, connections used again. Redirects are answers like others: following them would carry credentials elsewhere.
pub struct HttpExchange {
    roots: Arc<Roots>,
    /// One for each [`Way`]; in practice all URLs go the same way, and one is built.
    clients: [Once<reqwest::Client, reqwest::Error>; 4],
}

impl fmt::Debug for HttpExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the clients: they know their proxies, with the credentials for those.
        f.debug_struct("HttpExchange")
            .field("roots", &self.roots)
            .finish_non_exhaustive()
    }
}

/// What a client depends on.
#[derive(Clone, Copy, Debug)]
struct Way {
    /// `https`, with the certificates of the system. Plain `http` must work where there are none at all.
    secure: bool,
    /// This machine is never reached through a proxy, whatever the environment says; Go does the same.
    loopback: bool,
}

impl Way {
    fn to(url: &Url) -> Self {
        Self {
            secure: url.scheme() != "http",
            loopback: is_loopback(url),
        }
    }

    fn index(self) -> usize {
        usize::from(self.secure) * 2 + usize::from(self.loopback)
    }
}

/// The longest body of a success, in bytes.
const SUCCESS_LIMIT: usize = 16 << 20;
/// The longest body of anything else.
const ERROR_LIMIT: usize = 1 << 20;

impl HttpExchange {
    /// Nothing is looked at yet.
    pub fn new(ca: Arc<CaVariables>) -> Self {
        Self {
            roots: Arc::new(Roots::new(ca)),
            clients: Default::default(),
        }
    }

    async fn client(&self, request: &HttpRequest) -> Result<&reqwest::Client, ExchangeError> {
        let way = Way::to(&request.url);
        let roots = Arc::clone(&self.roots);
        // Certificates are files, and a file may be on a disk that does not answer: nothing else must wait for it.
        let building = self.clients[way.index()].get(move || Self::builder(&roots, way).build());
        let limit = connecting::limit(request.timeout);
        let not_sent = |cause| Err(ExchangeError::NotSent { cause });
        match timeout(limit, building).await {
            Ok(Ok(Ok(client))) => Ok(client),
            Ok(Ok(Err(error))) => Err(self.not_built(error)),
            Ok(Err(panicked)) => not_sent(Arc::new(panicked)),
            Err(_) => not_sent(self.roots.unread(limit)),
        }
    }

    fn builder(roots: &Roots, way: Way) -> reqwest::ClientBuilder {
        let mut builder = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .referer(false)
            // Which request may be repeated is decided above, with a look at what it did.
            .retry(reqwest::retry::never())
            .connector_layer(connecting::Limit)
            .tcp_keepalive(Duration::from_secs(30));
        builder = if way.secure {
            builder.tls_certs_merge(roots.of_system())
        } else {
            builder.tls_certs_only(std::iter::empty::<Certificate>())
        };
        if way.loopback {
            builder = builder.no_proxy();
        }
        builder
    }

    fn not_built(&self, error: reqwest::Error) -> ExchangeError {
        // The platform's verifier has no error of its own for this.
        let no_certificates = tls_error(&error).is_some_and(
            |tls| matches!(tls, rustls::Error::General(text) if text.contains("No CA certificates")),
        );
        if no_certificates {
            let cause = self.roots.cause(error);
            ExchangeError::NoCaCertificates { cause }
        } else {
            let cause = Arc::new(error);
            ExchangeError::NotSent { cause }
        }
    }

    fn not_answered(&self, error: reqwest::Error, after: Duration) -> ExchangeError {
        // The URL is named by whoever reports the error.
        let error = error.without_url();
        let (connecting, timed_out) =
            (error.is_connect() || error.is_builder(), error.is_timeout());
        let untrusted = matches!(
            tls_error(&error),
            Some(rustls::Error::InvalidCertificate(_))
        );
        if untrusted && connecting && !timed_out {
            let cause = self.roots.cause(error);
            return ExchangeError::UntrustedCertificate { cause };
        }
        let unauthorized = connecting && causes(&error).any(refuses_credentials);
        let cause = Arc::new(error);
        if unauthorized {
            return ExchangeError::ProxyUnauthorized { cause };
        }
        match (connecting, timed_out) {
            (true, true) => ExchangeError::TimedOut {
                after: connecting::limit(after),
                sent: false,
            },
            (false, true) => ExchangeError::TimedOut { after, sent: true },
            (true, false) => ExchangeError::NotSent { cause },
            (false, false) => ExchangeError::Lost { cause },
        }
    }
}

#[async_trait]
impl Exchange for HttpExchange {
    async fn ready(&self, request: &HttpRequest) -> Result<(), ExchangeError> {
        self.client(request).await.map(drop)
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ExchangeError> {
        let client = self.client(&request).await?;
        let after = request.timeout;
        let mut wire = reqwest::Request::new(request.method, request.url);
        *wire.headers_mut() = request.headers;
        *wire.timeout_mut() = Some(after);
        *wire.body_mut() = request.body.map(Into::into);

        let mut response = connecting::within(connecting::limit(after), client.execute(wire))
            .await
            .map_err(|error| self.not_answered(error, after))?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let limit = if status.is_success() {
            SUCCESS_LIMIT
        } else {
            ERROR_LIMIT
        };
        let mut body = BytesMut::new();
        // The status has arrived, and stays true whatever becomes of the body.
        let (truncated, broken_off) = match read(&mut response, &mut body, limit).await {
            Ok(truncated) => (truncated, None),
            Err(error) => (false, Some(self.not_answered(error, after))),
        };
        Ok(HttpResponse {
            status,
            headers,
            body: body.freeze(),
            truncated,
            broken_off,
        })
    }
}

/// Reads into `body` until its end or the limit; whether it was longer.
async fn read(
    response: &mut reqwest::Response,
    body: &mut BytesMut,
    limit: usize,
) -> Result<bool, reqwest::Error> {
    while let Some(chunk) = response.chunk().await? {
        let room = limit - body.len();
        if chunk.len() > room {
            body.extend_from_slice(&chunk[..room]);
            return Ok(true);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(false)
}

/// The error of the TLS library inside another error, be it its source or wrapped by an I/O error.
fn tls_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    causes(error).find_map(|error| error.downcast_ref())
}

/// An error and what is below it, what an I/O error wraps included.
fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| below(*error))
}

fn below<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    let wrapped = error
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref);
    match wrapped {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

/// Whether a proxy asks for credentials, or for others: with CONNECT by its 407, with SOCKS in its handshake.
fn refuses_credentials(error: &(dyn StdError + 'static)) -> bool {
    // The types of these errors are nobody's to name.
    [
        "proxy authorization required",
        "credentials not accepted",
        "server implements authentication incorrectly",
        "server does not support user/pass authentication",
    ]
    .iter()
    .any(|words| error.to_string().ends_with(words))
}

#[cfg(test)]
#[path = "http_environment_tests.rs"]
mod environment_tests;
#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
#[cfg(test)]
#[path = "tls_tests.rs"]
mod tls_tests;
