//! Values in the encodings in which hosts send, get and store them.

use std::collections::BTreeMap;

use secrecy::zeroize::Zeroize;

use super::{CodecError, Type, Value, json, msgpack};

/// An encoded value (`tfplugin6.DynamicValue`). MessagePack counts if there is any, then JSON;
/// if there is neither, the value is null.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Encoded {
    /// The value in MessagePack.
    pub msgpack: Vec<u8>,
    /// The value in JSON.
    pub json: Vec<u8>,
}

/// A value as a state file holds it (`tfplugin6.RawState`).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RawState {
    /// The attributes as a JSON object.
    pub json: Vec<u8>,
    /// The attributes as hosts before Terraform 0.12 stored them. No such state of this provider exists.
    pub flatmap: BTreeMap<String, String>,
}

impl Encoded {
    /// Reads the value as one of type `ty`.
    ///
    /// # Errors
    /// If it is none.
    pub fn decode(&self, ty: &Type) -> Result<Value, CodecError> {
        if self.msgpack.is_empty() {
            json::decode(&self.json, ty)
        } else {
            msgpack::decode(&self.msgpack, ty)
        }
    }

    /// Writes a value of type `ty`, in MessagePack.
    ///
    /// # Errors
    /// If the value does not conform to the type.
    pub fn encode(value: &Value, ty: &Type) -> Result<Self, CodecError> {
        let msgpack = msgpack::encode(value, ty)?;
        Ok(Self {
            msgpack,
            json: Vec::new(),
        })
    }

    /// Whether the value is null, whatever its type.
    pub fn is_null(&self) -> bool {
        match (&self.msgpack[..], &self.json[..]) {
            ([], json) => matches!(json.trim_ascii(), b"" | b"null"),
            (msgpack, _) => msgpack == [0xc0],
        }
    }

    /// The null of every type.
    pub fn null() -> Self {
        Self {
            msgpack: vec![0xc0],
            json: Vec::new(),
        }
    }
}

opaque_debug!(Encoded, RawState);

impl Zeroize for Encoded {
    fn zeroize(&mut self) {
        self.msgpack.zeroize();
        self.json.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::Encoded;
    use crate::framework::{Type, Value};

    #[test]
    fn nothing_is_null_and_json_alone_is_understood() {
        let json = |text: &str| Encoded {
            msgpack: Vec::new(),
            json: text.into(),
        };
        for (encoded, value) in [
            (Encoded::default(), Value::Null),
            (Encoded::null(), Value::Null),
            (json("null"), Value::Null),
            (json(r#""a""#), "a".into()),
            (
                Encoded::encode(&"a".into(), &Type::String).unwrap(),
                "a".into(),
            ),
        ] {
            assert_eq!(encoded.decode(&Type::String).unwrap(), value);
            assert_eq!(encoded.is_null(), value.is_null());
        }
    }
}
