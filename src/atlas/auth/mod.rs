//! Authentication: every request goes through one of three ways to say who asks.

mod bearer;
mod challenge;
mod digest;
#[cfg(test)]
mod digest_server;
mod oauth;
#[cfg(test)]
mod oauth_server;
mod token;
mod turn;

use http::{HeaderValue, header};
use secrecy::{SecretString, zeroize::Zeroizing};

use self::{bearer::Bearer, digest::Digest, oauth::OAuth};
use super::{
    context::Context,
    courier::{Courier, Effect},
    error::{Error, Kind},
    exchange::{HttpRequest, HttpResponse},
    processor::Unreadable,
    settings::{Credentials, Settings},
};

/// Secrets in the clear, overwritten when they are no longer needed.
pub(super) type Secrets = Zeroizing<Vec<String>>;

/// One way to authenticate, with what it remembers between requests.
pub(super) struct Authenticator(Way);

enum Way {
    Bearer(Bearer),
    OAuth(OAuth),
    Digest(Digest),
}

impl Authenticator {
    pub(super) fn new(credentials: Credentials, settings: &Settings) -> Self {
        Self(match credentials {
            Credentials::AccessToken(token) => Way::Bearer(Bearer::new(&token)),
            Credentials::ServiceAccount {
                client_id,
                client_secret,
            } => Way::OAuth(OAuth::new(&client_id, client_secret, settings)),
            Credentials::ApiKey {
                public_key,
                private_key,
            } => Way::Digest(Digest::new(public_key, private_key)),
        })
    }

    /// Sends one request under these credentials. After a 401 that a new nonce or token may cure it goes once more; any answer is a success here.
    pub(super) async fn send(
        &self,
        courier: &Courier,
        request: HttpRequest,
        effect: Effect,
        context: &Context,
    ) -> Result<HttpResponse, Error> {
        match &self.0 {
            Way::Bearer(bearer) => bearer.send(courier, request, effect, context).await,
            Way::OAuth(oauth) => oauth.send(courier, request, effect, context).await,
            Way::Digest(digest) => digest.send(courier, request, effect, context).await,
        }
    }

    pub(super) async fn revoke(&self, courier: &Courier) {
        if let Way::OAuth(oauth) = &self.0 {
            oauth.revoke(courier).await;
        }
    }

    /// What must not be shown, should an answer echo it.
    pub(super) fn secrets(&self) -> Secrets {
        match &self.0 {
            Way::Bearer(bearer) => bearer.secrets(),
            Way::OAuth(oauth) => oauth.secrets(),
            Way::Digest(digest) => digest.secrets(),
        }
    }
}

/// Puts an `Authorization` header on a request, marked so that nothing prints it.
fn authorize(request: &mut HttpRequest, value: &SecretString) -> Result<(), Error> {
    use secrecy::ExposeSecret;
    let mut value = HeaderValue::from_str(value.expose_secret()).map_err(|_| {
        Error::new(Kind::BadRequest, &request.method, &request.url).because(Unreadable(
            "the credentials hold characters that can not be part of a header",
        ))
    })?;
    value.set_sensitive(true);
    request.headers.insert(header::AUTHORIZATION, value);
    Ok(())
}
