//! Reading processors, and the checks that come before any operation on one.

use http::StatusCode;
use tokio::time::Instant;

use crate::{
    answer::{Answer, ApiError},
    call::Call,
    versions,
    world::{Workspace, World},
};

/// The workspace that a call names.
pub(crate) fn workspace<'a>(
    world: &'a mut World,
    call: &Call,
) -> Result<&'a mut Workspace, ApiError> {
    let (group, tenant) = (call.group(), call.tenant());
    let workspaces = match world.groups.get_mut(group) {
        Some(group) => &mut group.workspaces,
        None => {
            let detail = format!("No group with ID {group} exists.");
            return Err(
                ApiError::new(StatusCode::NOT_FOUND, "GROUP_NOT_FOUND", detail).parameters([group]),
            );
        }
    };
    workspaces.get_mut(tenant).ok_or_else(|| {
        let detail = format!("Stream instance for project {group} and name {tenant} not found.");
        ApiError::new(
            StatusCode::NOT_FOUND,
            "STREAM_TENANT_NOT_FOUND_FOR_NAME",
            detail,
        )
        .parameters([group, tenant])
    })
}

/// The 404 of a read. No public sample tells its error code.
pub(crate) fn not_found(world: &World, call: &Call) -> ApiError {
    let (tenant, name) = (call.tenant(), call.processor());
    let detail =
        format!("Stream processor with name {name} in stream workspace {tenant} not found.");
    ApiError::new(
        StatusCode::NOT_FOUND,
        &world.settings.not_found_code,
        detail,
    )
    .parameters([tenant, name])
}

/// `GET …/processor/{p}`
pub(crate) fn get(world: &mut World, call: &Call) -> Result<Answer, ApiError> {
    let version = versions::of(call.route.operation);
    workspace(world, call)?;
    match world.processor(call.group(), call.tenant(), call.processor()) {
        Some(processor) => Ok(Answer::ok(
            version,
            Some(processor.with_stats(Instant::now())),
        )),
        None => Err(not_found(world, call)),
    }
}
