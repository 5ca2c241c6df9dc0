//! Schemas and diagnostics on their way to the host.

use serde_json::json;
use tonic::Request;

use super::{NAME, service};
use crate::proto::tfplugin6 as pb;
use crate::proto::tfplugin6::attribute_path::step::Selector;
use crate::proto::tfplugin6::provider_server::Provider;

#[tokio::test]
async fn schemas_say_everything_that_was_declared() {
    let request = Request::new(pb::get_provider_schema::Request {});
    let response = service()
        .get_provider_schema(request)
        .await
        .unwrap()
        .into_inner();
    assert!(response.provider.unwrap().block.is_some());
    assert!(
        response.action_schemas[NAME]
            .schema
            .as_ref()
            .unwrap()
            .block
            .is_some()
    );
    assert!(response.data_source_schemas[NAME].block.is_some());
    let capabilities = response.server_capabilities.unwrap();
    assert!(capabilities.plan_destroy && capabilities.get_provider_schema_optional);
    assert!(capabilities.move_resource_state && !capabilities.generate_resource_config);

    let schema = &response.resource_schemas[NAME];
    assert_eq!(schema.version, 3);
    let block = schema.block.as_ref().unwrap();
    assert_eq!(block.description, "A door");
    assert_eq!(block.description_kind, i32::from(pb::StringKind::Markdown));
    let attributes = block.attributes.iter().map(|one| {
        let ty: serde_json::Value = serde_json::from_slice(&one.r#type).unwrap();
        let flags = [one.required, one.optional, one.computed, one.sensitive];
        (one.name.as_str(), ty, flags)
    });
    assert_eq!(
        attributes.collect::<Vec<_>>(),
        [
            ("room", json!("string"), [true, false, false, false]),
            ("code", json!(["map", "string"]), [false, true, false, true]),
            ("id", json!("string"), [false, false, true, false]),
        ]
    );
    let hinge = &block.block_types[0];
    assert_eq!(
        (hinge.type_name.as_str(), hinge.min_items, hinge.max_items),
        ("hinge", 0, 0)
    );
    assert_eq!(
        hinge.nesting(),
        pb::schema::nested_block::NestingMode::Single
    );
    assert_eq!(hinge.block.as_ref().unwrap().attributes[0].name, "oil");
}

#[tokio::test]
async fn identity_schemas_say_what_an_import_needs() {
    let request = Request::new(pb::get_resource_identity_schemas::Request {});
    let response = service()
        .get_resource_identity_schemas(request)
        .await
        .unwrap();
    let schema = &response.get_ref().identity_schemas[NAME];
    assert_eq!(schema.version, 4);
    let flags = schema.identity_attributes.iter();
    let flags = flags.map(|one| (one.required_for_import, one.optional_for_import));
    assert_eq!(flags.collect::<Vec<_>>(), [(true, false), (false, true)]);
}

#[tokio::test]
async fn diagnostics_have_a_severity_and_a_place() {
    let request = Request::new(pb::validate_resource_config::Request {
        type_name: NAME.into(),
        ..Default::default()
    });
    let response = service()
        .validate_resource_config(request)
        .await
        .unwrap()
        .into_inner();
    let [wrong, odd] = &response.diagnostics[..] else {
        panic!("{response:?}");
    };
    assert_eq!(wrong.severity(), pb::diagnostic::Severity::Error);
    let steps = wrong.attribute.as_ref().unwrap().steps.iter();
    assert_eq!(
        steps
            .filter_map(|step| step.selector.clone())
            .collect::<Vec<_>>(),
        [
            Selector::AttributeName("code".into()),
            Selector::ElementKeyString("k".into()),
            Selector::ElementKeyInt(1),
            Selector::AttributeName("x".into()),
        ]
    );
    assert_eq!(odd.severity(), pb::diagnostic::Severity::Warning);
    assert!(odd.attribute.is_none());
}
