//! Bearer tokens: the known one and, while they live, those that the token endpoint gave out.

use crate::{answer::ApiError, known, world::World};

/// Whether a bearer token is good. An expired token and an unknown one are answered alike.
pub(crate) fn check(world: &World, token: &str) -> Result<(), ApiError> {
    let known = token == known::ACCESS_TOKEN && world.settings.access_token_is_good;
    if known || world.tokens.is_live(token) {
        Ok(())
    } else {
        Err(ApiError::not_authorized())
    }
}
