//! What the provider tells about itself: schemas that every host takes.

use super::host::{Host, NAMES};
use super::start;
use plugin_host::tfplugin6::schema::nested_block::NestingMode;
use plugin_host::tfplugin6::{
    Schema, ServerCapabilities, get_metadata, get_provider_schema, get_resource_identity_schemas,
    schema,
};
use prost::Message as _;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What hosts take of GetProviderSchema.
const LARGEST_SCHEMA: usize = 64 << 20;

#[tokio::test]
async fn check_21_hosts_take_every_schema() {
    let host = Host::unconfigured().await;
    let told = &host.schemas;
    assert!(told.encoded_len() < LARGEST_SCHEMA);
    assert_eq!(told.diagnostics, []);
    let offered = ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: true,
        generate_resource_config: false,
    };
    assert_eq!(told.server_capabilities, Some(offered));
    let actions = told.action_schemas.iter();
    let actions = actions.map(|(name, action)| (name, action.schema.as_ref().unwrap()));
    let objects = told
        .resource_schemas
        .iter()
        .chain(&told.data_source_schemas);
    for (name, schema) in objects.chain(actions) {
        // Hosts find the provider of a type by what comes before the first underscore.
        assert!(name.starts_with("atlas_"), "{name}");
        assert_legal(name, schema);
    }
    assert_legal("provider", told.provider.as_ref().unwrap());
}

fn assert_legal(name: &str, schema: &Schema) {
    assert!(schema.version >= 0);
    assert_legal_block(name, schema.block.as_ref().unwrap());
}

