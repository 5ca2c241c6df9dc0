//! What Terraform's core enforces on plans and results, written again over JSON from the facts of the protocol.

use super::host::{NAMES, Object, Plan};
use plugin_host::dynamic;
use plugin_host::tfplugin6::attribute_path::step::Selector;
use plugin_host::tfplugin6::{AttributePath, schema};
use serde_json::Value;
use std::collections::BTreeSet;

/// A plan that core accepts: what is configured comes back, and only computed attributes are the provider's to fill.
pub(super) fn assert_plan_valid(
    block: &schema::Block,
    prior: &Value,
    config: &Value,
    planned: &Value,
) {
    assert_eq!(planned.is_null(), config.is_null(), "{planned}");
    if config.is_null() {
        return;
    }
    if *config == dynamic::unknown() {
        return assert_eq!(planned, config, "a block that is unknown stays so");
    }
    assert_conforms(block, planned);
    for attribute in &block.attributes {
        let name = attribute.name.as_str();
        let (prior, config, planned) = (&prior[name], &config[name], &planned[name]);
        let kept = !prior.is_null() && !config.is_null() && planned == prior;
        let computed = attribute.computed && config.is_null();
        assert!(
            planned == config || kept || computed,
            "{name} is planned as {planned}, configured as {config} and was {prior}"
        );
    }
    for nested in &block.block_types {
        let name = nested.type_name.as_str();
        let inner = nested.block.as_ref().unwrap();
        assert_plan_valid(inner, &prior[name], &config[name], &planned[name]);
    }
}

/// Everything that was known in the plan is as it was planned; what was unknown may have become anything.
pub(super) fn assert_compatible(planned: &Value, applied: &Value) {
    match (planned, applied) {
        (planned, _) if *planned == dynamic::unknown() => {}
        (Value::Object(planned), Value::Object(applied)) => {
            let names = |object: &serde_json::Map<_, _>| object.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(planned), names(applied));
            for (name, planned) in planned {
                assert_compatible(planned, &applied[name]);
            }
        }
        _ => assert_eq!(planned, applied),
    }
}

/// An object that core would store: exactly the attributes of the schema, all of them known, and its identity.
pub(super) fn assert_stored(block: &schema::Block, object: &Object) {
    assert!(is_known(&object.state), "{}", object.state);
    if object.state.is_null() {
        assert_eq!(object.identity, Value::Null);
        return;
    }
    assert_conforms(block, &object.state);
    assert_eq!(object.identity, identity_of(&object.state));
}

/// The identity has the names of the planned object. Only a new object may have names that are not known yet: such a plan
/// has no identity at all, since core could not show it as JSON.
pub(super) fn assert_identity_planned(plan: &Plan) {
    if plan.planned.state.is_null() {
        return;
    }
    let names = identity_of(&plan.planned.state);
    let same_object = !plan.prior.state.is_null() && plan.replaces.is_empty();
    assert!(is_known(&names) || !same_object, "{names}");
    let expected = if is_known(&names) { names } else { Value::Null };
    assert_eq!(plan.planned.identity, expected);
}

