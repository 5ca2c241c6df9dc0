//! ImportResourceState: an id or an identity becomes a first state, which the host then has read.

use super::managed::Managed;
use super::{Server, guard};
use crate::framework::{Diagnostic, Diagnostics, Encoded, ImportRequest, ImportedState, Value};

/// What the user named.
pub struct Request {
    /// The resource's type.
    pub type_name: String,
    /// The id, if it is an import by id.
    pub id: String,
    /// The identity, if it is an import by identity.
    pub identity: Option<Encoded>,
}

/// What an import begins with.
pub struct Imported {
    /// The resource's type.
    pub type_name: String,
    /// A first state.
    pub state: Encoded,
    /// The resource's own bytes, to be stored.
    pub private: Vec<u8>,
    /// The identity, to be stored.
    pub identity: Option<Encoded>,
}

opaque_debug!(Request, Imported);

impl Server {
    /// Makes the first state of an object that exists already.
    ///
    /// # Errors
    /// If the id or the identity cannot be one of this resource.
    pub fn import_resource_state(&self, request: &Request) -> Result<Imported, Diagnostics> {
        let managed = self.managed(&request.type_name)?;
        let identity = managed.decode_identity(request.identity.as_ref())?;
        let named = match &identity {
            Some(identity) => {
                complete(managed, identity)?;
                ImportRequest::Identity(identity.clone())
            }
            None => ImportRequest::Id(request.id.clone()),
        };
        let doing = format!("importing {}", managed.name);
        let imported = guard::call(&doing, || managed.resource.import(named))??;
        Ok(conclude(managed, imported, identity)?)
    }
}

/// Hosts do not check that an identity is complete.
fn complete(managed: &Managed, given: &Value) -> Result<(), Diagnostics> {
    let attributes = managed
        .identity
        .iter()
        .flat_map(|one| &one.schema.attributes);
    let missing: Diagnostics = attributes
        .filter(|one| one.required_for_import && !given.attribute(&one.name).is_known())
        .map(|one| {
            let (resource, name) = (managed.name, &one.name);
            Diagnostic::error(
                format!("The identity of {resource} is incomplete"),
                format!("Add {name} to the identity of the import block; it cannot be left out."),
            )
        })
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(missing)
    }
}

fn conclude(
    managed: &Managed,
    imported: ImportedState,
    given: Option<Value>,
) -> Result<Imported, Diagnostic> {
    let identity = imported.identity.or(given);
    let known = |one: &Value| one.is_wholly_known();
    if imported.state.is_null() || !known(&imported.state) || !identity.iter().all(known) {
        return Err(managed.at_fault("an import has to give a state without unknown values"));
    }
    Ok(Imported {
        type_name: managed.name.to_owned(),
        state: managed.encode("imported state", &imported.state)?,
        private: imported.private,
        identity: managed.encode_identity(identity.as_ref())?,
    })
}
