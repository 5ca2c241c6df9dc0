//! What holds for every value: it survives its encodings, and no bytes make the decoder panic.

use proptest::prelude::*;

use super::{decode, encode};
use crate::framework::{Number, Type, Value, json};

fn any_type() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![
        Just(Type::Bool),
        Just(Type::Number),
        Just(Type::String),
        Just(Type::Dynamic)
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Type::Tuple),
            prop::collection::btree_map("[a-z]{1,3}", inner, 0..3).prop_map(Type::Object),
        ]
    })
}

fn any_value(ty: Type) -> BoxedStrategy<Value> {
    let known = match ty {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::String => any::<String>().prop_map(Value::String).boxed(),
        Type::Number => prop_oneof![
            any::<i64>().prop_map(Number::from),
            any::<u64>().prop_map(Number::from),
            any::<f64>().prop_filter_map("NaN", |float| Number::from_f64(float).ok()),
            "-?[0-9]{1,30}(\\.[0-9]{1,30})?(e[+-]?[0-9]{1,2})?"
                .prop_map(|text| text.parse().unwrap()),
        ]
        .prop_map(Value::Number)
        .boxed(),
        Type::Dynamic => prop_oneof![Just(Type::String), Just(Type::list(Type::Number))]
            .prop_flat_map(|ty| any_value(ty.clone()).prop_map(move |one| (ty.clone(), one)))
            .prop_map(|pair| Value::Dynamic(Box::new(pair)))
            .boxed(),
        Type::List(element) => prop::collection::vec(any_value(*element), 0..4)
            .prop_map(Value::List)
            .boxed(),
        Type::Set(element) => prop::collection::vec(any_value(*element), 0..4)
            .prop_map(Value::Set)
            .boxed(),
        Type::Map(element) => {
            prop::collection::btree_map(any::<String>(), any_value(*element), 0..4)
                .prop_map(Value::Map)
                .boxed()
        }
        Type::Tuple(types) => types
            .into_iter()
            .map(any_value)
            .collect::<Vec<_>>()
            .prop_map(Value::Tuple)
            .boxed(),
        Type::Object(types) => {
            let (names, types): (Vec<_>, Vec<_>) = types.into_iter().unzip();
            let values: Vec<_> = types.into_iter().map(any_value).collect();
            values
                .prop_map(move |all| Value::Object(names.iter().cloned().zip(all).collect()))
                .boxed()
        }
    };
    prop_oneof![1 => Just(Value::Null), 1 => Just(Value::Unknown), 8 => known].boxed()
}

proptest! {
    #[test]
    fn every_value_survives(
        (ty, value) in any_type().prop_flat_map(|ty| (Just(ty.clone()), any_value(ty)))
    ) {
        let written = encode(&value, &ty).unwrap();
        let read = decode(&written, &ty).unwrap();
        prop_assert_eq!(&read, &value);
        // Encoding is canonical: what was read writes the same bytes again.
        prop_assert_eq!(encode(&read, &ty).unwrap(), written);
    }

    #[test]
    fn a_known_value_survives_json_too(
        (ty, value) in any_type().prop_flat_map(|ty| (Just(ty.clone()), any_value(ty)))
    ) {
        match json::encode(&value, &ty) {
            Ok(written) => {
                prop_assert!(value.is_wholly_known());
                prop_assert_eq!(json::decode(&written, &ty).unwrap(), value);
            }
            Err(error) => {
                let infinite = error.problem.contains("number");
                prop_assert!(infinite || !value.is_wholly_known(), "{}", error);
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic(ty in any_type(), bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = decode(&bytes, &ty);
    }
}
