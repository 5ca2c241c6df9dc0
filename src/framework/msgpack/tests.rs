//! The codec against bytes that a host's own library wrote, and against broken ones.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::{decode, encode};
use crate::framework::{Number, Type, Value};

/// A value in the notation of the golden file, read without the codecs under test.
fn value(notation: &Json, ty: &Type) -> Value {
    if notation.get("$unknown").is_some() {
        return Value::Unknown;
    }
    let list = |types: &mut dyn Iterator<Item = Type>| {
        let elements = notation.as_array().unwrap().iter();
        elements
            .zip(types)
            .map(|(one, ty)| value(one, &ty))
            .collect()
    };
    match ty {
        _ if notation.is_null() => Value::Null,
        Type::Bool => Value::Bool(notation.as_bool().unwrap()),
        Type::String => notation.as_str().unwrap().into(),
        Type::Number => Value::Number(match notation.get("$infinity") {
            Some(sign) => Number::from_f64(f64::INFINITY * sign.as_f64().unwrap()).unwrap(),
            None => notation.to_string().parse().unwrap(),
        }),
        Type::Dynamic => {
            let ty = Type::from_json(&notation["type"]).unwrap();
            let inner = value(&notation["value"], &ty);
            Value::Dynamic(Box::new((ty, inner)))
        }
        Type::List(element) => Value::List(list(&mut std::iter::repeat(element.as_ref().clone()))),
        Type::Set(element) => Value::Set(list(&mut std::iter::repeat(element.as_ref().clone()))),
        Type::Tuple(types) => Value::Tuple(list(&mut types.iter().cloned())),
        Type::Map(element) => {
            let all = notation.as_object().unwrap().iter();
            Value::Map(
                all.map(|(key, one)| (key.clone(), value(one, element)))
                    .collect(),
            )
        }
        Type::Object(types) => {
            let all = types.iter();
            Value::Object(
                all.map(|(name, ty)| (name.clone(), value(&notation[name], ty)))
                    .collect(),
            )
        }
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn what_hosts_write_is_read_and_written_alike() {
    let goldens = include_str!("../testdata/cty_msgpack.txt");
    let mut seen = 0;
    for line in goldens.lines().filter(|line| !line.starts_with('#')) {
        let [ty, notation, hex] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let ty = Type::from_json(&ty.parse().unwrap()).unwrap();
        let expected = value(&notation.parse().unwrap(), &ty);
        let golden = bytes(hex);
        let decoded = decode(&golden, &ty).unwrap();
        assert_eq!(decoded, expected, "{line}");
        // Refinements of unknown values are dropped; everything else goes back byte for byte.
        let refined = notation.contains(r#"{"$unknown":"refined"}"#);
        let written = encode(&decoded, &ty).unwrap();
        if refined {
            assert_eq!(decode(&written, &ty).unwrap(), expected, "{line}");
        } else {
            assert_eq!(written, golden, "{line}");
        }
        // A value that we wrote ourselves from its notation reads back as the same.
        let ours = encode(&expected, &ty).unwrap();
        assert_eq!(decode(&ours, &ty).unwrap(), expected, "{line}");
        seen += 1;
    }
    assert!(seen >= 100, "only {seen} goldens were found");
}

#[test]
fn other_encodings_of_the_same_value_are_understood() {
    let number = |text: &str| Value::Number(text.parse().unwrap());
    let text = Value::from("ab");
    for (hex, ty, expected) in [
        ("", Type::String, Value::Null),
        ("c4026162", Type::String, text.clone()),
        ("c500026162", Type::String, text.clone()),
        ("c6000000026162", Type::String, text.clone()),
        ("d9026162", Type::String, text.clone()),
        ("da00026162", Type::String, text.clone()),
        ("db000000026162", Type::String, text),
        ("d0ff", Type::Number, number("-1")),
        ("d30000000000000001", Type::Number, number("1")),
        (
            "cf8000000000000000",
            Type::Number,
            number("9223372036854775808"),
        ),
        (
            "cfffffffffffffffff",
            Type::Number,
            number("18446744073709551615"),
        ),
        ("ca3fc00000", Type::Number, number("1.5")),
        ("cb4000000000000000", Type::Number, number("2")),
        ("cb3fb999999999999a", Type::Number, number("0.1")),
        ("a3302e31", Type::Number, number("0.1")),
        ("c403302e31", Type::Number, number("0.1")),
        ("d40500", Type::String, Value::Unknown),
        ("c7000c", Type::Number, Value::Unknown),
        (
            "d80700000000000000000000000000000000",
            Type::Bool,
            Value::Unknown,
        ),
        ("c800010cff", Type::list(Type::String), Value::Unknown),
        ("c90000000005", Type::Dynamic, Value::Unknown),
        (
            "dc0001a161",
            Type::list(Type::String),
            Value::List(vec!["a".into()]),
        ),
        (
            "dd00000001a161",
            Type::list(Type::String),
            Value::List(vec!["a".into()]),
        ),
        (
            "de0000",
            Type::map(Type::String),
            Value::Map(BTreeMap::new()),
        ),
        (
            "df00000000",
            Type::map(Type::String),
            Value::Map(BTreeMap::new()),
        ),
        (
            "92a822737472696e6722a161",
            Type::Dynamic,
            Value::Dynamic(Box::new((Type::String, "a".into()))),
        ),
        (
            "92c40e5b227475706c65222c6e756c6c5d90",
            Type::Dynamic,
            Value::Dynamic(Box::new((Type::Tuple(vec![]), Value::Tuple(vec![])))),
        ),
    ] {
        assert_eq!(decode(&bytes(hex), &ty).unwrap(), expected, "{hex}");
    }
}

#[test]
fn broken_bytes_are_refused_with_their_place() {
    let object = Type::object([
        ("a", Type::String),
        ("l", Type::list(Type::map(Type::Bool))),
    ]);
    for (hex, ty, error) in [
        ("a2", Type::String, "the value ends too early"),
        ("dbffffffff", Type::String, "the value ends too early"),
        (
            "ddffffffff",
            Type::list(Type::String),
            "the value ends too early",
        ),
        (
            "dfffffffff",
            Type::map(Type::String),
            "the value ends too early",
        ),
        ("c9ffffffff00", Type::String, "the value ends too early"),
        ("cb00", Type::Number, "the value ends too early"),
        ("c1", Type::String, "a string is required"),
        ("c3", Type::String, "a string is required"),
        ("a161", Type::Bool, "a bool is required"),
        ("c3", Type::Number, "a number is required"),
        (
            "a161",
            Type::list(Type::String),
            "a list of elements is required",
        ),
        (
            "90",
            Type::map(Type::String),
            "a map of names to values is required",
        ),
        (
            "ddffffffff",
            Type::list(Type::String),
            "the value ends too early",
        ),
        (
            "ab3165393939393939393939",
            Type::Number,
            "the number's exponent is out of range",
        ),
        ("a2ff61", Type::String, "a string is not valid UTF-8"),
        ("a3312e78", Type::Number, "not a decimal number"),
        (
            "cb7ff8000000000000",
            Type::Number,
            "NaN is not a value of Terraform's language",
        ),
        (
            "ca7fc00000",
            Type::Number,
            "NaN is not a value of Terraform's language",
        ),
        ("a1616161", Type::String, "there are bytes after the value"),
        ("82a161c3a161c3", Type::map(Type::Bool), "a key comes twice"),
        (
            "81a161c0",
            object.clone(),
            r#"the attribute "l" is missing"#,
        ),
        ("81a178c0", object.clone(), r#"there is no attribute "x""#),
        ("82a161c0a161c0", object.clone(), "an attribute comes twice"),
        (
            "81a16c9180",
            object.clone(),
            r#"the attribute "a" is missing"#,
        ),
        (
            "81a16c9281a16bc281a16b01",
            object,
            r#"l[1]["k"]: a bool is required"#,
        ),
        (
            "9101",
            Type::Tuple(vec![]),
            "a tuple of 0 elements is required, 1 were given",
        ),
        (
            "93a16100",
            Type::Dynamic,
            "a dynamic value is a pair of its type and itself",
        ),
        (
            "92a16100",
            Type::Dynamic,
            "the type of a dynamic value is not JSON",
        ),
        (
            "92a3226122c0",
            Type::Dynamic,
            r#"not a type in Terraform's JSON notation: "a""#,
        ),
    ] {
        let found = decode(&bytes(hex), &ty).unwrap_err();
        assert_eq!(found.to_string(), error, "{hex}");
    }
}

#[test]
fn a_dynamic_value_cannot_nest_without_an_end() {
    let level = bytes("92c4092264796e616d696322");
    let deep = level.repeat(100_000);
    let error = decode(&deep, &Type::Dynamic).unwrap_err();
    assert_eq!(error.problem, "the value is nested too deeply");
}

#[test]
fn a_value_of_another_type_is_not_written() {
    let ty = Type::object([("a", Type::String), ("b", Type::Bool)]);
    let object = |all: Json| {
        Value::Object(
            all.as_object()
                .unwrap()
                .iter()
                .map(|(name, one)| (name.clone(), one.as_str().map_or(Value::Null, Value::from)))
                .collect(),
        )
    };
    for (value, ty, error) in [
        (
            Value::from(1),
            Type::String,
            r#"a number is no value of type "string""#,
        ),
        (
            object(json!({"a": "x"})),
            ty.clone(),
            r#"the attribute "b" is missing"#,
        ),
        (
            object(json!({"a": "x", "b": null, "c": null})),
            ty.clone(),
            r#"there is no attribute "c""#,
        ),
        (
            object(json!({"a": null, "b": "x"})),
            ty,
            r#"b: a string is no value of type "bool""#,
        ),
        (
            Value::Set(vec![]),
            Type::list(Type::String),
            r#"a set is no value of type ["list","string"]"#,
        ),
        (
            Value::Tuple(vec![]),
            Type::Tuple(vec![Type::Bool]),
            r#"a tuple is no value of type ["tuple",["bool"]]"#,
        ),
    ] {
        assert_eq!(encode(&value, &ty).unwrap_err().to_string(), error);
    }
}
