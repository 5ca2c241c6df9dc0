//! What is the same for every configuration: read it, and refuse what only the provider may set.

use super::managed::unreadable;
use crate::framework::{
    Block, Diagnostic, Diagnostics, Encoded, Path, Presence, Schema, Type, Value,
};

/// Reads a configuration. Where there is none at all, nothing in it is set.
pub(super) fn decode(
    of: &str,
    encoded: &Encoded,
    schema: &Schema,
    ty: &Type,
) -> Result<Value, Diagnostic> {
    match encoded.decode(ty) {
        Ok(Value::Null) => Ok(schema.null_object()),
        Ok(value) => Ok(value),
        Err(cause) => Err(unreadable("configuration", of, cause)),
    }
}

/// One error for each computed attribute that the user set: hosts let that through.
pub(super) fn refuse_computed(block: &Block, config: &Value) -> Diagnostics {
    let mut refused = Diagnostics::default();
    collect(block, config, &Path::default(), &mut refused);
    refused
}

fn collect(block: &Block, config: &Value, at: &Path, refused: &mut Diagnostics) {
    if !config.is_known() {
        return;
    }
    for attribute in &block.attributes {
        let name = &attribute.name;
        if attribute.presence == Presence::Computed && !config.attribute(name).is_null() {
            let path = at.clone().attribute(name);
            refused.push(
                Diagnostic::error(
                    format!("{path} cannot be set"),
                    format!(
                        "The value of {path} comes from the provider alone. Remove the argument from \
                         the configuration; other configuration can still refer to it."
                    ),
                )
                .at(path),
            );
        }
    }
    for nested in &block.blocks {
        let inner = config.attribute(&nested.name);
        let path = at.clone().attribute(&nested.name);
        collect(&nested.block, inner, &path, refused);
    }
}
