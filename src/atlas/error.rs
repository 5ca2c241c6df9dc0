//! A failed call: what was asked, what came back, and what that means.

use std::{fmt, time::Duration};

use http::{HeaderMap, Method, header};
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use super::{
    api_error::{ApiError, FieldViolation},
    exchange::{Cause, ExchangeError, HttpResponse},
    harmless::harmless,
    path::shown,
    retry_after::retry_after,
    verdict::{Facts, Verdict, verdict},
};

/// A failed call. What it holds is asked by its methods; no text in it can move a cursor or holds a secret of ours.
#[derive(Clone)]
pub struct Error(Box<Inner>);

/// The sort of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Atlas (or something on the way to it) answered with a status that is no success.
    Api,
    /// Name resolution, connection or TLS failed; Atlas saw nothing.
    NotSent,
    /// There are no CA certificates on this machine.
    NoCaCertificates,
    /// The server's certificate is not trusted, as behind a proxy with a CA of its own.
    UntrustedCertificate,
    /// The request was sent and its answer got lost.
    Lost,
    /// There was no answer in time.
    TimedOut,
    /// The call was cancelled.
    Cancelled,
    /// The deadline had passed before anything was sent.
    DeadlinePassed,
    /// There are no credentials; nothing was sent.
    NoCredentials,
    /// The request for an OAuth token failed; the call itself was not sent.
    Token,
    /// A success that can't be understood.
    BadAnswer,
    /// The request could not be built.
    BadRequest,
}

#[derive(Clone)]
struct Inner {
    kind: Kind,
    method: Method,
    url: String,
    status: Option<u16>,
    body: Option<ApiError>,
    content_type: Option<String>,
    excerpt: Option<String>,
    location: Option<String>,
    headers: Vec<(String, String)>,
    retry_after: Option<Duration>,
    may_have_been_processed: bool,
    attempts: u32,
    elapsed: Duration,
    cause: Option<Cause>,
}

/// How much of a body that isn't JSON is shown.
const EXCERPT: usize = 500;

impl Error {
    pub(super) fn new(kind: Kind, method: &Method, url: &Url) -> Self {
        Self::at(kind, method, url.to_string())
    }

