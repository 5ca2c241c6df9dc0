//! The schema of a provider, resource or action: what may be written in its block, and what it means.

use std::collections::BTreeMap;

use super::{Type, Value};

/// The shape of a block with the version of that shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    /// Raised whenever stored state of the older shape needs a conversion.
    pub version: i64,
    /// What may be written.
    pub block: Block,
}

/// The attributes and nested blocks of a block, in the order of their declaration.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Markdown.
    pub description: String,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// Its nested blocks.
    pub blocks: Vec<NestedBlock>,
}

/// One attribute of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// Its name in the configuration.
    pub name: String,
    /// Its type: a primitive, or a list or map of primitives.
    pub ty: Type,
    /// Markdown.
    pub description: String,
    /// Who gives the value.
    pub presence: Presence,
    /// Whether hosts hide the value in their output.
    pub sensitive: bool,
    /// Whether another value means another object: a change is a destroy and a create.
    pub replaces: bool,
}

/// Who gives the value of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The user must.
    Required,
    /// The user may.
    Optional,
    /// The provider alone does.
    Computed,
}

/// A block that may be written at most once inside another.
#[derive(Clone, Debug, PartialEq)]
pub struct NestedBlock {
    /// Its name in the configuration.
    pub name: String,
    /// What may be written in it.
    pub block: Block,
}

impl Schema {
    /// A block's shape in its given version.
    pub fn new(version: i64, block: Block) -> Self {
        Self { version, block }
    }

    /// The type of the values of this schema: an object of its attributes and blocks.
    pub fn ty(&self) -> Type {
        self.block.ty()
    }

    /// The object in which nothing is set.
    pub fn null_object(&self) -> Value {
        let attributes = self.block.attributes.iter().map(|one| &one.name);
        let blocks = self.block.blocks.iter().map(|one| &one.name);
        let nulls: BTreeMap<_, _> = attributes
            .chain(blocks)
            .map(|name| (name.clone(), Value::Null))
            .collect();
        Value::Object(nulls)
    }
}

impl Block {
    /// An empty block with a description in Markdown.
    pub fn new(description: impl Into<String>) -> Self {
        Self {
            description: description.into(),
            attributes: Vec::new(),
            blocks: Vec::new(),
        }
    }

    /// The same block with one more attribute.
    #[must_use]
    pub fn attribute(mut self, attribute: Attribute) -> Self {
        self.attributes.push(attribute);
        self
    }

    /// The same block with one more nested block.
    #[must_use]
    pub fn block(mut self, block: NestedBlock) -> Self {
        self.blocks.push(block);
        self
    }

    /// The type of this block's values.
    pub fn ty(&self) -> Type {
        let attributes = self
            .attributes
            .iter()
            .map(|one| (one.name.clone(), one.ty.clone()));
        let blocks = self
            .blocks
            .iter()
            .map(|one| (one.name.clone(), one.block.ty()));
        Type::Object(attributes.chain(blocks).collect())
    }
}

impl Attribute {
    /// An attribute that must be set.
    pub fn required(name: impl Into<String>, ty: Type, description: impl Into<String>) -> Self {
        Self::new(name.into(), ty, description.into(), Presence::Required)
    }

    /// An attribute that may be set; null if it is not.
    pub fn optional(name: impl Into<String>, ty: Type, description: impl Into<String>) -> Self {
        Self::new(name.into(), ty, description.into(), Presence::Optional)
    }

    /// An attribute that the provider sets; the engine refuses one that the user set.
    pub fn computed(name: impl Into<String>, ty: Type, description: impl Into<String>) -> Self {
        Self::new(name.into(), ty, description.into(), Presence::Computed)
    }

    /// The same attribute, hidden in the output of hosts.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// The same attribute, whose change replaces the object.
    #[must_use]
    pub fn replaces(mut self) -> Self {
        self.replaces = true;
        self
    }

    fn new(name: String, ty: Type, description: String, presence: Presence) -> Self {
        Self {
            name,
            ty,
            description,
            presence,
            sensitive: false,
            replaces: false,
        }
    }
}

impl NestedBlock {
    /// A block that may be written once; its value is null where it is not.
    pub fn single(name: impl Into<String>, block: Block) -> Self {
        Self {
            name: name.into(),
            block,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Attribute, Block, NestedBlock, Schema};
    use crate::framework::Type;

    #[test]
    fn a_schema_implies_the_type_of_its_values() {
        let timeouts =
            Block::new("Timeouts").attribute(Attribute::optional("create", Type::String, "Create"));
        let block = Block::new("A thing")
            .attribute(Attribute::required("name", Type::String, "Name").replaces())
            .attribute(Attribute::optional(
                "triggers",
                Type::map(Type::String),
                "Triggers",
            ))
            .attribute(Attribute::computed("id", Type::String, "Id").sensitive())
            .block(NestedBlock::single("timeouts", timeouts));
        let schema = Schema::new(1, block);
        assert_eq!(
            schema.ty().to_json(),
            json!(["object", {
                "id": "string",
                "name": "string",
                "timeouts": ["object", {"create": "string"}],
                "triggers": ["map", "string"],
            }])
        );
        let nothing = schema.null_object();
        assert_eq!(nothing.as_map().unwrap().len(), 4);
        assert!(nothing.as_map().unwrap().values().all(|one| one.is_null()));
    }
}
