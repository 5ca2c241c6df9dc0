//! Who asks: picks the scheme of the Authorization header.

use crate::{answer::Answer, auth_bearer, auth_digest::Refused, call::Call, world::World};

/// Lets a call of the administration API in, or answers it 401; without a credential with a Digest challenge.
pub(crate) fn authenticate(world: &mut World, call: &Call) -> Result<(), Box<Answer>> {
    let credentials = call.header("authorization").unwrap_or_default();
    let (scheme, rest) = credentials.split_once(' ').unwrap_or((credentials, ""));
    let settings = &world.settings.digest;
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" => auth_bearer::check(world, rest.trim()).map_err(|error| Box::new(error.into())),
        "digest" => world.nonces.check(settings, call, rest).map_err(|refused| {
            Box::new(world.nonces.challenge(settings, refused == Refused::UsedUp))
        }),
        _ => Err(Box::new(world.nonces.challenge(settings, false))),
    }
}
