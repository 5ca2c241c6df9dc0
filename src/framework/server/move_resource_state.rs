//! MoveResourceState: state from another address of the provider; OpenTofu asks this for our own type, too.

use super::{Server, upgrade_resource_identity, upgrade_resource_state};
use crate::framework::{Diagnostic, Diagnostics, Encoded, RawState};

/// What is to be moved.
pub struct Request {
    /// The type it was stored as.
    pub source_type_name: String,
    /// The source address of the provider that stored it.
    pub source_provider_address: String,
    /// The version of the schema under which it was stored.
    pub source_schema_version: i64,
    /// What is stored.
    pub source_state: RawState,
    /// The provider's own bytes beside it.
    pub source_private: Vec<u8>,
    /// The identity beside it, if there is one.
    pub source_identity: Option<RawState>,
    /// The version of the identity schema under which that was stored.
    pub source_identity_schema_version: i64,
    /// The type it is to become.
    pub target_type_name: String,
}

/// What was moved.
pub struct Moved {
    /// The state under the target type.
    pub state: Encoded,
    /// The provider's own bytes beside it.
    pub private: Vec<u8>,
    /// The identity beside it.
    pub identity: Option<Encoded>,
}

opaque_debug!(Request, Moved);

impl Server {
    /// Moves the state of one of our own types, which upgrades it.
    ///
    /// # Errors
    /// If the source is of another type, or cannot be upgraded.
    pub fn move_resource_state(&self, request: Request) -> Result<Moved, Diagnostics> {
        let managed = self.managed(&request.target_type_name)?;
        if request.source_type_name != request.target_type_name {
            return Err(other_type(&request).into());
        }
        let version = request.source_schema_version;
        let state = upgrade_resource_state::upgrade(managed, version, &request.source_state)?;
        let stored = |raw: &RawState| !raw.json.is_empty() || !raw.flatmap.is_empty();
        let identity = match request.source_identity.filter(stored) {
            Some(raw) => {
                let version = request.source_identity_schema_version;
                upgrade_resource_identity::upgrade(managed, version, &raw)?
            }
            None => None,
        };
        Ok(Moved {
            state,
            private: request.source_private,
            // A stored null is no identity.
            identity: identity.filter(|one| !one.is_null()),
        })
    }
}

fn other_type(request: &Request) -> Diagnostic {
    let (source, target) = (&request.source_type_name, &request.target_type_name);
    let address = &request.source_provider_address;
    Diagnostic::error(
        format!("Cannot move {source} to {target}"),
        format!(
            "The state of {source} (of the provider {address}) cannot become one of {target}: they are \
             different objects. Remove the moved block; a removed block with destroy = false lets go of the \
             old object, and an import block takes the new one in."
        ),
    )
}
