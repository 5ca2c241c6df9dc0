//! The data source `atlas_stream_processor`.

use std::sync::Arc;

use crate::framework::{
    Attribute, Block, DataSource, Diagnostics, LookupRequest, Schema, Type, Value,
};
use crate::provider::api_error::diagnose;
use crate::provider::connection::Connector;
use crate::provider::stream_processor::{names, schema, validate};

use super::{MORE_TIME, checked_timeouts, connected, context, described, timeouts};

const TYPE_NAME: &str = "atlas_stream_processor";

/// The data source; its connection is filled in by ConfigureProvider.
#[derive(Debug)]
pub(crate) struct StreamProcessor(pub(crate) Arc<Connector>);

#[async_trait::async_trait]
impl DataSource for StreamProcessor {
    fn type_name(&self) -> &'static str {
        TYPE_NAME
    }

    fn schema(&self) -> Schema {
        let block = Block::new(
            "Looks at one MongoDB Atlas stream processor, whoever owns it: its state, tier, pipeline and statistics. One \
             that does not exist is an error.",
        );
        let block = schema::names(block, false).attribute(Attribute::computed(
            "id",
            Type::String,
            "`group_id/tenant_name/processor_name`, each percent-encoded.",
        ));
        Schema::new(0, described::attributes(block).block(timeouts()))
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = validate::names(config);
        diagnostics.extend(checked_timeouts(config));
        diagnostics
    }

    async fn read(&self, request: LookupRequest) -> Result<Value, Diagnostics> {
        let refusals = self.validate(&request.config);
        if refusals.has_error() {
            return Err(refusals);
        }
        let path = names::path(&request.config).ok_or_else(names::missing)?;
        let atlas = connected(&self.0)?;
        let context = context(&request, TYPE_NAME);
        let described = atlas.client.description(&path, &context).await;
        let described = described.map_err(|error| {
            let summary = format!("Cannot read stream processor \"{}\"", path.processor_name);
            diagnose(
                &summary,
                &error,
                &atlas.subject(&path).given_time(MORE_TIME),
            )
        })?;
        let mut found = request.config;
        found.set("id", names::id(&path));
        for (name, value) in described::values(&described) {
            found.set(&name, value);
        }
        Ok(found)
    }
}