    /// For a request whose URL could not be built.
    pub(super) fn at(kind: Kind, method: &Method, url: String) -> Self {
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
        }))
    }

    /// An exchange without an answer. `effective`: whether the request could have had its effect, had it arrived.
    pub(super) fn from_exchange(
        error: ExchangeError,
        method: &Method,
        url: &Url,
        effective: bool,
    ) -> Self {
        let (kind, sent) = match &error {
            ExchangeError::NotSent { .. } => (Kind::NotSent, false),
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
    pub(super) fn from_response(
        method: &Method,
        url: &Url,
        response: &HttpResponse,
        now: Timestamp,
        secrets: &[String],
    ) -> Self {
        let status = response.status.as_u16();
        let text = |name: &header::HeaderName| {
            response
                .headers
                .get(name)
                .map(|value| harmless(&String::from_utf8_lossy(value.as_bytes()), secrets))
        };
        let mut error = Self::new(Kind::Api, method, url);
        let body = ApiError::parse(&response.body, secrets);
        error.0.retry_after = retry_after(&response.headers, body.as_ref(), now);
        error.0.content_type = text(&header::CONTENT_TYPE);
        if body.is_none() {
            error.0.excerpt = excerpt(&response.body, secrets);
        }
        if response.status.is_redirection() {
            error.0.location =
                text(&header::LOCATION).map(|location| without_query(url, &location));
        }
        error.0.headers = telling(&response.headers, secrets);
        error.0.body = body;
        error.with_status(status)
    }

    /// A success whose envelope holds a failure.
    pub(super) fn from_envelope(
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
    pub(super) fn bad_answer(
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

    pub(super) fn processed(mut self, may_have_been: bool) -> Self {
        self.0.may_have_been_processed = may_have_been;
        self
    }

    pub(super) fn because(self, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.because_of(std::sync::Arc::new(cause))
    }

    pub(super) fn because_of(mut self, cause: Cause) -> Self {
        self.0.cause = Some(cause);
        self
    }

    /// The same failure as one of the token request: the call itself was never sent.
    pub(super) fn of_token(mut self) -> Self {
        self.0.may_have_been_processed = false;
        if !matches!(
            self.0.kind,
            Kind::NoCaCertificates
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
    pub(super) fn withhold_body(mut self) -> Self {
        self.0.body = None;
        self.0.excerpt = None;
        self
    }

    /// The same failure, now of another kind.
    pub(super) fn again(mut self, kind: Kind) -> Self {
        self.0.kind = kind;
        self
    }

    /// The time that it took, the number of tries left as it is.
    pub(super) fn lasted(mut self, elapsed: Duration) -> Self {
        self.0.elapsed = elapsed;
        self
    }

    /// What it took: the number of tries this far, the one that failed included, and the time.
    pub(super) fn after(mut self, attempts: u32, elapsed: Duration) -> Self {
        self.0.elapsed = elapsed;
        self.0.attempts = match self.0.kind {
            // These count the requests for the token, and have done so already.
            Kind::Token => self.0.attempts.max(1),
            // The last try was not made.
            Kind::NoCredentials | Kind::BadRequest | Kind::DeadlinePassed => {
                attempts.saturating_sub(1)
            }
            Kind::Cancelled if !self.0.may_have_been_processed => attempts.saturating_sub(1),
            _ => attempts,
        };
        self
    }

    /// The status: of the answer, or the one that the envelope of an answer held.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// `errorCode`.
    pub fn error_code(&self) -> Option<&str> {
        self.body()?.error_code.as_deref()
    }

    /// `reason`.
    pub fn reason(&self) -> Option<&str> {
        self.body()?.reason.as_deref()
    }

    /// `detail`.
    pub fn detail(&self) -> Option<&str> {
        self.body()?.detail.as_deref()
    }

    /// What Atlas really said: the second parameter of a `STREAM_PROCESSOR_GENERIC_ERROR`, else `detail`, else OAuth's `error_description`.
    pub fn message(&self) -> Option<&str> {
        self.body()?.message()
    }

    /// `parameters`, of whatever types.
    pub fn parameters(&self) -> &[Value] {
        self.body().map_or(&[], |body| &body.parameters)
    }

    /// `badRequestDetail.fields`.
    pub fn fields(&self) -> &[FieldViolation] {
        self.body().map_or(&[], |body| &body.fields)
    }

    /// Whether the answer carries Atlas' own error body, so that it is Atlas who speaks and no proxy.
    pub fn has_atlas_body(&self) -> bool {
        self.body().is_some_and(|body| {
            body.error_code.is_some() || body.status.is_some() || body.detail.is_some()
        })
    }

    /// The `Content-Type` of the answer.
    pub fn content_type(&self) -> Option<&str> {
        self.0.content_type.as_deref()
    }

    /// The first 500 characters of a body that isn't an error in JSON.
    pub fn excerpt(&self) -> Option<&str> {
        self.0.excerpt.as_deref()
    }

    /// OAuth's `error` (RFC 6749 §5.2), for example `invalid_client`.
    pub fn oauth_error(&self) -> Option<&str> {
        self.body()?.oauth_error.as_deref()
    }

    /// Where a redirect pointed, without query; it was not followed.
    pub fn location(&self) -> Option<&str> {
        self.0.location.as_deref()
    }

    /// The method of the failed request.
    pub fn method(&self) -> &str {
        self.0.method.as_str()
    }

    /// The URL of the failed request; it holds no secret.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// How many requests were sent; 0 when none was.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// How long the call took, waits included.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// Headers that help MongoDB's support to find the request: their version, request ids.
    pub fn headers(&self) -> &[(String, String)] {
        &self.0.headers
    }

    /// How long Atlas asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The sort of the failure.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Whether the request may have had its effect although it failed.
    pub fn may_have_been_processed(&self) -> bool {
        self.0.may_have_been_processed
    }

    /// What this means for what is done next.
    pub fn verdict(&self) -> Verdict {
        verdict(&Facts {
            kind: self.0.kind,
            status: self.0.status,
            error_code: self.error_code(),
            subject: self.parameters().first().and_then(Value::as_str),
            message: self.message(),
            may_have_been_processed: self.0.may_have_been_processed || self.0.method == Method::GET,
        })
    }

    fn body(&self) -> Option<&ApiError> {
        self.0.body.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.0.method, self.0.url)?;
        match self.0.kind {
            Kind::Api => f.write_str("the answer is no success")?,
            Kind::NotSent => f.write_str("the request could not be sent")?,
            Kind::NoCaCertificates => f.write_str("there are no CA certificates on this system")?,
            Kind::UntrustedCertificate => {
                f.write_str("the certificate of the server is not trusted")?
            }
            Kind::Lost => f.write_str("the answer got lost")?,
            Kind::TimedOut => f.write_str("there was no answer in time")?,
            Kind::Cancelled => f.write_str("cancelled")?,
            Kind::DeadlinePassed => f.write_str("the deadline has passed")?,
            Kind::NoCredentials => f.write_str("there are no credentials")?,
            Kind::Token => f.write_str("the request for an access token failed")?,
            Kind::BadAnswer => f.write_str("the answer can not be understood")?,
            Kind::BadRequest => f.write_str("the request can not be built")?,
        }
        if let Some(status) = self.0.status {
            write!(f, ", HTTP {status}")?;
        }
        for word in [self.error_code(), self.oauth_error()]
            .into_iter()
            .flatten()
        {
            write!(f, " {word}")?;
        }
        if let Some(location) = self.location() {
            write!(f, ", it points to {location}")?;
        }
        match self.message().or(self.reason()) {
            Some(message) => write!(f, ": {message}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("display", &self.to_string())
            .field("may_have_been_processed", &self.0.may_have_been_processed)
            .field("attempts", &self.0.attempts)
            .field("cause", &self.0.cause)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0
            .cause
            .as_deref()
            .map(|cause| cause as &(dyn std::error::Error + 'static))
    }
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
