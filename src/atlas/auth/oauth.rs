//! OAuth 2.0 client credentials (RFC 6749 §4.4) of a service account: one token for all calls, fetched when the first needs it.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use secrecy::{
    ExposeSecret, SecretString,
    zeroize::{Zeroize, Zeroizing},
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::{Url, form_urlencoded};

use super::{
    super::{
        context::Context,
        courier::{Courier, Effect},
        error::{Error, Kind},
        exchange::{HttpRequest, HttpResponse},
        media::user_agent,
        path::{endpoint, shown},
        retry::Tries,
        settings::Settings,
    },
    Secrets, authorize, bearer,
    token::Token,
    turn::turn,
};

/// A service account, and the token that is in use.
pub(super) struct OAuth {
    client_secret: SecretString,
    /// The value of the `Authorization` header for the token endpoint.
    basic: SecretString,
    base_url: Url,
    user_agent: String,
    current: Mutex<Option<Arc<Token>>>,
    /// Every token that was fetched: what is not in use any more may still be good, and may still be echoed.
    fetched: Mutex<Vec<Arc<Token>>>,
    /// Held while a token is fetched.
    fetching: tokio::sync::Mutex<()>,
    /// For those who waited for that very fetch.
    last_failure: Mutex<Option<Failure>>,
    failures: AtomicU64,
}

/// Why there is no token.
struct Failure {
    /// The number of it.
    number: u64,
    error: Error,
    /// Where only little time ended the fetch: who has time beyond this may do better.
    too_late: Option<Instant>,
}

/// How long a revocation may take: it happens when the process is about to end, and may come after a second in which an
/// interrupted request was waited for.
const REVOCATION: Duration = Duration::from_millis(700);

impl OAuth {
    pub(super) fn new(client_id: &str, client_secret: SecretString, settings: &Settings) -> Self {
        // Plain base64 of both as they are: Atlas takes a percent-encoded underscore for another id.
        let pair = Zeroizing::new(format!("{client_id}:{}", client_secret.expose_secret()));
        let basic = format!("Basic {}", &*Zeroizing::new(STANDARD.encode(&*pair)));
        Self {
            client_secret,
            basic: basic.into(),
            base_url: settings.base_url.clone(),
            user_agent: settings.user_agent.clone(),
            current: Mutex::default(),
            fetched: Mutex::default(),
            fetching: tokio::sync::Mutex::default(),
            last_failure: Mutex::default(),
            failures: AtomicU64::new(0),
        }
    }

    /// A 401 is answered with one new token for all calls that had the old one. Where the new one is refused too, the token was not
    /// the reason, and for a while no other is fetched: Atlas limits both the requests for tokens and the tokens alive.
    pub(super) async fn send(
        &self,
        courier: &Courier,
        request: HttpRequest,
        effect: Effect,
        context: &Context,
    ) -> Result<HttpResponse, Error> {
        let token = self.token(None, courier, &request, context).await?;
        let response = self
            .send_with(&token, courier, request.clone(), effect, context)
            .await?;
        if response.status != StatusCode::UNAUTHORIZED || token.is_hopeless() {
            return Ok(response);
        }
        let renewed = self.token(Some(&token), courier, &request, context).await?;
        let response = self
            .send_with(&renewed, courier, request, effect, context)
            .await?;
        if response.status == StatusCode::UNAUTHORIZED {
            renewed.refused_when_new();
        }
        Ok(response)
    }

    /// Revokes every token that was fetched and may still be good, best effort: the last one first.
    pub(super) async fn revoke(&self, courier: &Courier) {
        self.locked().take();
        let context = Context {
            deadline: Instant::now() + REVOCATION,
            cancel: CancellationToken::new(),
            abandoned: CancellationToken::new(),
            purpose: "revoke".to_owned(),
        };
        let fetched = std::mem::take(&mut *lock(&self.fetched));
        for token in fetched.iter().rev().filter(|token| token.is_alive()) {
            self.revoke_one(token, courier, &context).await;
        }
    }

    async fn revoke_one(&self, token: &Token, courier: &Courier, context: &Context) {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("token", token.value.expose_secret())
            .append_pair("token_type_hint", "access_token")
            .finish();
        let outcome = match self.request("/api/oauth/revoke", form, context) {
            Ok(request) => courier.carry(request, Effect::Possible, context).await,
            Err(error) => Err(error),
        };
        match outcome {
            Ok(response) if response.status.is_success() => {
                tracing::debug!("an access token is revoked")
            }
            Ok(response) => tracing::info!(
                status = response.status.as_u16(),
                "an access token could not be revoked; it expires by itself"
            ),
            Err(error) => {
                tracing::info!(%error, "an access token could not be revoked; it expires by itself")
            }
        }
    }

    pub(super) fn secrets(&self) -> Secrets {
        let basic = self
            .basic
            .expose_secret()
            .trim_start_matches("Basic ")
            .to_owned();
        let fetched = lock(&self.fetched);
        let tokens = fetched
            .iter()
            .map(|token| token.value.expose_secret().to_owned());
        let own = [self.client_secret.expose_secret().to_owned(), basic];
        Secrets::new(own.into_iter().chain(tokens).collect())
    }

    async fn send_with(
        &self,
        token: &Token,
        courier: &Courier,
        mut request: HttpRequest,
        effect: Effect,
        context: &Context,
    ) -> Result<HttpResponse, Error> {
        authorize(&mut request, &bearer::header(&token.value))?;
        courier.carry(request, effect, context).await
    }

