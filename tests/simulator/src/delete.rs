//! `DELETE …/processor/{p}`: stops a processor if it runs, and deletes it.

use http::StatusCode;

use crate::{
    answer::{Answer, ApiError},
    call::Call,
    processors, versions,
    workspaces::workspace,
    world::World,
};

/// Deletes a processor.
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer, ApiError> {
    match workspace(world, call)?.processors.remove(call.processor()) {
        Some(_) => {
            let gone = Answer::ok(versions::of(call.route.operation), None);
            Ok(Answer {
                status: StatusCode::NO_CONTENT,
                ..gone
            })
        }
        None => Err(processors::not_found(world, call)),
    }
}
