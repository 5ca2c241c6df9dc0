//! UpgradeResourceState: stored state becomes state of the present schema. Hosts ask this at every load.

use super::managed::Managed;
use super::{Server, guard, stored};
use crate::framework::{Diagnostics, Encoded, RawState, json};

/// A stored state.
pub struct Request {
    /// The resource's type.
    pub type_name: String,
    /// The version of the schema under which it was stored.
    pub version: i64,
    /// What is stored.
    pub raw_state: RawState,
}

opaque_debug!(Request);

impl Server {
    /// The stored state as one of the present schema.
    ///
    /// # Errors
    /// If it cannot be one.
    pub fn upgrade_resource_state(&self, request: &Request) -> Result<Encoded, Diagnostics> {
        let managed = self.managed(&request.type_name)?;
        upgrade(managed, request.version, &request.raw_state)
    }
}

/// Converts a stored state of `managed`, through the resource's own code if its version is older.
pub(super) fn upgrade(
    managed: &Managed,
    version: i64,
    raw: &RawState,
) -> Result<Encoded, Diagnostics> {
    let what = format!("state of {}", managed.name);
    let current = managed.schema.version;
    let mut state = stored::parse(&what, raw, version, current)?;
    if version < current {
        let doing = format!("upgrading the state of {}", managed.name);
        state = guard::call(&doing, || managed.resource.upgrade_state(version, state))??;
    }
    let state = json::from_stored(&state, &managed.ty).map_err(|cause| {
        stored::refused(
            &what,
            format!(
                "It does not fit the provider's schema: {cause}. The state may be damaged; restore a backup \
                 of it, or remove the object from the state and import it again."
            ),
        )
    })?;
    Ok(managed.encode("upgraded state", &state)?)
}
