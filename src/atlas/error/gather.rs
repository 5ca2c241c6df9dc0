//! How the parts of an [`Error`] are gathered: from an exchange that failed, and from an answer that is no success.

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, Method, header};
use jiff::Timestamp;
use url::Url;

use super::{
    super::{
        api_error::ApiError,
        exchange::{Cause, ExchangeError, HttpResponse},
        harmless::harmless,
        path::shown,
        retry_after::retry_after,
    },
    Error, Inner, Kind,
};

/// How much of a body that isn't JSON is shown.
const EXCERPT: usize = 500;

impl Error {
    pub(in crate::atlas) fn new(kind: Kind, method: &Method, url: &Url) -> Self {
        Self::at(kind, method, url.to_string())
    }

    /// For a request whose URL could not be built.
    pub(in crate::atlas) fn at(kind: Kind, method: &Method, url: String) -> Self {
        Self(Box::new(Inner {
            kind,
            method: method.clone(),
            url,
            status: None,
            body: None,
            content_type: None,
            excerpt: None,
            location: None,
            headers: Vec::new(),
            retry_after: None,
            may_have_been_processed: false,
            attempts: 0,
            elapsed: Duration::ZERO,
            cause: None,
            answered_before: None,
        }))
    }

    /// An exchange without an answer. `effective`: whether the request could have had its effect, had it arrived.
    pub(in crate::atlas) fn from_exchange(
        error: ExchangeError,
        method: &Method,
        url: &Url,
        effective: bool,
    ) -> Self {
        let (kind, sent) = match &error {
            ExchangeError::NotSent { .. } => (Kind::NotSent, false),
            ExchangeError::ProxyUnauthorized { .. } => (Kind::ProxyUnauthorized, false),
            ExchangeError::UntrustedCertificate { .. } => (Kind::UntrustedCertificate, false),
            ExchangeError::NoCaCertificates { .. } => (Kind::NoCaCertificates, false),
            ExchangeError::Lost { .. } => (Kind::Lost, true),
            ExchangeError::TimedOut { sent, .. } => (Kind::TimedOut, *sent),
        };
        Self::new(kind, method, url)
            .processed(sent && effective)
            .because(error)
    }

    /// An answer that is no success.
    pub(in crate::atlas) fn from_response(
        method: &Method,
        url: &Url,
        response: &HttpResponse,
        now: Timestamp,
        secrets: &[String],
    ) -> Self {
        let status = response.status.as_u16();
        let text = |name: &header::HeaderName| {
            let value = response.headers.get(name)?;
            Some(String::from_utf8_lossy(value.as_bytes()))
        };
        let mut error = Self::new(Kind::Api, method, url);
        let body = ApiError::parse(&response.body, secrets, asks_for_an_envelope(url));
        error.0.retry_after = retry_after(&response.headers, body.as_ref(), now);
        error.0.content_type =
            text(&header::CONTENT_TYPE).map(|content_type| harmless(&content_type, secrets));
        if !body.as_ref().is_some_and(ApiError::tells_all) {
            error.0.excerpt = excerpt(&response.body, secrets);
        }
        if response.status.is_redirection() {
            // Only then: a URL is spelt otherwise once it is read, and may be one of our secrets no sooner than that.
            error.0.location = text(&header::LOCATION)
                .map(|location| harmless(&without_query(url, &location), secrets));
        }
        error.0.headers = telling(&response.headers, secrets);
        error.0.body = body;
        if let Some(broken_off) = response.broken_off.clone() {
            error = error.because(broken_off);
        }
        error.with_status(status)
    }

    /// A success whose envelope holds a failure.
    pub(in crate::atlas) fn from_envelope(
        method: &Method,
        url: &Url,
        response: &HttpResponse,
        status: u16,
        now: Timestamp,
        secrets: &[String],
    ) -> Self {
        Self::from_response(method, url, response, now, secrets).with_status(status)
    }

    /// A success that can't be understood.
    pub(in crate::atlas) fn bad_answer(
        method: &Method,
        url: &Url,
        response: &HttpResponse,
        now: Timestamp,
        secrets: &[String],
        cause: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        let mut error = Self::from_response(method, url, response, now, secrets);
        error.0.kind = Kind::BadAnswer;
        error.0.excerpt = excerpt(&response.body, secrets);
        error.processed(*method != Method::GET).because(cause)
    }

    fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        // A server error says nothing of how far the request came; any other refusal came before its effect.
        self.0.may_have_been_processed = self.0.method != Method::GET
            && (matches!(status, 408) || (status >= 500 && !matches!(status, 501 | 505)));
        self
    }

    pub(in crate::atlas) fn processed(mut self, may_have_been: bool) -> Self {
        self.0.may_have_been_processed = may_have_been;
        self
    }

    pub(in crate::atlas) fn because(
        self,
        cause: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        self.because_of(Arc::new(cause))
    }

    pub(in crate::atlas) fn because_of(mut self, cause: Cause) -> Self {
        self.0.cause = Some(cause);
        self
    }

    /// The same failure as one of the token request: the call itself was never sent.
    pub(in crate::atlas) fn of_token(mut self) -> Self {
        self.0.may_have_been_processed = false;
        if !matches!(
            self.0.kind,
            Kind::NoCaCertificates
                | Kind::ProxyUnauthorized
                | Kind::UntrustedCertificate
                | Kind::Cancelled
                | Kind::DeadlinePassed
                | Kind::BadRequest
        ) {
            self.0.kind = Kind::Token;
        }
        self
    }

    /// Without anything of the body.
    pub(in crate::atlas) fn withhold_body(mut self) -> Self {
        self.0.body = None;
        self.0.excerpt = None;
        self
    }

    /// The try was on its way.
    pub(in crate::atlas) fn on_its_way(mut self) -> Self {
        self.0.attempts = 1;
        self
    }

    /// The same failure, now of another kind.
    pub(in crate::atlas) fn again(mut self, kind: Kind) -> Self {
        self.0.kind = kind;
        self
    }

    /// The time that it took, the number of tries left as it is.
    pub(in crate::atlas) fn lasted(mut self, elapsed: Duration) -> Self {
        self.0.elapsed = elapsed;
        self
    }

    /// The same failure, after tries of the same request of which this was the last answer. It is kept where this failure is no
    /// answer itself, and would otherwise hide what Atlas said; not where it has another answer for its reason.
    pub fn following(mut self, answer: Option<Self>) -> Self {
        if self.0.kind != Kind::Api && self.0.answered_before.is_none() {
            self.0.answered_before = answer;
        }
        self
    }

    /// What it took: the number of tries this far, the one that failed included, and the time.
    pub fn after(mut self, attempts: u32, elapsed: Duration) -> Self {
        self.0.elapsed = elapsed;
        self.0.attempts = match self.0.kind {
            // These count the requests for the token, and have done so already.
            Kind::Token => self.0.attempts.max(1),
            // The last try was not made.
            Kind::NoCredentials | Kind::BadRequest | Kind::DeadlinePassed | Kind::RateLimited => {
                attempts.saturating_sub(1)
            }
            Kind::Cancelled if self.0.attempts == 0 => attempts.saturating_sub(1),
            _ => attempts,
        };
        self
    }
}

fn asks_for_an_envelope(url: &Url) -> bool {
    url.query_pairs()
        .any(|(name, value)| name == "envelope" && value == "true")
}

fn excerpt(body: &[u8], secrets: &[String]) -> Option<String> {
    let start = &body[..body.len().min(16 * EXCERPT)];
    let text: String = harmless(&String::from_utf8_lossy(start), secrets)
        .chars()
        .take(EXCERPT)
        .collect();
    (!text.is_empty()).then_some(text)
}

/// Where a `Location` leads, relative ones resolved; the query may hold secrets and is left out.
fn without_query(url: &Url, location: &str) -> String {
    match url.join(location) {
        Ok(target) => shown(&target),
        Err(_) => location
            .split(['?', '#'])
            .next()
            .unwrap_or_default()
            .to_owned(),
    }
}

fn telling(headers: &HeaderMap, secrets: &[String]) -> Vec<(String, String)> {
    let tells = |name: &str| {
        name == "x-mongodb-service-version"
            || name.ends_with("request-id")
            || name.ends_with("correlation-id")
    };
    headers
        .iter()
        .filter(|(name, _)| tells(name.as_str()))
        .map(|(name, value)| {
            (
                name.as_str().to_owned(),
                harmless(&String::from_utf8_lossy(value.as_bytes()), secrets),
            )
        })
        .collect()
}
