//! UpgradeResourceIdentity: a stored identity becomes one of the present schema.

use super::managed::Managed;
use super::{Server, stored};
use crate::framework::{Diagnostic, Encoded, RawState, json};

/// A stored identity.
pub struct Request {
    /// The resource's type.
    pub type_name: String,
    /// The version of the identity schema under which it was stored.
    pub version: i64,
    /// What is stored.
    pub raw_identity: RawState,
}

opaque_debug!(Request);

impl Server {
    /// The stored identity as one of the present schema. Attributes that are missing become null.
    ///
    /// # Errors
    /// If it cannot be one.
    pub fn upgrade_resource_identity(&self, request: &Request) -> Result<Encoded, Diagnostic> {
        let managed = self.managed(&request.type_name)?;
        let upgraded = upgrade(managed, request.version, &request.raw_identity)?;
        upgraded.ok_or_else(|| {
            let what = format!("identity of {}", managed.name);
            stored::refused(&what, "This version of the resource has no identity.")
        })
    }
}

/// Converts a stored identity of `managed`; none if the resource has no identities.
pub(super) fn upgrade(
    managed: &Managed,
    version: i64,
    raw: &RawState,
) -> Result<Option<Encoded>, Diagnostic> {
    let Some(identity) = &managed.identity else {
        return Ok(None);
    };
    let what = format!("identity of {}", managed.name);
    let json = stored::parse(&what, raw, version, identity.schema.version)?;
    let value = json::from_stored(&json, &identity.ty).map_err(|cause| {
        let why = format!("It does not fit the provider's schema: {cause}.");
        stored::refused(&what, why)
    })?;
    managed.encode_identity(Some(&value))
}
