//! `atlas_stream_processor_start`: one engine in two forms, a managed resource and an action.

mod action;
mod apply;
mod arguments;
mod delete;
mod doubts;
mod holders;
mod memory;
mod plan;
mod pointed_out;
mod private;
mod read;
mod recorded;
mod resource;
mod schema;
mod settling;
mod validate;

pub(crate) use action::StreamProcessorStartAction;
pub(crate) use memory::Memory;
pub(crate) use resource::StreamProcessorStart;
