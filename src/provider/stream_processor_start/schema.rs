//! The arguments and attributes of `atlas_stream_processor_start`, as resource and as action.

use crate::framework::{
    Attribute, Block, IdentityAttribute, IdentitySchema, NestedBlock, Schema, Type,
};

use crate::provider::stream_processor::schema::{flags, names, timeout};

/// The type name that the resource and the action share.
pub(crate) const TYPE_NAME: &str = "atlas_stream_processor_start";

/// The tiers that the OpenAPI schema `StreamsStartStreamProcessorWith` lists.
pub(crate) const TIERS: [&str; 5] = ["SP2", "SP5", "SP10", "SP30", "SP50"];

/// What `if_started` may say.
pub(crate) const IF_STARTED: [&str; 3] = ["keep", "restart", "error"];

/// How a failover may be carried out (OpenAPI schema `StreamsStartStreamProcessorWith`).
pub(crate) const FAILOVER_MODES: [&str; 2] = ["GRACEFUL", "FORCED"];

/// The schema of the managed resource.
pub(crate) fn resource() -> Schema {
    let block = Block::new(
        "Starts an existing MongoDB Atlas stream processor, waits until it is STARTED, and plans to start it \
         again when it is found at rest. The processor may be owned by somebody else: nothing but its being \
         started is managed here. Atlas bills a processor while it runs.",
    );
    let block = start_arguments(names(block, true), NOT_WITH_DRIFT)
        .attribute(if_started(
            "What to do when a create, or a change of `triggers`, finds the processor STARTED: `keep` (the \
             default; success without a request), `restart` (stop it and start it) or `error` (creates only; \
             a change of `triggers` then does as `keep`).",
        ))
        .attribute(Attribute::optional(
            "triggers",
            Type::Map(Box::new(Type::String)),
            "Values whose change carries the start out again, in place, as `if_started` says.",
        ))
        .attribute(Attribute::optional(
            "keep_started",
            Type::Bool,
            "Whether a processor that is found CREATED, STOPPED or FAILED at refresh is planned to be started \
             again. Default `true`; `false` starts it once.",
        ))
        .attribute(wait())
        .attribute(Attribute::optional(
            "stop_on_destroy",
            Type::Bool,
            "Whether destroying this resource stops the processor. Default `false`: it keeps running, is \
             billed, and Terraform only forgets it. With `true`, a destroy that finds the processor at rest so soon \
             after a start that this one may not show yet (for 10 seconds, or for 40 where no answer to it came) looks \
             on for the rest of that time, lest it forget a processor that is about to run.",
        ))
        .attribute(Attribute::computed(
            "id",
            Type::String,
            "`group_id/tenant_name/processor_name`, each percent-encoded; also the import id.",
        ))
        .attribute(Attribute::computed(
            "processor_id",
            Type::String,
            "The id that Atlas gave the processor (`_id`).",
        ))
        .attribute(Attribute::computed(
            "state",
            Type::String,
            "The state as Atlas reported it last, such as `STARTED`, `STOPPED`, `CREATED` or `FAILED`. Null \
             where a start was accepted but could not be read back.",
        ))
        .attribute(Attribute::computed(
            "started_at",
            Type::String,
            "When Atlas last accepted a start from this resource, RFC 3339 in UTC. Null until then.",
        ))
        .block(timeouts());
    Schema::new(0, block)
}

/// The schema of the action.
pub(crate) fn action() -> Schema {
    let block = Block::new(
        "Starts an existing MongoDB Atlas stream processor and waits until it is STARTED, from an \
         `action_trigger` or from `terraform apply -invoke=`. It keeps no state: use the resource of the same \
         name where the processor is to stay started.",
    );
    let block = start_arguments(names(block, false), "")
        .attribute(if_started(
            "What to do when the processor is STARTED already: `keep` (the default; success without a \
             request), `restart` (stop it and start it) or `error`. Without effect where `failover` is set.",
        ))
        .attribute(wait())
        .attribute(timeout())
        .block(failover());
    Schema::new(0, block)
}

/// The resource's identity: what `import { identity = … }` takes.
pub(crate) fn identity() -> IdentitySchema {
    let attribute = |name: &str, description: &str| IdentityAttribute {
        name: name.to_owned(),
        ty: Type::String,
        description: description.to_owned(),
        required_for_import: true,
    };
    IdentitySchema {
        version: 0,
        attributes: vec![
            attribute(
                "group_id",
                "The project's id: 24 lower-case hexadecimal digits.",
            ),
            attribute(
                "tenant_name",
                "The stream instance, today called workspace.",
            ),
            attribute("processor_name", "The stream processor's name."),
        ],
    }
}

/// When the resource sends the two options that may process data twice; the action sends what it is told.
const NOT_WITH_DRIFT: &str = " Goes with a create, a change of start options or of `triggers`; never with a start that only drift asked for.";

fn start_arguments(block: Block, when: &str) -> Block {
    flags(block)
        .attribute(Attribute::optional(
            "tier",
            Type::String,
            "The tier to run on: `SP2`, `SP5`, `SP10`, `SP30` or `SP50`. Goes with every start.",
        ))
        .attribute(Attribute::optional(
            "resume_from_checkpoint",
            Type::Bool,
            format!("`false` starts afresh, without the last checkpoint: data may be processed twice.{when}"),
        ))
        .attribute(Attribute::optional(
            "start_at_operation_time",
            Type::String,
            format!("The point in time, RFC 3339, from which a change stream source is read.{when}"),
        ))
}

fn if_started(description: &str) -> Attribute {
    Attribute::optional("if_started", Type::String, description)
}

fn wait() -> Attribute {
    Attribute::optional(
        "wait",
        Type::Bool,
        "Whether to wait until the processor is STARTED, and to fail when it turns FAILED instead. Default \
         `true`.",
    )
}

fn timeouts() -> NestedBlock {
    let timeout = |name: &str, default: &str| {
        Attribute::optional(
            name,
            Type::String,
            format!("A duration such as `90s` or `1h30m`. Default `{default}`."),
        )
    };
    NestedBlock::single(
        "timeouts",
        Block::new("How long each operation may take, all its requests and waits included.")
            .attribute(timeout("create", "10m"))
            .attribute(timeout("read", "1m"))
            .attribute(timeout("update", "10m"))
            .attribute(timeout("delete", "10m")),
    )
}

fn failover() -> NestedBlock {
    NestedBlock::single(
        "failover",
        Block::new(
            "Move the processor to another region of its workspace while starting it. Sent even when the \
             processor is STARTED.",
        )
        .attribute(Attribute::required(
            "region",
            Type::String,
            "The region to move to, one of the workspace's failover regions.",
        ))
        .attribute(Attribute::optional(
            "mode",
            Type::String,
            "`GRACEFUL` (takes a last checkpoint) or `FORCED`.",
        ))
        .attribute(Attribute::optional(
            "clear_checkpoint",
            Type::Bool,
            "Whether to drop the checkpoint; with `FORCED` only.",
        ))
        .attribute(Attribute::optional(
            "dry_run",
            Type::Bool,
            "Ask Atlas whether the move would be possible, and change nothing: its answer is shown.",
        )),
    )
}
