//! The identity of a resource: the few attributes by which an object is told from all others.

use super::Type;

/// What identifies an object, with the version of that shape.
#[derive(Clone, Debug, PartialEq)]
pub struct IdentitySchema {
    /// Raised whenever a stored identity of the older shape needs a conversion.
    pub version: i64,
    /// Its attributes, in the order of their declaration.
    pub attributes: Vec<IdentityAttribute>,
}

/// One attribute of an identity. Hosts allow primitives and lists of primitives.
#[derive(Clone, Debug, PartialEq)]
pub struct IdentityAttribute {
    /// Its name in the `identity` of an `import` block.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Plain text.
    pub description: String,
    /// Whether an import must give it; otherwise it may.
    pub required_for_import: bool,
}

impl IdentitySchema {
    /// The type of the identities of this schema: an object of its attributes.
    pub fn ty(&self) -> Type {
        Type::object(
            self.attributes
                .iter()
                .map(|one| (one.name.clone(), one.ty.clone())),
        )
    }
}

impl IdentityAttribute {
    /// An attribute that every import by identity has to give.
    pub fn required(name: impl Into<String>, ty: Type, description: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ty,
            description: description.into(),
            required_for_import: true,
        }
    }
}
