//! A bearer token that somebody else obtained (RFC 6750).

use secrecy::{ExposeSecret, SecretString};

use super::{
    super::{
        context::Context,
        courier::{Courier, Effect},
        error::Error,
        exchange::{HttpRequest, HttpResponse},
    },
    Secrets, authorize,
};

/// It can't be renewed: a 401 is final.
pub(super) struct Bearer {
    token: SecretString,
}

impl Bearer {
    pub(super) fn new(token: &SecretString) -> Self {
        // A line break at the end, as files and shells leave it, is no part of a token.
        Self {
            token: token.expose_secret().trim().into(),
        }
    }

    pub(super) async fn send(
        &self,
        courier: &Courier,
        mut request: HttpRequest,
        effect: Effect,
        context: &Context,
    ) -> Result<HttpResponse, Error> {
        authorize(&mut request, &header(&self.token))?;
        courier.carry(request, effect, context).await
    }

    pub(super) fn secrets(&self) -> Secrets {
        Secrets::new(vec![self.token.expose_secret().to_owned()])
    }
}

/// The value of the `Authorization` header for a token.
pub(super) fn header(token: &SecretString) -> SecretString {
    let (scheme, token) = ("Bearer ", token.expose_secret());
    // Made at its full size: growing would leave a part of it behind.
    let mut header = String::with_capacity(scheme.len() + token.len());
    header.push_str(scheme);
    header.push_str(token);
    header.into()
}
