//! Requests to the API by policy: allowed by the project's rate limit, authenticated, repeated where that is safe, and read.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use jiff::Timestamp;
use tokio::time::Instant;
use url::Url;

use super::{
    allowance::Allowances,
    auth::{Authenticator, Secrets},
    context::Context,
    courier::{Courier, Effect},
    error::{Error, Kind},
    exchange::{HttpRequest, HttpResponse},
    media::{media_type, start_with_version, user_agent},
    path::{Operation, UrlError},
    processor::Unreadable,
    retry::Tries,
    settings::Settings,
};

/// What all operations are sent through.
pub(super) struct Api {
    pub(super) settings: Settings,
    pub(super) courier: Courier,
    pub(super) authenticator: Option<Authenticator>,
    pub(super) allowances: Allowances,
}

/// What was asked, for the reading of its answer.
pub(super) struct Asked<'a> {
    pub(super) method: &'a Method,
    pub(super) url: &'a Url,
    pub(super) now: Timestamp,
    /// How long the answer took, once it was allowed to be asked for: with what it takes to authenticate.
    pub(super) took: Duration,
    pub(super) secrets: &'a [String],
}

impl Api {
    /// Reads, as often as the policy of repetitions allows.
    pub(super) async fn look<T>(
        &self,
        request: &HttpRequest,
        group_id: &str,
        context: &Context,
        read: impl Fn(&Asked<'_>, &HttpResponse) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut tries = Tries::new(self.settings.max_retries, context);
        loop {
            let answer = self
                .ask(request, group_id, Effect::None, context, &read)
                .await;
            match answer {
                Ok(found) => return Ok(found),
                Err(failure) => tries.again(failure).await?,
            }
        }
    }

    /// Sends a request when the project's rate limit lets it go, and reads its answer.
    pub(super) async fn ask<T>(
        &self,
        request: &HttpRequest,
        group_id: &str,
        effect: Effect,
        context: &Context,
        read: impl FnOnce(&Asked<'_>, &HttpResponse) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let leave = self.allowances.leave(group_id, request, context).await?;
        let allowed = Instant::now();
        let response = self.send(request.clone(), effect, context).await?;
        let secrets = self.secrets();
        let asked = Asked {
            method: &request.method,
            url: &request.url,
            now: self.courier.clock.now(),
            took: allowed.elapsed(),
            secrets: &secrets,
        };
        let answer = read(&asked, &response);
        leave.answered(&response.headers, answer.as_ref().err());
        answer
    }

    async fn send(
        &self,
        request: HttpRequest,
        effect: Effect,
        context: &Context,
    ) -> Result<HttpResponse, Error> {
        match &self.authenticator {
            Some(authenticator) => {
                authenticator
                    .send(&self.courier, request, effect, context)
                    .await
            }
            None => Err(Error::new(
                Kind::NoCredentials,
                &request.method,
                &request.url,
            )),
        }
    }

    /// A request with the headers that every one has.
    ///
    /// # Errors
    /// [`Kind::BadRequest`]: what is asked for can not be sent.
    pub(super) fn request(
        &self,
        method: Method,
        url: Result<Url, UrlError>,
        operation: Operation,
        body: Option<Bytes>,
        context: &Context,
    ) -> Result<HttpRequest, Error> {
        let bad = |url: &Url| Error::new(Kind::BadRequest, &method, url);
        let url = url.map_err(|error| {
            let base = super::path::shown(&self.settings.base_url);
            Error::at(Kind::BadRequest, &method, base).because(error)
        })?;
        let version = match operation {
            Operation::StartWith => start_with_version(&self.settings.api_version),
            Operation::Get | Operation::List | Operation::Start | Operation::Stop => {
                &self.settings.api_version
            }
        };
        let media_type = media_type(version).ok_or_else(|| {
            bad(&url).because(Unreadable("the API version can not be part of a header"))
        })?;
        let mut headers = HeaderMap::new();
        headers.insert(
            header::USER_AGENT,
            user_agent(&self.settings.user_agent, &context.purpose),
        );
        if body.is_some() {
            headers.insert(header::CONTENT_TYPE, media_type.clone());
        } else if method == Method::POST {
            // Some proxies answer 411 to a POST that doesn't say that it has no body.
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        headers.insert(header::ACCEPT, media_type);
        Ok(HttpRequest {
            method,
            url,
            headers,
            body,
            timeout: Duration::MAX,
        })
    }

    fn secrets(&self) -> Secrets {
        self.authenticator
            .as_ref()
            .map(Authenticator::secrets)
            .unwrap_or_default()
    }
}