    /// A token other than the refused one: that in use, or a new one that all who ask meanwhile share.
    async fn token(
        &self,
        refused: Option<&Arc<Token>>,
        courier: &Courier,
        request: &HttpRequest,
        context: &Context,
    ) -> Result<Arc<Token>, Error> {
        let in_use = || {
            self.locked()
                .clone()
                .filter(|token| refused.is_none_or(|refused| !Arc::ptr_eq(refused, token)))
        };
        let failures = self.failures.load(Ordering::Acquire);
        let _fetching = match in_use() {
            Some(token) if token.is_fresh() => return Ok(token),
            // It is about to be renewed: one call does that, the others go on with what they have.
            Some(token) if token.is_alive() => match self.fetching.try_lock() {
                Ok(fetching) => fetching,
                Err(_) => return Ok(token),
            },
            _ => match turn(self.fetching.lock(), request, context).await {
                Ok(fetching) => fetching,
                // The next one tries on; why the one before it failed is the reason here, too.
                Err(error) if error.kind() == Kind::DeadlinePassed => {
                    return Err(self.failure_after(failures).unwrap_or(error));
                }
                Err(error) => return Err(error),
            },
        };
        let old = match in_use() {
            Some(token) if token.is_fresh() => return Ok(token),
            old => old.filter(|token| token.is_alive()),
        };
        if let Some(failure) = lock(&self.last_failure).as_ref().filter(|_| old.is_none())
            && failure.number > failures
            && failure.too_late.is_none_or(|at| context.deadline <= at)
        {
            return Err(failure.error.clone());
        }
        // With a token that still works there is no reason to wait for a better moment.
        let mut tries = match old {
            Some(_) => None,
            None => Some(Tries::new(courier.max_retries, context)),
        };
        match (self.fetch(tries.as_mut(), courier, context).await, old) {
            (Ok(token), _) => {
                let token = Arc::new(token);
                lock(&self.fetched).push(Arc::clone(&token));
                *self.locked() = Some(token.clone());
                Ok(token)
            }
            (Err(error), Some(old))
                if !matches!(error.kind(), Kind::Cancelled | Kind::DeadlinePassed) =>
            {
                tracing::warn!(%error, "the access token could not be renewed yet; it is used until it expires");
                Ok(old)
            }
            (Err(error), _) => {
                // A cancellation or a deadline is the matter of one call alone.
                if !matches!(error.kind(), Kind::Cancelled | Kind::DeadlinePassed) {
                    let number = self.failures.fetch_add(1, Ordering::AcqRel) + 1;
                    *lock(&self.last_failure) = Some(Failure {
                        number,
                        error: error.clone(),
                        too_late: tries.and_then(|tries| tries.too_late()),
                    });
                }
                Err(error)
            }
        }
    }

    /// The last failure, if it came after so many.
    fn failure_after(&self, failures: u64) -> Option<Error> {
        let last = lock(&self.last_failure);
        let last = last.as_ref().filter(|last| last.number > failures)?;
        Some(last.error.clone())
    }

    async fn fetch(
        &self,
        mut tries: Option<&mut Tries<'_>>,
        courier: &Courier,
        context: &Context,
    ) -> Result<Token, Error> {
        let request = self.request(
            "/api/oauth/token",
            "grant_type=client_credentials".to_owned(),
            context,
        )?;
        loop {
            let sent = Instant::now();
            let answer = courier.carry(request.clone(), Effect::None, context).await;
            let fetched = answer.and_then(|mut response| {
                let token = self.read(&request, &response, sent, courier);
                overwrite(std::mem::take(&mut response.body));
                token
            });
            match (fetched, &mut tries) {
                (Ok(token), _) => return Ok(token),
                (Err(failure), Some(tries)) => {
                    tries.again(failure).await.map_err(Error::of_token)?
                }
                (Err(failure), None) => return Err(failure.of_token()),
            }
        }
    }

    fn read(
        &self,
        request: &HttpRequest,
        response: &HttpResponse,
        sent: Instant,
        courier: &Courier,
    ) -> Result<Token, Error> {
        let (method, url, now) = (&request.method, &request.url, courier.clock.now());
        if !response.status.is_success() {
            return Err(Error::from_response(
                method,
                url,
                response,
                now,
                &self.secrets(),
            ));
        }
        // Nothing of this body may be shown: it may hold a token that could not be read.
        Token::read(&response.body, sent).map_err(|cause| match response.broken_off.clone() {
            Some(error) => Error::from_exchange(error, method, url, false),
            None => Error::bad_answer(method, url, response, now, &self.secrets(), cause)
                .withhold_body(),
        })
    }

    fn request(&self, path: &str, form: String, context: &Context) -> Result<HttpRequest, Error> {
        let method = Method::POST;
        let url = endpoint(&self.base_url, path).map_err(|error| {
            Error::at(Kind::BadRequest, &method, shown(&self.base_url)).because(error)
        })?;
        let mut headers = HeaderMap::new();
        headers.insert(
            header::USER_AGENT,
            user_agent(&self.user_agent, &context.purpose),
        );
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        let mut request = HttpRequest {
            method,
            url,
            headers,
            // It may hold a token.
            body: Some(Bytes::from_owner(Zeroizing::new(form.into_bytes()))),
            timeout: Duration::MAX,
        };
        authorize(&mut request, &self.basic)?;
        Ok(request)
    }

    fn locked(&self) -> MutexGuard<'_, Option<Arc<Token>>> {
        lock(&self.current)
    }
}

/// Overwrites what held a token, unless somebody else still reads it.
fn overwrite(body: Bytes) {
    if let Ok(mut body) = body.try_into_mut() {
        body.as_mut().zeroize();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "oauth_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "oauth_time_tests.rs"]
mod time_tests;
