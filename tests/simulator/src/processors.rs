//! Reading processors, one or all.

use http::StatusCode;
use tokio::time::Instant;

use crate::{
    answer::{Answer, ApiError},
    call::Call,
    page::Page,
    versions,
    workspaces::workspace,
    world::World,
};

/// `GET …/processor/{p}`
pub(crate) fn get(world: &mut World, call: &Call) -> Result<Answer, ApiError> {
    workspace(world, call)?;
    match world.processor(call.group(), call.tenant(), call.processor()) {
        Some(processor) => Ok(Answer::ok(
            versions::of(call.route.operation),
            Some(processor.with_stats(Instant::now())),
        )),
        None => Err(not_found(world, call)),
    }
}

/// `GET …/processors`. Each processor that it shows counts this as a read.
pub(crate) fn list(world: &mut World, call: &Call) -> Result<Answer, ApiError> {
    let page = Page::asked(call)?;
    let processors = &mut workspace(world, call)?.processors;
    let (total, now) = (processors.len(), Instant::now());
    let shown = page
        .of(processors.values_mut())
        .map(|processor| processor.with_stats(now))
        .collect();
    Ok(Answer::ok(
        versions::of(call.route.operation),
        Some(page.body(call, shown, total)),
    ))
}

/// The 404 of an unknown processor. No public sample tells its error code.
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
