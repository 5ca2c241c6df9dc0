//! A failed call: what was asked, what came back, and what that means.

mod gather;

use std::{fmt, time::Duration};

use http::Method;
use serde_json::Value;

use super::{
    api_error::{ApiError, FieldViolation},
    exchange::{Cause, ExchangeError},
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
    /// A proxy wants credentials of its own, or others than it got; Atlas saw nothing.
    ProxyUnauthorized,
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
    /// Atlas limits the requests of this project, and asks to wait longer than there is time; nothing was sent.
    RateLimited,
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
    answered_before: Option<Error>,
}

impl Error {
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

    /// Whether Atlas itself says that what was asked for does not exist: a 404 whose body is an error of Atlas' own and says
    /// so too. Any other 404 is somebody else's, or that of a token request, and proves nothing.
    pub fn is_not_found(&self) -> bool {
        self.0.kind == Kind::Api
            && self.0.status == Some(404)
            && self.has_atlas_body()
            && self.body().is_some_and(|body| body.status == Some(404))
    }

    /// Whether the answer carries Atlas' own error body, so that it is Atlas who speaks and no proxy.
    pub fn has_atlas_body(&self) -> bool {
        self.body().is_some_and(ApiError::is_of_atlas)
    }

    /// The `Content-Type` of the answer.
    pub fn content_type(&self) -> Option<&str> {
        self.0.content_type.as_deref()
    }

    /// The first 500 characters of a body that isn't an error in JSON as Atlas writes them.
    pub fn excerpt(&self) -> Option<&str> {
        self.0.excerpt.as_deref()
    }

    /// What broke the body of the answer off before its end.
    pub fn broken_off(&self) -> Option<&ExchangeError> {
        self.0.status?;
        self.0.cause.as_deref()?.downcast_ref()
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

    /// The last answer to the same request before this failure, which is none itself; of [`Kind::RateLimited`] the 429 to another
    /// request about the same project.
    pub fn answered_before(&self) -> Option<&Self> {
        self.0.answered_before.as_ref()
    }

    /// The last answer that is known: this one, or the one before this failure.
    pub fn last_answer(&self) -> Option<&Self> {
        match self.0.kind {
            Kind::Api => Some(self),
            _ => self.answered_before(),
        }
    }

    /// What this means for what is done next.
    pub fn verdict(&self) -> Verdict {
        verdict(&Facts {
            kind: self.0.kind,
            status: self.0.status,
            error_code: self.error_code(),
            subject: self.parameters().first().and_then(Value::as_str),
            message: self.message(),
            broken_off: self.broken_off().is_some(),
            reads: self.0.method == Method::GET,
            may_have_been_processed: self.0.may_have_been_processed || self.0.method == Method::GET,
        })
    }

    fn body(&self) -> Option<&ApiError> {
        self.0.body.as_ref()
    }

    /// What was answered, in short.
    fn write_answer(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.0.method, self.0.url)?;
        match self.0.kind {
            Kind::Api => f.write_str("the answer is no success")?,
            Kind::NotSent => f.write_str("the request could not be sent")?,
            Kind::ProxyUnauthorized => {
                f.write_str("the proxy does not accept the credentials for it")?
            }
            Kind::NoCaCertificates => f.write_str("there are no CA certificates on this system")?,
            Kind::UntrustedCertificate => {
                f.write_str("the certificate of the server is not trusted")?
            }
            Kind::Lost => f.write_str("the answer got lost")?,
            Kind::TimedOut => f.write_str("there was no answer in time")?,
            Kind::Cancelled => f.write_str("cancelled")?,
            Kind::DeadlinePassed => f.write_str("the deadline has passed")?,
            Kind::RateLimited => {
                f.write_str("the rate limit of the project leaves no time for it")?
            }
            Kind::NoCredentials => f.write_str("there are no credentials")?,
            Kind::Token => f.write_str("the request for an access token failed")?,
            Kind::BadAnswer => f.write_str("the answer can not be understood")?,
            Kind::BadRequest => f.write_str("the request can not be built")?,
        }
        self.write_answer(f)?;
        if let Some(answer) = self.answered_before() {
            f.write_str("; before that, the answer was no success")?;
            answer.write_answer(f)?;
        }
        Ok(())
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
