//! Unknown values in every form in which a host may ever send them.

use super::host::encode;
use plugin_host::tfplugin6::DynamicValue;
use rmpv::Value as Msgpack;
use serde_json::Value;

/// Plain, refined (code 12, a map of refinements), and of a code that nobody has used yet.
pub(super) fn forms() -> Vec<Msgpack> {
    let refined = |refinements: Vec<(Msgpack, Msgpack)>| {
        let mut payload = Vec::new();
        rmpv::encode::write_value(&mut payload, &Msgpack::Map(refinements)).unwrap();
        Msgpack::Ext(12, payload)
    };
    let bound = |number: i64| Msgpack::Array(vec![number.into(), true.into()]);
    vec![
        Msgpack::Ext(0, vec![0]),
        Msgpack::Ext(12, vec![]),
        refined(vec![]),
        refined(vec![(1.into(), false.into())]),
        refined(vec![
            (1.into(), false.into()),
            (2.into(), "a prefix".into()),
        ]),
        refined(vec![(2.into(), "x".repeat(900).into())]),
        refined(vec![(3.into(), bound(1)), (4.into(), bound(10))]),
        refined(vec![(5.into(), 1.into()), (6.into(), 3.into())]),
        Msgpack::Ext(5, vec![0]),
        Msgpack::Ext(5, vec![1, 2, 3]),
        Msgpack::Ext(-1, vec![0; 16]),
    ]
}

/// A value with all its unknown parts in one of these forms.
pub(super) fn encode_as(value: &Value, form: &Msgpack) -> DynamicValue {
    let plain = encode(value).msgpack;
    let mut value = rmpv::decode::read_value(&mut plain.as_slice()).unwrap();
    replace(&mut value, form);
    written(&value)
}

/// A value written in exactly the forms that it has here.
pub(super) fn written(value: &Msgpack) -> DynamicValue {
    let mut msgpack = Vec::new();
    rmpv::encode::write_value(&mut msgpack, value).unwrap();
    DynamicValue {
        msgpack,
        json: Vec::new(),
    }
}

fn replace(value: &mut Msgpack, form: &Msgpack) {
    match value {
        Msgpack::Ext(..) => *value = form.clone(),
        Msgpack::Array(elements) => elements.iter_mut().for_each(|one| replace(one, form)),
        Msgpack::Map(members) => members.iter_mut().for_each(|(_, one)| replace(one, form)),
        _ => {}
    }
}
