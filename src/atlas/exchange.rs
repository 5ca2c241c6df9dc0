//! One HTTP request and its answer: the trait that the whole client is written against.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, StatusCode};
use url::Url;

/// Sends one request and brings its answer, without following redirects and without repeating anything.
#[async_trait]
pub trait Exchange: Send + Sync {
    /// Gets ready for a request: whatever may take its time before a connection can be made at all. It may be dropped at any time.
    ///
    /// # Errors
    /// Nothing was sent, and nothing can be.
    async fn ready(&self, _request: &HttpRequest) -> Result<(), ExchangeError> {
        Ok(())
    }

    /// One request, at most one answer.
    ///
    /// # Errors
    /// An [`ExchangeError`] says how far the request got, which decides whether it may be repeated.
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ExchangeError>;
}

/// A request as it goes to the wire. Its debug form has no body: that of a revocation is a token.
#[derive(Clone)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The absolute URL, already percent-encoded.
    pub url: Url,
    /// All headers of ours; `Authorization` is marked as sensitive.
    pub headers: HeaderMap,
    /// The body; `None` sends none at all.
    pub body: Option<Bytes>,
    /// How long the whole exchange may take: no longer than the settings and the deadline leave it.
    pub timeout: Duration,
}

/// The answer to a request. Its debug form has no body, which may be a token, and of the headers only the names.
#[derive(Clone)]
pub struct HttpResponse {
    /// The status, redirects included.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed, cut off at the size limit.
    pub body: Bytes,
    /// Whether the body was longer than the size limit.
    pub truncated: bool,
    /// What ended the body before its end, after `status` and `headers` had arrived; `body` is what came until then.
    pub broken_off: Option<ExchangeError>,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("url", &self.url.as_str())
            // What is sensitive says so, and does not show itself.
            .field("headers", &self.headers)
            .field("body_length", &self.body.as_ref().map(Bytes::len))
            .field("timeout", &self.timeout)
            .finish()
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<&str> = self.headers.keys().map(HeaderName::as_str).collect();
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .field("headers", &headers)
            .field("body_length", &self.body.len())
            .field("truncated", &self.truncated)
            .field("broken_off", &self.broken_off)
            .finish()
    }
}

/// The cause of a failed exchange, shared because one failed token request may end many calls.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// Why there's no answer, and what Atlas may have seen of the request.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ExchangeError {
    /// Name resolution, connection or TLS failed: Atlas saw nothing of the request.
    #[error("the connection could not be made")]
    NotSent {
        /// What failed.
        #[source]
        cause: Cause,
    },
    /// The proxy on the way wants to know who asks, or does not accept what it was told: Atlas saw nothing, and another try would
    /// hear the same.
    #[error("the proxy does not accept the credentials for it")]
    ProxyUnauthorized {
        /// What the proxy said.
        #[source]
        cause: Cause,
    },
    /// The server's certificate is not to be trusted: Atlas saw nothing, and another try would see the same certificate.
    #[error("the certificate of the server is not trusted")]
    UntrustedCertificate {
        /// What is wrong with it.
        #[source]
        cause: Cause,
    },
    /// There are no CA certificates on this machine: nothing was sent.
    #[error("there are no CA certificates on this system")]
    NoCaCertificates {
        /// What the TLS library said.
        #[source]
        cause: Cause,
    },
    /// The request was sent, at least in part, and its answer got lost.
    #[error("the connection was lost before the answer had arrived")]
    Lost {
        /// What failed.
        #[source]
        cause: Cause,
    },
    /// There was no answer in time.
    #[error("there was no {} within {}", if *sent { "answer" } else { "connection" }, Seconds(*after))]
    TimedOut {
        /// How long the exchange was given.
        after: Duration,
        /// Whether the request may have reached Atlas; `false` when the connection was never made.
        sent: bool,
    },
}

/// A duration in the short form of messages: `90s`, `0.5s`.
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.subsec_millis() == 0 {
            write!(f, "{}s", self.0.as_secs())
        } else {
            write!(f, "{:.1}s", self.0.as_secs_f64())
        }
    }
}
