//! Values as JSON here and as msgpack on the wire: a second opinion, on another library, about the provider's own codec.
//!
//! JSON has no unknown values; [`unknown`] stands for one, in both directions.

use crate::error::PluginError;
use crate::proto::tfplugin6::{DynamicValue, schema};
use rmpv::Value as Msgpack;
use serde_json::{Map, Number, Value, json};

/// The name that the stand-in for an unknown value has as an object.
const UNKNOWN: &str = "$unknown";

/// What stands for an unknown value.
#[must_use]
pub fn unknown() -> Value {
    json!({ UNKNOWN: true })
}

/// A value as hosts send it.
///
/// # Errors
///
/// A number has a form that no host sends.
pub fn encode(value: &Value) -> Result<DynamicValue, PluginError> {
    let mut msgpack = Vec::new();
    let value = to_msgpack(value)?;
    rmpv::encode::write_value(&mut msgpack, &value)
        .map_err(PluginError::because("cannot write msgpack"))?;
    Ok(DynamicValue {
        msgpack,
        json: Vec::new(),
    })
}

/// A value as hosts read it: neither msgpack nor JSON means null.
///
/// # Errors
///
/// The bytes are not one whole value that a host could read.
pub fn decode(value: &DynamicValue) -> Result<Value, PluginError> {
    if value.msgpack.is_empty() {
        return match value.json.as_slice() {
            [] => Ok(Value::Null),
            json => serde_json::from_slice(json).map_err(PluginError::because("cannot read JSON")),
        };
    }
    let mut rest = value.msgpack.as_slice();
    let value =
        rmpv::decode::read_value(&mut rest).map_err(PluginError::because("cannot read msgpack"))?;
    if !rest.is_empty() {
        return Err(PluginError::new(format!(
            "{} bytes after the value",
            rest.len()
        )));
    }
    from_msgpack(&value)
}

/// Arguments as hosts send them: null for everything that is not given, in nested blocks too.
///
/// # Errors
///
/// The block has no such argument.
pub fn complete(block: &schema::Block, arguments: Value) -> Result<Value, PluginError> {
    let Value::Object(mut arguments) = arguments else {
        return Ok(arguments);
    };
    if Value::Object(arguments.clone()) == unknown() {
        return Ok(unknown());
    }
    let mut all = Map::new();
    for attribute in &block.attributes {
        let value = arguments.remove(&attribute.name).unwrap_or_default();
        all.insert(attribute.name.clone(), value);
    }
    for nested in &block.block_types {
        let mut value = arguments.remove(&nested.type_name).unwrap_or_default();
        if let Some(block) = &nested.block {
            value = complete(block, value)?;
        }
        all.insert(nested.type_name.clone(), value);
    }
    match arguments.into_iter().next() {
        None => Ok(Value::Object(all)),
        Some((name, _)) => Err(PluginError::new(format!("there is no argument {name}"))),
    }
}

fn to_msgpack(value: &Value) -> Result<Msgpack, PluginError> {
    Ok(match value {
        Value::Null => Msgpack::Nil,
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => number_to_msgpack(number)?,
        Value::String(text) => text.as_str().into(),
        Value::Array(elements) => {
            Msgpack::Array(elements.iter().map(to_msgpack).collect::<Result<_, _>>()?)
        }
        Value::Object(_) if *value == unknown() => Msgpack::Ext(0, vec![0]),
        Value::Object(members) => {
            // serde_json has sorted the names, as hosts do.
            let member =
                |(name, value): (&String, &Value)| Ok((name.as_str().into(), to_msgpack(value)?));
            Msgpack::Map(
                members
                    .iter()
                    .map(member)
                    .collect::<Result<_, PluginError>>()?,
            )
        }
    })
}

/// Integers as such, fractions as a float where that is exact, everything else as text.
fn number_to_msgpack(number: &Number) -> Result<Msgpack, PluginError> {
    let text = number.to_string();
    if let Some(integer) = number.as_i64() {
        return Ok(integer.into());
    }
    if text.contains(['e', 'E']) {
        return Err(PluginError::new(format!(
            "write {text} without an exponent, as hosts do"
        )));
    }
    // With so many digits the float's own value is written, not the shortest text that leads to it.
    let exact = text.contains('.')
        && text.parse().is_ok_and(|float: f64| {
            format!("{float:.1080}").trim_end_matches('0') == text.trim_end_matches('0')
        });
    match number.as_f64() {
        Some(float) if exact => Ok(float.into()),
        _ => Ok(text.into()),
    }
}

