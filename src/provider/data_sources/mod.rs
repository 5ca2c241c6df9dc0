//! Looking without touching: one stream processor, and all of a workspace.

mod described;
mod processor;
mod processors;
mod states;

pub(super) use processor::StreamProcessor;
pub(super) use processors::StreamProcessors;

use std::time::Duration;

use crate::atlas::Context;
use crate::framework::{
    Attribute, Block, CancellationToken, Diagnostic, Diagnostics, LookupRequest, NestedBlock, Path,
    Type, Value,
};
use crate::provider::config::duration;
use crate::provider::connection::{Atlas, Connection, Connector};
use crate::provider::stream_processor::job::deadline;
use crate::provider::stream_processor::validate;

/// What a look may take that nothing else is said of.
const ONE_MINUTE: Duration = Duration::from_secs(60);

/// Where a look is given more time, as the end of a sentence.
const MORE_TIME: &str = "with `timeouts.read` of the data source";

/// How long the look may take.
fn timeouts() -> NestedBlock {
    let read = Attribute::optional(
        "read",
        Type::String,
        "A duration such as `90s` or `1h30m`. Default `1m`.",
    );
    let what = "How long the look may take, all its requests and waits included.";
    NestedBlock::single("timeouts", Block::new(what).attribute(read))
}

fn checked_timeouts(config: &Value) -> Option<Diagnostic> {
    validate::a_duration(config, Path::root("timeouts").attribute("read"))
}

/// The bounds of a look by this data source.
fn context(request: &LookupRequest, type_name: &str) -> Context {
    let read = request.config.attribute("timeouts").attribute("read");
    let timeout = read.as_str().and_then(|text| duration::parse(text).ok());
    Context {
        deadline: deadline(timeout.unwrap_or(ONE_MINUTE)),
        cancel: request.cancel.clone(),
        abandoned: CancellationToken::new(),
        purpose: format!("{type_name} read"),
    }
}

/// The connection, unless the provider block is not known yet.
fn connected(connector: &Connector) -> Result<Atlas, Diagnostics> {
    match connector.get() {
        Connection::Open(atlas) => Ok(atlas),
        Connection::Unknown(attributes) => Err(Diagnostics::from(Diagnostic::error(
            "Provider configuration not known",
            format!(
                "{} of the provider block must be known to look anything up, and it is not. Give it a value that is known \
                 before apply, or read this data source in another configuration. No request was sent.",
                attributes.join(", ")
            ),
        ))),
    }
}
