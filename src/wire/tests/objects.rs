//! Objects both ways: planned, applied, read, stored, moved and imported.

use tonic::Request;

use super::{NAME, door, identity_data, read_back, service, value};
use crate::framework::Value;
use crate::proto::tfplugin6 as pb;
use crate::proto::tfplugin6::provider_server::Provider;

#[tokio::test]
async fn a_plan_and_its_apply_carry_everything() {
    let (prior, proposed) = (door("hall", "1"), door("attic", "1"));
    let request = Request::new(pb::plan_resource_change::Request {
        type_name: NAME.into(),
        prior_state: value(&prior),
        proposed_new_state: value(&proposed),
        config: value(&door("attic", Value::Null)),
        prior_private: b"p".to_vec(),
        planned_private: b"q".to_vec(),
        prior_identity: identity_data("hall"),
        client_capabilities: Some(pb::ClientCapabilities {
            deferral_allowed: true,
            ..Default::default()
        }),
        ..Default::default()
    });
    let planned = service()
        .plan_resource_change(request)
        .await
        .unwrap()
        .into_inner();
    assert!(planned.diagnostics.is_empty(), "{planned:?}");
    assert_eq!(planned.planned_private, b"pq");
    assert_eq!(planned.requires_replace.len(), 1);
    assert!(planned.planned_identity == identity_data("hall"));
    assert!(planned.deferred.is_none() && !planned.legacy_type_system);
    assert_eq!(read_back(planned.planned_state.clone()), proposed);

    let request = Request::new(pb::apply_resource_change::Request {
        type_name: NAME.into(),
        prior_state: None,
        planned_state: value(&door("attic", Value::Unknown)),
        config: value(&door("attic", Value::Null)),
        planned_private: planned.planned_private,
        planned_identity: planned.planned_identity,
        ..Default::default()
    });
    let applied = service()
        .apply_resource_change(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(applied.diagnostics[0].summary, "Made");
    assert_eq!(applied.private, b"pq");
    assert!(applied.new_identity == identity_data("hall"));
    assert_eq!(read_back(applied.new_state.clone()), door("attic", "made"));

    let request = Request::new(pb::read_resource::Request {
        type_name: NAME.into(),
        current_state: applied.new_state.clone(),
        private: b"p".to_vec(),
        current_identity: identity_data("hall"),
        ..Default::default()
    });
    let read = service().read_resource(request).await.unwrap().into_inner();
    assert!(read.new_state == applied.new_state && read.private == b"p");
    assert!(read.new_identity == identity_data("hall") && read.deferred.is_none());
}

#[tokio::test]
async fn a_read_that_fails_never_leaves_the_state_out() {
    let request = Request::new(pb::read_resource::Request {
        type_name: "test_window".into(),
        current_state: value(&door("hall", "1")),
        ..Default::default()
    });
    let read = service().read_resource(request).await.unwrap().into_inner();
    assert_eq!(read.diagnostics.len(), 1);
    assert_eq!(read_back(read.new_state), door("hall", "1"));
}

#[tokio::test]
async fn stored_and_named_objects_come_in() {
    let stored = || {
        Some(pb::RawState {
            json: br#"{"room":"hall","id":"1"}"#.to_vec(),
            ..Default::default()
        })
    };
    let request = Request::new(pb::upgrade_resource_state::Request {
        type_name: NAME.into(),
        version: 3,
        raw_state: stored(),
    });
    let upgraded = service()
        .upgrade_resource_state(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(read_back(upgraded.upgraded_state), door("hall", "1"));

    let request = Request::new(pb::move_resource_state::Request {
        source_type_name: NAME.into(),
        target_type_name: NAME.into(),
        source_schema_version: 3,
        source_state: stored(),
        source_private: b"p".to_vec(),
        source_identity: Some(pb::RawState {
            json: br#"{"room":"hall","floor":1}"#.to_vec(),
            ..Default::default()
        }),
        source_identity_schema_version: 4,
        ..Default::default()
    });
    let moved = service()
        .move_resource_state(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(read_back(moved.target_state), door("hall", "1"));
    assert_eq!(moved.target_private, b"p");
    assert!(moved.target_identity == identity_data("hall"));

    let request = Request::new(pb::upgrade_resource_identity::Request {
        type_name: NAME.into(),
        version: 4,
        raw_identity: Some(pb::RawState {
            json: br#"{"room":"hall","floor":1}"#.to_vec(),
            ..Default::default()
        }),
    });
    let upgraded = service().upgrade_resource_identity(request).await.unwrap();
    assert!(upgraded.into_inner().upgraded_identity == identity_data("hall"));

    for (identity, objects, problems) in [(None, 1, 0), (identity_data("hall"), 0, 1)] {
        let request = Request::new(pb::import_resource_state::Request {
            type_name: NAME.into(),
            id: "hall".into(),
            identity,
            ..Default::default()
        });
        let imported = service()
            .import_resource_state(request)
            .await
            .unwrap()
            .into_inner();
        assert_eq!(imported.imported_resources.len(), objects);
        assert_eq!(imported.diagnostics.len(), problems);
        for object in imported.imported_resources {
            assert_eq!(object.type_name, NAME);
            assert_eq!(read_back(object.state), door("hall", Value::Null));
        }
    }
}

#[tokio::test]
async fn what_is_looked_up_comes_back() {
    let config = value(&door("hall", Value::Null));
    let request = Request::new(pb::validate_data_resource_config::Request {
        type_name: NAME.into(),
        config: config.clone(),
    });
    let checked = service()
        .validate_data_resource_config(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(checked.diagnostics[0].summary, "Checked");

    let request = |config| {
        Request::new(pb::read_data_source::Request {
            type_name: NAME.into(),
            config,
            ..Default::default()
        })
    };
    let found = service().read_data_source(request(config)).await;
    let found = found.unwrap().into_inner();
    assert_eq!(found.diagnostics, []);
    assert!(found.deferred.is_none());
    assert_eq!(read_back(found.state), door("hall", "id-1"));

    let nothing = service().read_data_source(request(None)).await;
    let nothing = nothing.unwrap().into_inner();
    assert_eq!(nothing.diagnostics[0].summary, "No room");
    assert!(nothing.state.is_none());
}