fn from_msgpack(value: &Msgpack) -> Result<Value, PluginError> {
    Ok(match value {
        Msgpack::Nil => Value::Null,
        Msgpack::Boolean(value) => (*value).into(),
        Msgpack::Integer(integer) => match (integer.as_i64(), integer.as_u64()) {
            (Some(integer), _) => integer.into(),
            (_, Some(integer)) => integer.into(),
            (None, None) => {
                return Err(PluginError::new(format!(
                    "{integer} is no integer of 64 bits"
                )));
            }
        },
        Msgpack::F32(float) => float_from_msgpack(f64::from(*float))?,
        Msgpack::F64(float) => float_from_msgpack(*float)?,
        Msgpack::String(text) => match text.as_str() {
            Some(text) => text.into(),
            None => return Err(PluginError::new("a string that is not UTF-8")),
        },
        // The type of a value whose type the schema leaves open.
        Msgpack::Binary(bytes) => String::from_utf8_lossy(bytes).into(),
        Msgpack::Array(elements) => Value::Array(
            elements
                .iter()
                .map(from_msgpack)
                .collect::<Result<_, _>>()?,
        ),
        Msgpack::Map(members) => {
            let mut object = Map::new();
            for (name, value) in members {
                let name = name
                    .as_str()
                    .ok_or_else(|| PluginError::new("a name that is no string"))?;
                if object
                    .insert(name.to_owned(), from_msgpack(value)?)
                    .is_some()
                {
                    return Err(PluginError::new(format!("the name {name:?} twice")));
                }
            }
            Value::Object(object)
        }
        Msgpack::Ext(..) => unknown(),
    })
}

fn float_from_msgpack(float: f64) -> Result<Value, PluginError> {
    Number::from_f64(float)
        .map(Value::Number)
        .ok_or_else(|| PluginError::new(format!("{float} is no number")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_those_that_hosts_send() {
        for (value, bytes) in [
            (json!(null), &[0xc0][..]),
            (unknown(), &[0xd4, 0, 0]),
            (json!(1), &[1]),
            (json!(-1), &[0xff]),
            (json!(1.5), &[0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0]),
            // Not exact as a float.
            (json!(0.1), &[0xa3, b'0', b'.', b'1']),
            (
                json!({"b": [], "a": true}),
                &[0x82, 0xa1, b'a', 0xc3, 0xa1, b'b', 0x90],
            ),
        ] {
            assert_eq!(encode(&value).unwrap().msgpack, bytes, "{value}");
        }
        let large: Value = serde_json::from_str("12345678901234567890123").unwrap();
        assert_eq!(
            encode(&large).unwrap().msgpack[1..],
            *b"12345678901234567890123"
        );
    }

    #[test]
    fn what_is_written_is_read_back() {
        let value = json!({"name": "orders", "tier": null, "wait": unknown(), "map": {"k": ["v", 7, 1.5, false]}});
        assert_eq!(decode(&encode(&value).unwrap()).unwrap(), value);
    }

    #[test]
    fn what_hosts_cannot_read_is_refused() {
        for bytes in [
            &[0x81, 1, 1][..],
            &[0xc0, 0xc0],
            &[0x82, 0xa1, b'a', 1, 0xa1, b'a', 2],
            &[0xa1],
            &[0xa1, 0xff],
        ] {
            let value = DynamicValue {
                msgpack: bytes.to_vec(),
                json: Vec::new(),
            };
            assert!(decode(&value).is_err(), "{bytes:x?}");
        }
    }

    #[test]
    fn nothing_is_null_and_json_is_read() {
        assert_eq!(decode(&DynamicValue::default()).unwrap(), Value::Null);
        let json = DynamicValue {
            msgpack: Vec::new(),
            json: b"[1]".to_vec(),
        };
        assert_eq!(decode(&json).unwrap(), json!([1]));
    }
}