/// Exactly the attributes and blocks of the schema, each of its type; unknown values have any type.
pub(super) fn assert_conforms(block: &schema::Block, value: &Value) {
    let Value::Object(values) = value else {
        panic!("{value} is not an object")
    };
    let attributes = block.attributes.iter().map(|one| one.name.as_str());
    let blocks = block.block_types.iter().map(|one| one.type_name.as_str());
    let wanted: BTreeSet<&str> = attributes.chain(blocks).collect();
    let there: BTreeSet<&str> = values.keys().map(String::as_str).collect();
    assert_eq!(there, wanted);
    for attribute in &block.attributes {
        let ty = serde_json::from_slice(&attribute.r#type).unwrap();
        let value = &values[&attribute.name];
        assert!(is_of(&ty, value), "{} = {value}", attribute.name);
    }
    for nested in &block.block_types {
        let value = &values[&nested.type_name];
        if !value.is_null() && *value != dynamic::unknown() {
            assert_conforms(nested.block.as_ref().unwrap(), value);
        }
    }
}

fn is_of(ty: &Value, value: &Value) -> bool {
    if value.is_null() || *value == dynamic::unknown() {
        return true;
    }
    match (ty.as_str(), ty.get(0).and_then(Value::as_str)) {
        (Some("string"), _) => value.is_string(),
        (Some("bool"), _) => value.is_boolean(),
        (Some("number"), _) => value.is_number(),
        (_, Some("list")) => value
            .as_array()
            .is_some_and(|all| all.iter().all(|one| is_of(&ty[1], one))),
        (_, Some("map")) => value
            .as_object()
            .is_some_and(|all| all.values().all(|one| is_of(&ty[1], one))),
        _ => panic!("no attribute had the type {ty} when this was written"),
    }
}

/// Whether nothing in it is unknown.
pub(super) fn is_known(value: &Value) -> bool {
    *value != dynamic::unknown()
        && match value {
            Value::Array(elements) => elements.iter().all(is_known),
            Value::Object(members) => members.values().all(is_known),
            _ => true,
        }
}

fn identity_of(object: &Value) -> Value {
    NAMES
        .iter()
        .map(|name| ((*name).to_owned(), object[name].clone()))
        .collect()
}

/// The path of a diagnostic or a replacement, as HCL writes it.
pub(super) fn attribute_of(path: &AttributePath) -> String {
    let mut text = String::new();
    for step in &path.steps {
        match step.selector.as_ref().expect("hosts ignore an empty step") {
            Selector::AttributeName(name) if text.is_empty() => text.push_str(name),
            Selector::AttributeName(name) => text.push_str(&format!(".{name}")),
            Selector::ElementKeyString(key) => text.push_str(&format!("[{key:?}]")),
            Selector::ElementKeyInt(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

mod tests {
    use super::*;
    use plugin_host::tfplugin6::schema::Attribute;
    use serde_json::json;

    /// A required name and a computed id.
    fn block() -> schema::Block {
        let attribute = |name: &str, computed: bool| Attribute {
            name: name.to_owned(),
            r#type: b"\"string\"".to_vec(),
            required: !computed,
            computed,
            ..Default::default()
        };
        schema::Block {
            attributes: vec![attribute("name", false), attribute("id", true)],
            ..Default::default()
        }
    }

    fn holds(rule: impl FnOnce()) -> bool {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(rule)).is_ok()
    }

    #[test]
    fn a_plan_that_core_refuses_is_refused_here() {
        let config = json!({"name": "a", "id": null});
        let was = json!({"name": "A", "id": "1"});
        for (prior, planned, is_valid) in [
            (
                &Value::Null,
                json!({"name": "a", "id": dynamic::unknown()}),
                true,
            ),
            (&Value::Null, json!({"name": "a", "id": "1"}), true),
            (&was, json!({"name": "A", "id": "1"}), true),
            (&Value::Null, json!({"name": "A", "id": "1"}), false),
            (&was, json!({"name": "b", "id": "1"}), false),
            (&was, json!({"name": dynamic::unknown(), "id": "1"}), false),
            (&was, json!({"name": null, "id": "1"}), false),
            (&was, json!({"name": "a"}), false),
            (&was, json!({"name": "a", "id": "1", "more": null}), false),
            (&was, json!({"name": "a", "id": 1}), false),
            (&was, Value::Null, false),
        ] {
            let rule = || assert_plan_valid(&block(), prior, &config, &planned);
            assert_eq!(holds(rule), is_valid, "{prior} {planned}");
        }
    }

    #[test]
    fn a_result_that_core_refuses_is_refused_here() {
        let planned = json!({"name": "a", "id": dynamic::unknown(), "map": {"k": null}});
        for (applied, is_compatible) in [
            (json!({"name": "a", "id": "1", "map": {"k": null}}), true),
            (json!({"name": "a", "id": null, "map": {"k": null}}), true),
            (json!({"name": "b", "id": "1", "map": {"k": null}}), false),
            (json!({"name": "a", "id": "1", "map": {"k": "v"}}), false),
            (json!({"name": "a", "id": "1", "map": {}}), false),
            (json!({"name": "a", "id": "1", "map": null}), false),
            (Value::Null, false),
        ] {
            let rule = || assert_compatible(&planned, &applied);
            assert_eq!(holds(rule), is_compatible, "{applied}");
        }
        for (state, is_known_whole) in [
            (json!({"name": "a", "id": "1"}), true),
            (json!({"name": "a", "id": dynamic::unknown()}), false),
        ] {
            assert_eq!(is_known(&state), is_known_whole);
        }
    }
}
