//! The arguments that all objects about a processor share.

use crate::framework::{Attribute, Block, Type};

/// Which processor is meant.
pub(crate) fn names(block: Block, replaces: bool) -> Block {
    let processor = name(
        replaces,
        "processor_name",
        "The name of the stream processor.",
    );
    workspace(block, replaces).attribute(processor)
}

/// Which workspace is meant.
pub(crate) fn workspace(block: Block, replaces: bool) -> Block {
    block
        .attribute(name(
            replaces,
            "group_id",
            "The id of the project, which Atlas' API calls group: 24 lower-case hexadecimal digits.",
        ))
        .attribute(name(
            replaces,
            "tenant_name",
            "The name of the stream instance, today called workspace (`workspace_name` in the \
             `mongodbatlas` provider).",
        ))
}

fn name(replaces: bool, name: &str, description: &str) -> Attribute {
    if replaces {
        let description = format!("{description} A change replaces the resource.");
        Attribute::required(name, Type::String, description).replaces()
    } else {
        Attribute::required(name, Type::String, description)
    }
}

/// The API's query flags.
pub(crate) fn flags(block: Block) -> Block {
    block
        .attribute(Attribute::optional(
            "envelope",
            Type::Bool,
            "Ask Atlas to wrap its answer to a start or stop in an envelope whose `status` is then believed. \
             Only useful behind something that hides HTTP statuses.",
        ))
        .attribute(Attribute::optional(
            "pretty",
            Type::Bool,
            "Ask Atlas to indent its answer to a start or stop.",
        ))
}

/// What bounds an action.
pub(crate) fn timeout() -> Attribute {
    Attribute::optional(
        "timeout",
        Type::String,
        "How long the whole action may take, as a duration such as `90s` or `1h30m`. Default `10m`. (Some \
         other providers take a number of seconds here.)",
    )
}
