//! The data source `atlas_stream_processors`.

use std::sync::Arc;

use crate::atlas::{Description, Listing, ProcessorPath, WorkspacePath};
use crate::framework::{
    Attribute, Block, DataSource, Diagnostic, Diagnostics, LookupRequest, Schema, Type, Value,
};
use crate::provider::api_error::diagnose;
use crate::provider::connection::Connector;
use crate::provider::stream_processor::{names, schema, validate};

use super::{MORE_TIME, checked_timeouts, connected, context, described, states, timeouts};

const TYPE_NAME: &str = "atlas_stream_processors";

/// The data source; its connection is filled in by ConfigureProvider.
#[derive(Debug)]
pub(crate) struct StreamProcessors(pub(crate) Arc<Connector>);

#[async_trait::async_trait]
impl DataSource for StreamProcessors {
    fn type_name(&self) -> &'static str {
        TYPE_NAME
    }

    fn schema(&self) -> Schema {
        let block = Block::new(
            "Looks at all MongoDB Atlas stream processors of a workspace, however many pages they fill, in the order of \
             their names.",
        );
        let block = schema::workspace(block, false)
            .attribute(Attribute::optional(
                "states",
                Type::list(Type::String),
                "Only those in one of these states, such as `[\"STOPPED\", \"STARTED\"]`, in capitals. All, if it is left out; an empty list is refused. Where a `for_each` is \
                 made of them, `STARTED` belongs to it: what leaves the list is planned to be destroyed.",
            ))
            .attribute(Attribute::computed(
                "id",
                Type::String,
                "`group_id/tenant_name`, each percent-encoded.",
            ))
            .attribute(Attribute::computed(
                "names",
                Type::list(Type::String),
                "The names of the processors; `toset` makes a `for_each` of them.",
            ))
            .attribute(Attribute::computed(
                "processors",
                Type::list(described::ty()),
                "The processors: of each `processor_name` and all that the data source `atlas_stream_processor` tells \
                 (`processor_id`, `state`, `tier`, `pipeline`, `stats`, `dlq`, `failover_enabled`, \
                 `eligible_for_failover`).",
            ))
            .block(timeouts());
        Schema::new(0, block)
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = validate::workspace(config);
        diagnostics.extend(checked_timeouts(config));
        diagnostics.extend(states::checked(config));
        diagnostics
    }

    async fn read(&self, request: LookupRequest) -> Result<Value, Diagnostics> {
        let refusals = self.validate(&request.config);
        if refusals.has_error() {
            return Err(refusals);
        }
        let workspace = names::workspace(&request.config).ok_or_else(names::missing)?;
        let atlas = connected(&self.0)?;
        let context = context(&request, TYPE_NAME);
        let list = atlas.client.descriptions(&workspace, &context).await;
        let list = list.map_err(|error| {
            let summary = format!(
                "Cannot list the stream processors of workspace \"{}\"",
                workspace.tenant_name
            );
            let subject = atlas.subject(&nameless(&workspace)).while_listing();
            diagnose(&summary, &error, &subject.given_time(MORE_TIME))
        })?;
        if let Some(incomplete) = incomplete(&list, &workspace.tenant_name) {
            return Err(incomplete.into());
        }
        let mut all = list.found;
        if let Some(states) = request.config.attribute("states").as_slice() {
            all.retain(|one| {
                let state = one.processor.state.as_str();
                states.iter().any(|wanted| wanted.as_str() == Some(state))
            });
        }
        let mut found = request.config;
        found.set("id", names::id_of_workspace(&workspace));
        let names = all
            .iter()
            .map(|one| Value::from(one.processor.name.as_str()));
        found.set("names", Value::List(names.collect()));
        found.set("processors", Value::List(all.iter().map(told).collect()));
        Ok(found)
    }
}

/// Why a list may lack a processor: a `for_each` would take that for one that is to be destroyed.
fn incomplete(list: &Listing, tenant_name: &str) -> Option<Diagnostic> {
    let found = list.found.len();
    if !list.holds_still {
        return Some(Diagnostic::error(
            format!(
                "Stream processors of workspace \"{tenant_name}\" changed while they were listed"
            ),
            "Each reading of the list found others than the one before, so that some may be missing from all of them. Whoever \
             creates and deletes processors there (another configuration, a script) seems to be in the middle of it: run this \
             again when that is over.",
        ));
    }
    let counted = list.counted.filter(|counted| *counted > found)?;
    Some(Diagnostic::error(
        format!("Atlas does not tell all stream processors of workspace \"{tenant_name}\""),
        format!(
            "It counts {counted}, and told of {found} when it was asked last. What is missing here would be destroyed where a for_each is \
             made of the list, and so the list is not used. Run this again in a few minutes, with at least ten seconds for \
             `timeouts.read`; if it stays so, ask Atlas' support, and write the names into the configuration meanwhile."
        ),
    ))
}

fn told(described: &Description) -> Value {
    let mut told = described::values(described);
    let name = Value::from(described.processor.name.as_str());
    told.insert("processor_name".to_owned(), name);
    Value::Object(told)
}

/// Diagnostics are about a processor, and here there is none in particular.
fn nameless(workspace: &WorkspacePath) -> ProcessorPath {
    ProcessorPath {
        group_id: workspace.group_id.clone(),
        tenant_name: workspace.tenant_name.clone(),
        processor_name: String::new(),
    }
}
