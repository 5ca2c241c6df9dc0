//! What all objects about a stream processor share: which one is meant, whose turn it is, and the engine that starts and stops.

pub(super) mod arguments;
pub(super) mod engine;
pub(super) mod job;
pub(super) mod names;
pub(super) mod report;
pub(super) mod run;
pub(super) mod schema;
pub(super) mod told;
pub(super) mod validate;
