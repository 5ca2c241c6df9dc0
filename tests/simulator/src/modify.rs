//! `PATCH …/processor/{p}`: changes a processor that does not run.

use tokio::time::Instant;

use crate::{
    answer::{Answer, ApiError},
    call::Call,
    create::{assign, check},
    processors,
    start_options::{object, refuse},
    versions,
    workspaces::workspace,
    world::World,
};

/// Modifies a processor. Its state stays as it is; one that runs has to be stopped before.
pub(crate) fn modify(world: &mut World, call: &Call) -> Result<Answer, ApiError> {
    workspace(world, call)?;
    let name = call.processor();
    let fields = object(call)?.unwrap_or_default();
    let mut wrong = Vec::new();
    check(&fields, &mut wrong);
    refuse(wrong)?;
    let now = Instant::now();
    let not_found = processors::not_found(world, call);
    let processors = &mut workspace(world, call)?.processors;
    let renamed = fields
        .get("name")
        .and_then(|name| name.as_str())
        .filter(|new| *new != name);
    let taken = renamed.is_some_and(|new| processors.contains_key(new));
    let Some(processor) = processors.get_mut(name) else {
        return Err(not_found);
    };
    if !matches!(processor.state(now), "CREATED" | "STOPPED" | "FAILED") {
        return Err(ApiError::generic(
            name,
            "stream processor must be stopped before it is modified",
        ));
    }
    if taken {
        return Err(ApiError::generic(name, "duplicate stream processor name"));
    }
    assign(processor, &fields);
    if let Some(new) = renamed {
        new.clone_into(&mut processor.name);
    }
    let answer = Answer::ok(
        versions::of(call.route.operation),
        Some(processor.with_stats(now)),
    );
    if let Some(new) = renamed
        && let Some(processor) = processors.remove(name)
    {
        processors.insert(new.to_owned(), processor);
    }
    Ok(answer)
}
