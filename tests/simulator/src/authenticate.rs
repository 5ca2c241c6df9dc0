//! Who asks: picks the scheme of the Authorization header.

use crate::{
    answer::{Answer, ApiError},
    auth_bearer,
    call::Call,
    world::World,
};

/// Lets a call of the administration API in, or answers it 401.
pub(crate) fn authenticate(world: &mut World, call: &Call) -> Result<(), Box<Answer>> {
    let credentials = call.header("authorization").unwrap_or_default();
    let (scheme, rest) = credentials.split_once(' ').unwrap_or((credentials, ""));
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" => auth_bearer::check(world, rest.trim()).map_err(|error| Box::new(error.into())),
        _ => Err(Box::new(ApiError::not_authorized().into())),
    }
}
