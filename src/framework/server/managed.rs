//! A managed resource with what does not change about it, and how its values are read and written.

use std::sync::Arc;

use crate::framework::{
    CodecError, Diagnostic, Encoded, IdentitySchema, Resource, Schema, Type, Value,
};

/// A managed resource and its schemas.
pub(super) struct Managed {
    pub(super) resource: Arc<dyn Resource>,
    pub(super) name: &'static str,
    pub(super) schema: Schema,
    pub(super) ty: Type,
    pub(super) identity: Option<Identity>,
}

/// An identity's schema with its type.
pub(super) struct Identity {
    pub(super) schema: IdentitySchema,
    pub(super) ty: Type,
}

impl Managed {
    pub(super) fn new(resource: Arc<dyn Resource>) -> Self {
        let schema = resource.schema();
        let identity = resource.identity_schema();
        Self {
            name: resource.type_name(),
            ty: schema.ty(),
            identity: identity.map(|schema| Identity {
                ty: schema.ty(),
                schema,
            }),
            resource,
            schema,
        }
    }

    /// Reads an object that the host sent; `what` names it, as in "prior state".
    pub(super) fn decode(&self, what: &str, encoded: &Encoded) -> Result<Value, Diagnostic> {
        let value = encoded.decode(&self.ty);
        value.map_err(|cause| unreadable(what, self.name, cause))
    }

    /// Writes an object of this resource; `what` names it.
    pub(super) fn encode(&self, what: &str, value: &Value) -> Result<Encoded, Diagnostic> {
        Encoded::encode(value, &self.ty).map_err(|cause| self.misshapen(what, &cause))
    }

    /// Reads an identity that the host sent. A resource without identities has none.
    pub(super) fn decode_identity(
        &self,
        encoded: Option<&Encoded>,
    ) -> Result<Option<Value>, Diagnostic> {
        let (Some(identity), Some(encoded)) = (&self.identity, encoded) else {
            return Ok(None);
        };
        let value = encoded.decode(&identity.ty);
        let value = value.map_err(|cause| unreadable("identity", self.name, cause))?;
        Ok(Some(value).filter(Value::is_known))
    }

    /// Writes an identity. A resource without identities has none.
    pub(super) fn encode_identity(
        &self,
        value: Option<&Value>,
    ) -> Result<Option<Encoded>, Diagnostic> {
        let (Some(identity), Some(value)) = (&self.identity, value) else {
            return Ok(None);
        };
        let encoded = Encoded::encode(value, &identity.ty);
        encoded
            .map(Some)
            .map_err(|cause| self.misshapen("identity", &cause))
    }

    /// The diagnostic for a rule that the resource's own code has broken.
    pub(super) fn at_fault(&self, problem: impl AsRef<str>) -> Diagnostic {
        at_fault(self.name, problem.as_ref())
    }

    fn misshapen(&self, what: &str, cause: &CodecError) -> Diagnostic {
        self.at_fault(format!("the {what} does not fit the schema ({cause})"))
    }
}

/// The diagnostic for a rule that the provider's own code has broken.
pub(super) fn at_fault(name: &str, problem: &str) -> Diagnostic {
    tracing::error!(name, problem, "the provider broke a rule of the protocol");
    Diagnostic::error(
        format!("The provider is at fault with {name}"),
        format!(
            "This is a bug in the provider and not in your configuration: {problem}. Please report it."
        ),
    )
}

/// The diagnostic for a value from the host that cannot be read.
pub(super) fn unreadable(what: &str, of: &str, cause: CodecError) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        format!("Cannot read the {what} of {of}"),
        format!(
            "The {what} that Terraform or OpenTofu handed to the provider does not fit the provider's \
             schema: {cause}. Was it written by another version of the provider?"
        ),
    );
    if cause.path.is_empty() {
        diagnostic
    } else {
        diagnostic.at(cause.path)
    }
}
