//! GetProviderSchema: every schema there is.

use std::collections::BTreeMap;

use super::Server;
use super::get_metadata::{CAPABILITIES, ServerCapabilities};
use crate::framework::Schema;

/// Every schema there is.
#[derive(Clone, Debug, PartialEq)]
pub struct Response<'a> {
    /// Of the `provider` block.
    pub provider: &'a Schema,
    /// Of the managed resources, by type name.
    pub resources: BTreeMap<&'a str, &'a Schema>,
    /// Of the data sources, by type name.
    pub data_sources: BTreeMap<&'a str, &'a Schema>,
    /// Of the actions, by type name.
    pub actions: BTreeMap<&'a str, &'a Schema>,
    /// What the engine can do.
    pub capabilities: ServerCapabilities,
}

impl Server {
    /// Every schema there is.
    pub fn get_provider_schema(&self) -> Response<'_> {
        let resources = self.resources.iter();
        let data_sources = self.data_sources.iter();
        let actions = self.actions.iter();
        Response {
            provider: &self.provider_schema,
            resources: resources
                .map(|(name, one)| (name.as_str(), &one.schema))
                .collect(),
            data_sources: data_sources
                .map(|(name, one)| (name.as_str(), &one.schema))
                .collect(),
            actions: actions
                .map(|(name, one)| (name.as_str(), &one.schema))
                .collect(),
            capabilities: CAPABILITIES,
        }
    }
}