fn assert_legal_block(at: &str, block: &schema::Block) {
    assert!(!block.description.is_empty(), "{at}");
    assert!(!block.deprecated && !block.computed && block.deprecation_message.is_empty());
    let mut names = BTreeSet::new();
    for attribute in &block.attributes {
        let at = format!("{at}.{}", attribute.name);
        assert_legal_name(&at, &attribute.name);
        assert!(names.insert(attribute.name.clone()), "{at} twice");
        let ty: Value = serde_json::from_slice(&attribute.r#type).unwrap();
        assert_legal_type(&at, &ty);
        assert_eq!(attribute.nested_type, None, "{at} has a type already");
        let ways = [attribute.required, attribute.optional, attribute.computed];
        let ways = ways.into_iter().filter(|way| *way).count();
        assert!(ways == 1 || (ways == 2 && !attribute.required), "{at}");
        assert!(!attribute.description.is_empty(), "{at}");
        assert!(attribute.deprecated || attribute.deprecation_message.is_empty());
    }
    for nested in &block.block_types {
        let at = format!("{at}.{}", nested.type_name);
        assert_legal_name(&at, &nested.type_name);
        assert!(names.insert(nested.type_name.clone()), "{at} twice");
        let items = (nested.min_items, nested.max_items);
        match nested.nesting() {
            NestingMode::Single => assert!([(0, 0), (0, 1), (1, 1)].contains(&items), "{at}"),
            NestingMode::List | NestingMode::Set => {
                assert!(items.0 >= 0 && (items.1 == 0 || items.0 <= items.1), "{at}");
            }
            NestingMode::Map | NestingMode::Group => assert_eq!(items, (0, 0), "{at}"),
            NestingMode::Invalid => panic!("{at} has no nesting"),
        }
        assert_legal_block(&at, nested.block.as_ref().unwrap());
    }
}

fn assert_legal_name(at: &str, name: &str) {
    let legal = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    assert!(!name.is_empty() && name.bytes().all(legal), "{at}");
}

/// A type that hosts can read: invalid JSON, or a word that is no type, brings them down.
fn assert_legal_type(at: &str, ty: &Value) {
    match ty {
        Value::String(word) => assert!(["string", "number", "bool"].contains(&word.as_str())),
        Value::Array(words) if words.len() == 2 && words[0] == "object" => {
            let attributes = words[1].as_object().unwrap();
            assert!(!attributes.is_empty(), "{at}");
            for (name, ty) in attributes {
                let at = format!("{at}.{name}");
                assert_legal_name(&at, name);
                assert_legal_type(&at, ty);
            }
        }
        Value::Array(words) if words.len() == 2 => {
            assert!([json!("list"), json!("map")].contains(&words[0]), "{at}");
            assert_legal_type(at, &words[1]);
        }
        _ => panic!("{at} has the type {ty}"),
    }
}

/// Without these kinds there is nothing to be checked about them; who adds one adds its checks.
#[tokio::test]
async fn checks_30_45_49_50_have_no_subject_here() {
    let told = Host::unconfigured().await.schemas;
    let others = [
        told.ephemeral_resource_schemas.len(),
        told.list_resource_schemas.len(),
        told.state_store_schemas.len(),
        told.functions.len(),
    ];
    assert_eq!((others, told.provider_meta), ([0; 4], None));
    let resources = told.resource_schemas.into_values();
    let data_sources = told.data_source_schemas.into_values();
    let actions = told.action_schemas.into_values();
    let actions = actions.map(|action| action.schema.unwrap());
    for schema in resources
        .chain(data_sources)
        .chain(actions)
        .chain(told.provider)
    {
        for attribute in schema.block.unwrap().attributes {
            let ty = String::from_utf8(attribute.r#type).unwrap();
            assert!(!ty.contains("dynamic") && !ty.contains("set"), "{ty}");
            assert!(!attribute.write_only, "{}", attribute.name);
        }
    }
}

#[tokio::test]
async fn check_21_the_same_is_told_whenever_and_however_often_it_is_asked() {
    let host = Host::unconfigured().await;
    let asked = (0..20).map(|_| {
        let mut provider = host.provider();
        tokio::spawn(async move {
            let request = get_provider_schema::Request {};
            provider.get_provider_schema(request).await.unwrap()
        })
    });
    for told in asked.collect::<Vec<_>>() {
        assert_eq!(told.await.unwrap().into_inner(), host.schemas);
    }
    // And by another process: Terraform uses the schemas of the first.
    assert_eq!(Host::unconfigured().await.schemas, host.schemas);
}

#[tokio::test]
async fn check_21_the_short_list_names_what_the_long_one_does() {
    let host = Host::unconfigured().await;
    let request = get_metadata::Request {};
    let told = host.provider().get_metadata(request).await.unwrap();
    let told = told.into_inner();
    assert_eq!(told.diagnostics, []);
    assert_eq!(told.server_capabilities, host.schemas.server_capabilities);
    let resources = told.resources.into_iter().map(|one| one.type_name);
    let data_sources = told.data_sources.into_iter().map(|one| one.type_name);
    let actions = told.actions.into_iter().map(|one| one.type_name);
    let (resource_schemas, action_schemas) =
        (host.schemas.resource_schemas, host.schemas.action_schemas);
    assert_eq!(
        resources.collect::<BTreeSet<_>>(),
        resource_schemas.into_keys().collect()
    );
    assert_eq!(
        data_sources.collect::<BTreeSet<_>>(),
        host.schemas.data_source_schemas.into_keys().collect()
    );
    assert_eq!(
        actions.collect::<BTreeSet<_>>(),
        action_schemas.into_keys().collect()
    );
}

#[tokio::test]
async fn check_24_hosts_take_every_identity() {
    let plugin = start().await;
    let request = get_resource_identity_schemas::Request {};
    let told = plugin
        .provider()
        .get_resource_identity_schemas(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(told.diagnostics, []);
    let schemas: BTreeMap<_, _> = told.identity_schemas.into_iter().collect();
    let resources = Host::unconfigured().await.schemas.resource_schemas;
    for (resource, identity) in schemas {
        assert!(resources.contains_key(&resource), "{resource}");
        assert!(identity.version >= 0);
        let names = identity.identity_attributes.iter().map(|one| &one.name);
        assert!(names.eq(NAMES));
        for attribute in identity.identity_attributes {
            let ty: Value = serde_json::from_slice(&attribute.r#type).unwrap();
            // No map, set or object.
            let primitive = |ty: &Value| ["string", "number", "bool"].map(Value::from).contains(ty);
            assert!(
                primitive(&ty) || (ty[0] == "list" && primitive(&ty[1])),
                "{ty}"
            );
            assert!(attribute.required_for_import != attribute.optional_for_import);
        }
    }
}
