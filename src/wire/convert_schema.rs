//! Schemas for the host.

use crate::framework::server::get_metadata::ServerCapabilities;
use crate::framework::{
    Attribute, Block, IdentityAttribute, IdentitySchema, NestedBlock, Presence, Schema, Type,
};
use crate::proto::tfplugin6 as pb;
use crate::proto::tfplugin6::schema::nested_block::NestingMode;

/// A schema for the host.
pub(super) fn schema(schema: &Schema) -> pb::Schema {
    pb::Schema {
        version: schema.version,
        block: Some(block(&schema.block)),
    }
}

/// An identity schema for the host. Each attribute has to say whether an import must or may give it.
pub(super) fn identity_schema(schema: &IdentitySchema) -> pb::ResourceIdentitySchema {
    let attribute = |one: &IdentityAttribute| pb::resource_identity_schema::IdentityAttribute {
        name: one.name.clone(),
        r#type: ty(&one.ty),
        required_for_import: one.required_for_import,
        optional_for_import: !one.required_for_import,
        description: one.description.clone(),
    };
    pb::ResourceIdentitySchema {
        version: schema.version,
        identity_attributes: schema.attributes.iter().map(attribute).collect(),
    }
}

/// What the engine can do, for the host.
pub(super) fn capabilities(capabilities: ServerCapabilities) -> pb::ServerCapabilities {
    pb::ServerCapabilities {
        plan_destroy: capabilities.plan_destroy,
        get_provider_schema_optional: capabilities.get_provider_schema_optional,
        move_resource_state: capabilities.move_resource_state,
        generate_resource_config: false,
    }
}

fn block(block: &Block) -> pb::schema::Block {
    pb::schema::Block {
        attributes: block.attributes.iter().map(attribute).collect(),
        block_types: block.blocks.iter().map(nested_block).collect(),
        description: block.description.clone(),
        description_kind: pb::StringKind::Markdown.into(),
        ..Default::default()
    }
}

fn attribute(attribute: &Attribute) -> pb::schema::Attribute {
    pb::schema::Attribute {
        name: attribute.name.clone(),
        r#type: ty(&attribute.ty),
        description: attribute.description.clone(),
        description_kind: pb::StringKind::Markdown.into(),
        required: attribute.presence == Presence::Required,
        optional: attribute.presence == Presence::Optional,
        computed: attribute.presence == Presence::Computed,
        sensitive: attribute.sensitive,
        ..Default::default()
    }
}

fn nested_block(nested: &NestedBlock) -> pb::schema::NestedBlock {
    pb::schema::NestedBlock {
        type_name: nested.name.clone(),
        block: Some(block(&nested.block)),
        nesting: NestingMode::Single.into(),
        // Hosts insist on equal limits for a single block; none at all means that it may be left out.
        min_items: 0,
        max_items: 0,
    }
}

fn ty(ty: &Type) -> Vec<u8> {
    ty.to_json().to_string().into_bytes()
}
