//! Stored values, as state files hold them: JSON of this version of the schema or an older one.

use serde_json::Value as Json;

use crate::framework::{Diagnostic, RawState, json};

/// The JSON of a stored value of the version `version`; `what` names it, as in "state of atlas_thing".
pub(super) fn parse(
    what: &str,
    raw: &RawState,
    version: i64,
    current: i64,
) -> Result<Json, Diagnostic> {
    if version > current {
        return Err(refused(
            what,
            format!(
                "It was written by a newer version of the provider: its schema has version {version}, and this \
                 provider knows versions up to {current}. Install the newer version of the provider."
            ),
        ));
    }
    if raw.json.is_empty() && !raw.flatmap.is_empty() {
        return Err(refused(
            what,
            "It is stored in the format of Terraform before 0.12, which no version of this provider has \
             ever used. Remove it from the state and import the object again.",
        ));
    }
    let cause = match serde_json::from_slice(&raw.json) {
        Ok(stored @ (Json::Object(_) | Json::Null)) => return Ok(stored),
        Ok(_) => "it is not an object".to_owned(),
        Err(cause) => json::harmless(&cause),
    };
    Err(refused(
        what,
        format!(
            "What is stored is not a JSON object: {cause}. The state may be damaged; restore a backup of it, \
             or remove the object from the state and import it again."
        ),
    ))
}

/// The error for a stored value that cannot be used.
pub(super) fn refused(what: &str, why: impl Into<String>) -> Diagnostic {
    Diagnostic::error(format!("Cannot read the stored {what}"), why)
}
