//! What is told of a stream processor, as attributes.

use std::collections::BTreeMap;

use crate::atlas::{DeadLetterQueue, Description};
use crate::framework::{Attribute, Block, Type, Value};

/// The attributes with their types and what they mean.
fn told() -> Vec<(&'static str, Type, &'static str)> {
    let queue = ["connection_name", "db", "coll"].map(|name| (name, Type::String));
    vec![
        ("processor_id", Type::String, "The processor's `_id`."),
        (
            "state",
            Type::String,
            "The state as Atlas reports it, such as `STARTED`, `STOPPED`, `CREATED` or `FAILED`.",
        ),
        ("tier", Type::String, "The tier that it is to run on."),
        (
            "pipeline",
            Type::String,
            "The pipeline as JSON, with its keys and numbers as Atlas sent them; `jsondecode` reads it.",
        ),
        (
            "stats",
            Type::String,
            "Its statistics as JSON, with their keys and numbers as Atlas sent them. They change from look to look.",
        ),
        (
            "dlq",
            Type::object(queue),
            "The dead letter queue: connection, database and collection. Null where there is none.",
        ),
        (
            "failover_enabled",
            Type::Bool,
            "Whether failover is enabled for it.",
        ),
        (
            "eligible_for_failover",
            Type::Bool,
            "Whether it could be moved to another region now.",
        ),
    ]
}

/// A block with one more attribute for each thing that is told.
pub(super) fn attributes(block: Block) -> Block {
    let told = told().into_iter();
    told.fold(block, |block, (name, ty, description)| {
        block.attribute(Attribute::computed(name, ty, description))
    })
}

/// The type of an object that tells it all, and the name.
pub(super) fn ty() -> Type {
    let told = told().into_iter().map(|(name, ty, _)| (name, ty));
    Type::object(told.chain([("processor_name", Type::String)]))
}

/// What is told of one.
pub(super) fn values(described: &Description) -> BTreeMap<String, Value> {
    let text = |text: &Option<String>| Value::from(text.clone());
    let flag = |flag: Option<bool>| flag.map_or(Value::Null, Value::from);
    let queue = described.dead_letter_queue.as_ref();
    let processor = &described.processor;
    let told = [
        ("processor_id", text(&processor.id)),
        ("state", Value::from(processor.state.as_str())),
        ("tier", text(&processor.tier)),
        ("pipeline", text(&described.pipeline)),
        ("stats", text(&described.stats)),
        ("dlq", queue.map_or(Value::Null, dlq)),
        ("failover_enabled", flag(described.failover_enabled)),
        (
            "eligible_for_failover",
            flag(described.eligible_for_failover),
        ),
    ];
    told.map(|(name, value)| (name.to_owned(), value)).into()
}

fn dlq(queue: &DeadLetterQueue) -> Value {
    let fields = [
        ("connection_name", &queue.connection_name),
        ("db", &queue.db),
        ("coll", &queue.coll),
    ];
    let fields = fields.map(|(name, text)| (name.to_owned(), Value::from(text.clone())));
    Value::Object(fields.into())
}
