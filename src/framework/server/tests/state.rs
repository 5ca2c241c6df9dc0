//! Stored and named objects: upgrade, move and import.

use super::{NAME, decode, detail, errors, identity, identity_name, server};
use crate::framework::server::{
    import_resource_state, move_resource_state, upgrade_resource_identity, upgrade_resource_state,
};
use crate::framework::{Diagnostics, Encoded, RawState, Value};

fn raw(json: &str) -> RawState {
    RawState {
        json: json.into(),
        ..RawState::default()
    }
}

fn upgrade(version: i64, json: &str) -> Result<Value, Diagnostics> {
    let request = upgrade_resource_state::Request {
        type_name: NAME.into(),
        version,
        raw_state: raw(json),
    };
    server()
        .upgrade_resource_state(&request)
        .map(|state| decode(&state))
}

#[test]
fn the_present_version_loads_with_gaps_filled_and_numbers_exact() {
    let state = upgrade(
        2,
        r#"{"name": "a", "size": 12345678901234567890123, "old": [1]}"#,
    )
    .unwrap();
    assert_eq!(state.attribute("name").as_str(), Some("a"));
    assert!(state.attribute("timeouts").is_null());
    let size = "12345678901234567890123".parse().unwrap();
    assert_eq!(state.attribute("size"), &Value::Number(size));
    assert!(upgrade(2, "null").unwrap().is_null());
}

#[test]
fn an_older_version_is_converted() {
    let state = upgrade(1, r#"{"title": "t", "size": 0.1}"#).unwrap();
    assert_eq!(state.attribute("name").as_str(), Some("t of version 1"));
    assert_eq!(
        state.attribute("size"),
        &Value::Number("0.1".parse().unwrap())
    );
}

#[test]
fn a_state_that_cannot_be_used_is_refused() {
    for (version, json, summary) in [
        (3, "{}", "Cannot read the stored state of test_thing"),
        (2, "", "Cannot read the stored state of test_thing"),
        (2, "[]", "Cannot read the stored state of test_thing"),
        (
            2,
            r#"{"name": hunter2}"#,
            "Cannot read the stored state of test_thing",
        ),
        (
            2,
            r#"{"size": "hunter2"}"#,
            "Cannot read the stored state of test_thing",
        ),
        (1, "{}", "No title"),
        (
            0,
            r#"{"title": "panic"}"#,
            "The provider panicked while upgrading the state of test_thing",
        ),
    ] {
        let refused = upgrade(version, json).unwrap_err();
        assert_eq!(errors(&refused), [summary], "{version} {json}");
    }
    let request = upgrade_resource_state::Request {
        type_name: NAME.into(),
        version: 2,
        raw_state: RawState {
            json: Vec::new(),
            flatmap: [("name".to_owned(), "a".to_owned())].into(),
        },
    };
    let refused = server().upgrade_resource_state(&request).err().unwrap();
    assert!(detail(&refused).contains("before 0.12"));
}

#[test]
fn an_identity_loads() {
    let request = |version, json| upgrade_resource_identity::Request {
        type_name: NAME.into(),
        version,
        raw_identity: raw(json),
    };
    for version in [0, 1] {
        let request = request(version, r#"{"name": "a"}"#);
        let upgraded = server().upgrade_resource_identity(&request).unwrap();
        assert_eq!(identity_name(Some(&upgraded)), Some("a".into()));
    }
    assert!(
        server()
            .upgrade_resource_identity(&request(2, "{}"))
            .is_err()
    );
}

fn moving(source_type: &str, source_identity: Option<RawState>) -> move_resource_state::Request {
    move_resource_state::Request {
        source_type_name: source_type.into(),
        source_provider_address: "registry.example.org/test/test".into(),
        source_schema_version: 1,
        source_state: raw(r#"{"title": "t"}"#),
        source_private: b"private".to_vec(),
        source_identity,
        source_identity_schema_version: 1,
        target_type_name: NAME.into(),
    }
}

#[test]
fn our_own_type_moves_with_everything_beside_it() {
    let request = moving(NAME, Some(raw(r#"{"name": "a"}"#)));
    let moved = server().move_resource_state(request).unwrap();
    assert_eq!(
        decode(&moved.state).attribute("name").as_str(),
        Some("t of version 1")
    );
    assert_eq!(moved.private, b"private");
    assert_eq!(identity_name(moved.identity.as_ref()), Some("a".into()));
    for nothing in [None, Some(RawState::default()), Some(raw("null"))] {
        let moved = server().move_resource_state(moving(NAME, nothing)).unwrap();
        assert!(moved.identity.is_none());
    }
}

#[test]
fn another_type_does_not_move() {
    let refused = server().move_resource_state(moving("other_thing", None));
    let refused = refused.err().unwrap();
    assert_eq!(errors(&refused), ["Cannot move other_thing to test_thing"]);
}

fn import(
    id: &str,
    identity: Option<Encoded>,
) -> Result<import_resource_state::Imported, Diagnostics> {
    server().import_resource_state(&import_resource_state::Request {
        type_name: NAME.into(),
        id: id.into(),
        identity,
    })
}

#[test]
fn an_object_is_imported_by_id_and_by_identity() {
    for imported in [import("a", None), import("", Some(identity("a")))] {
        let imported = imported.unwrap();
        assert_eq!(imported.type_name, NAME);
        assert_eq!(
            decode(&imported.state).attribute("name").as_str(),
            Some("a")
        );
        assert_eq!(imported.private, b"imported");
        assert_eq!(identity_name(imported.identity.as_ref()), Some("a".into()));
    }
}

#[test]
fn what_names_no_object_is_refused() {
    let mut nothing = Value::Null;
    nothing.set("name", Value::Null);
    let nothing = Encoded::encode(&nothing, &super::identity_schema().ty()).unwrap();
    for (refused, summary) in [
        (import("", None), "Bad id"),
        (
            import("", Some(nothing)),
            "The identity of test_thing is incomplete",
        ),
        (
            import("panic", None),
            "The provider panicked while importing test_thing",
        ),
        (
            import("unknown", None),
            "The provider is at fault with test_thing",
        ),
    ] {
        assert_eq!(errors(&refused.err().unwrap()), [summary]);
    }
}
