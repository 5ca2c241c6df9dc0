//! GetResourceIdentitySchemas: what identifies an object, for each resource that has identities.

use std::collections::BTreeMap;

use super::Server;
use crate::framework::IdentitySchema;

impl Server {
    /// The identity schemas by type name; resources without identities are absent.
    pub fn get_resource_identity_schemas(&self) -> BTreeMap<&str, &IdentitySchema> {
        self.resources
            .iter()
            .filter_map(|(name, one)| Some((name.as_str(), &one.identity.as_ref()?.schema)))
            .collect()
    }
}
