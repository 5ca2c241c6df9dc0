//! From a value to MessagePack, byte for byte as hosts write it themselves.

use std::collections::BTreeMap;

use rmp::encode as write;

use crate::framework::codec::{Place, index, kind};
use crate::framework::number::Exact;
use crate::framework::visible::quoted;
use crate::framework::{CodecError, Step, Type, Value};

/// An unknown value without refinements: extension 0 with one byte of no meaning.
const UNKNOWN: [u8; 3] = [0xd4, 0x00, 0x00];

/// Writes a value of type `ty`. An object has to have exactly the attributes of its type.
///
/// # Errors
/// If the value does not conform to the type.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, CodecError> {
    let mut encoder = Encoder {
        out: Vec::new(),
        place: Place::default(),
    };
    encoder.value(value, ty)?;
    Ok(encoder.out)
}

struct Encoder {
    out: Vec<u8>,
    place: Place,
}

impl Encoder {
    fn value(&mut self, value: &Value, ty: &Type) -> Result<(), CodecError> {
        match (ty, value) {
            (_, Value::Null) => self.wrote(write::write_nil),
            (_, Value::Unknown) => {
                self.out.extend(UNKNOWN);
                Ok(())
            }
            (Type::Bool, Value::Bool(truth)) => self.wrote(|out| write::write_bool(out, *truth)),
            (Type::String, Value::String(text)) => self.text(text),
            (Type::Number, Value::Number(number)) => match number.exact() {
                Exact::Integer(integer) => self.wrote(|out| write::write_sint(out, integer)),
                Exact::Float(float) => self.wrote(|out| write::write_f64(out, float)),
                Exact::Text(text) => self.text(&text),
            },
            (Type::Dynamic, Value::Dynamic(inner)) => self.dynamic(&inner.0, &inner.1),
            (Type::List(element), Value::List(all)) => self.sequence(all, element, index),
            (Type::Set(element), Value::Set(all)) => self.sequence(all, element, |_| None),
            (Type::Map(element), Value::Map(all)) => self.map(all, element),
            (Type::Object(types), Value::Object(all)) => self.object(all, types),
            (Type::Tuple(types), Value::Tuple(all)) if types.len() == all.len() => {
                self.array_length(all.len())?;
                let mut both = types.iter().zip(all).enumerate();
                both.try_for_each(|(position, (ty, value))| self.inner(index(position), value, ty))
            }
            (ty, value) => {
                let kind = kind(value);
                Err(self.error(format!("{kind} is no value of type {ty}")))
            }
        }
    }

    fn inner(&mut self, step: Option<Step>, value: &Value, ty: &Type) -> Result<(), CodecError> {
        let entered = self.place.enter(step)?;
        self.value(value, ty)?;
        self.place.leave(entered);
        Ok(())
    }

    fn dynamic(&mut self, ty: &Type, value: &Value) -> Result<(), CodecError> {
        self.array_length(2)?;
        let notation = ty.to_json().to_string();
        self.wrote(|out| write::write_bin(out, notation.as_bytes()))?;
        self.inner(None, value, ty)
    }

    fn sequence(
        &mut self,
        all: &[Value],
        element: &Type,
        step: impl Fn(usize) -> Option<Step>,
    ) -> Result<(), CodecError> {
        self.array_length(all.len())?;
        let mut all = all.iter().enumerate();
        all.try_for_each(|(position, value)| self.inner(step(position), value, element))
    }

    fn map(&mut self, all: &BTreeMap<String, Value>, element: &Type) -> Result<(), CodecError> {
        self.map_length(all.len())?;
        all.iter().try_for_each(|(key, value)| {
            self.text(key)?;
            self.inner(Some(Step::Key(key.clone())), value, element)
        })
    }

    fn object(
        &mut self,
        all: &BTreeMap<String, Value>,
        types: &BTreeMap<String, Type>,
    ) -> Result<(), CodecError> {
        if let Some(extra) = all.keys().find(|name| !types.contains_key(*name)) {
            return Err(self.error(format!("there is no attribute {}", quoted(extra))));
        }
        self.map_length(types.len())?;
        types.iter().try_for_each(|(name, ty)| {
            let Some(value) = all.get(name) else {
                return Err(self.error(format!("the attribute {} is missing", quoted(name))));
            };
            self.text(name)?;
            self.inner(Some(Step::Attribute(name.clone())), value, ty)
        })
    }

    fn text(&mut self, text: &str) -> Result<(), CodecError> {
        self.wrote(|out| write::write_str(out, text))
    }

    fn array_length(&mut self, length: usize) -> Result<(), CodecError> {
        let length = self.length(length)?;
        self.wrote(|out| write::write_array_len(out, length))
    }

    fn map_length(&mut self, length: usize) -> Result<(), CodecError> {
        let length = self.length(length)?;
        self.wrote(|out| write::write_map_len(out, length))
    }

    fn length(&self, length: usize) -> Result<u32, CodecError> {
        u32::try_from(length).map_err(|_| self.error("the collection is too long"))
    }

    fn wrote<T, E: std::fmt::Display>(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<T, E>,
    ) -> Result<(), CodecError> {
        match write(&mut self.out) {
            Ok(_) => Ok(()),
            Err(cause) => Err(self.error(cause.to_string())),
        }
    }

    fn error(&self, problem: impl Into<String>) -> CodecError {
        self.place.error(problem)
    }
}
