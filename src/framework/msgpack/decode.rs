//! From MessagePack to a value, with the type as the guide and nothing taken on trust.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rmp::Marker;
use rmp::decode;

use crate::framework::codec::{Place, index};
use crate::framework::visible::quoted;
use crate::framework::{CodecError, Number, Step, Type, Value};

/// Reads a value of type `ty`. No bytes at all are null, as hosts have it.
///
/// Any extension is an unknown value, whatever its code: refinements are not needed here. A key that comes
/// twice is refused, because no host writes one and either choice would hide a broken sender.
///
/// # Errors
/// If the bytes are not exactly one value of that type.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, CodecError> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let mut decoder = Decoder {
        rest: bytes,
        place: Place::default(),
    };
    let value = decoder.value(ty)?;
    if decoder.rest.is_empty() {
        Ok(value)
    } else {
        Err(decoder.error("there are bytes after the value"))
    }
}

struct Decoder<'a> {
    rest: &'a [u8],
    place: Place,
}

impl<'a> Decoder<'a> {
    fn value(&mut self, ty: &Type) -> Result<Value, CodecError> {
        match self.marker()? {
            Marker::Null => self.take(1).map(|_| Value::Null),
            Marker::FixExt1
            | Marker::FixExt2
            | Marker::FixExt4
            | Marker::FixExt8
            | Marker::FixExt16
            | Marker::Ext8
            | Marker::Ext16
            | Marker::Ext32 => self.unknown(),
            _ => self.known(ty),
        }
    }

    fn known(&mut self, ty: &Type) -> Result<Value, CodecError> {
        match ty {
            Type::Bool => match decode::read_bool(&mut self.rest) {
                Ok(truth) => Ok(Value::Bool(truth)),
                Err(_) => Err(self.error("a bool is required")),
            },
            Type::Number => self.number(),
            Type::String => Ok(Value::String(self.text("a string is required")?.to_owned())),
            Type::Dynamic => self.dynamic(),
            Type::List(element) => self.sequence(element, index).map(Value::List),
            Type::Set(element) => self.sequence(element, |_| None).map(Value::Set),
            Type::Map(element) => self.map(element),
            Type::Object(attributes) => self.object(attributes),
            Type::Tuple(elements) => self.tuple(elements),
        }
    }

    fn inner(&mut self, step: Option<Step>, ty: &Type) -> Result<Value, CodecError> {
        let entered = self.place.enter(step)?;
        let value = self.value(ty)?;
        self.place.leave(entered);
        Ok(value)
    }

    fn unknown(&mut self) -> Result<Value, CodecError> {
        let length = decode::read_ext_meta(&mut self.rest).map(|meta| meta.size);
        let length = length.map_err(|_| self.truncated())?;
        self.take_counted(length)?;
        Ok(Value::Unknown)
    }

    fn number(&mut self) -> Result<Value, CodecError> {
        let number = match self.marker()? {
            Marker::FixPos(_) | Marker::U8 | Marker::U16 | Marker::U32 | Marker::U64 => {
                decode::read_int::<u64, _>(&mut self.rest)
                    .map(Number::from)
                    .map_err(|_| self.truncated())?
            }
            Marker::FixNeg(_) | Marker::I8 | Marker::I16 | Marker::I32 | Marker::I64 => {
                decode::read_int::<i64, _>(&mut self.rest)
                    .map(Number::from)
                    .map_err(|_| self.truncated())?
            }
            Marker::F32 => {
                let float = decode::read_f32(&mut self.rest).map_err(|_| self.truncated())?;
                self.float(f64::from(float))?
            }
            Marker::F64 => {
                let float = decode::read_f64(&mut self.rest).map_err(|_| self.truncated())?;
                self.float(float)?
            }
            _ => {
                let text = self.text("a number is required")?;
                let number = text.parse::<Number>();
                number.map_err(|cause| self.error(cause.to_string()))?
            }
        };
        Ok(Value::Number(number))
    }

    fn float(&self, float: f64) -> Result<Number, CodecError> {
        Number::from_f64(float).map_err(|cause| self.error(cause.to_string()))
    }

    fn dynamic(&mut self) -> Result<Value, CodecError> {
        if self.array_length()? != 2 {
            return Err(self.error("a dynamic value is a pair of its type and itself"));
        }
        let notation = self.bytes("the type of a dynamic value is required")?;
        let ty = serde_json::from_slice(notation)
            .map_err(|_| self.error("the type of a dynamic value is not JSON"))?;
        let ty = Type::from_json(&ty).map_err(|cause| self.error(cause.to_string()))?;
        let value = self.inner(None, &ty)?;
        Ok(Value::Dynamic(Box::new((ty, value))))
    }

    fn sequence(
        &mut self,
        element: &Type,
        step: impl Fn(usize) -> Option<Step>,
    ) -> Result<Vec<Value>, CodecError> {
        let length = self.array_length()?;
        (0..length)
            .map(|position| self.inner(step(position), element))
            .collect()
    }

    fn tuple(&mut self, elements: &[Type]) -> Result<Value, CodecError> {
        let length = self.array_length()?;
        if length != elements.len() {
            let required = elements.len();
            return Err(self.error(format!(
                "a tuple of {required} elements is required, {length} were given"
            )));
        }
        let elements = elements.iter().enumerate();
        elements
            .map(|(position, ty)| self.inner(index(position), ty))
            .collect::<Result<_, _>>()
            .map(Value::Tuple)
    }

    fn map(&mut self, element: &Type) -> Result<Value, CodecError> {
        let mut all = BTreeMap::new();
        for _ in 0..self.map_length()? {
            let key = self.text("the key of a map is a string")?;
            let value = self.inner(Some(Step::Key(key.to_owned())), element)?;
            if all.insert(key.to_owned(), value).is_some() {
                return Err(self.error("a key comes twice"));
            }
        }
        Ok(Value::Map(all))
    }

    fn object(&mut self, types: &BTreeMap<String, Type>) -> Result<Value, CodecError> {
        let mut all = BTreeMap::new();
        for _ in 0..self.map_length()? {
            let name = self.text("the name of an attribute is a string")?;
            let Some(ty) = types.get(name) else {
                let problem = format!("there is no attribute {}", quoted(name));
                return Err(self.error(problem));
            };
            let value = self.inner(Some(Step::Attribute(name.to_owned())), ty)?;
            match all.entry(name.to_owned()) {
                Entry::Vacant(vacant) => vacant.insert(value),
                Entry::Occupied(_) => return Err(self.error("an attribute comes twice")),
            };
        }
        match types.keys().find(|name| !all.contains_key(*name)) {
            Some(missing) => {
                Err(self.error(format!("the attribute {} is missing", quoted(missing))))
            }
            None => Ok(Value::Object(all)),
        }
    }

    fn text(&mut self, required: &str) -> Result<&'a str, CodecError> {
        let bytes = self.bytes(required)?;
        std::str::from_utf8(bytes).map_err(|_| self.error("a string is not valid UTF-8"))
    }

    /// Strings and binaries are one and the same to hosts.
    fn bytes(&mut self, required: &str) -> Result<&'a [u8], CodecError> {
        let length = match self.marker()? {
            Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => {
                decode::read_str_len(&mut self.rest).map_err(|_| self.truncated())?
            }
            Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => {
                decode::read_bin_len(&mut self.rest).map_err(|_| self.truncated())?
            }
            _ => return Err(self.error(required)),
        };
        self.take_counted(length)
    }

    fn array_length(&mut self) -> Result<usize, CodecError> {
        match self.marker()? {
            Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => {}
            _ => return Err(self.error("a list of elements is required")),
        }
        let length = decode::read_array_len(&mut self.rest).map_err(|_| self.truncated())?;
        self.plausible(length, 1)
    }

    fn map_length(&mut self) -> Result<usize, CodecError> {
        match self.marker()? {
            Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => {}
            _ => return Err(self.error("a map of names to values is required")),
        }
        let length = decode::read_map_len(&mut self.rest).map_err(|_| self.truncated())?;
        self.plausible(length, 2)
    }

    /// A count for which enough bytes are left, at `each` or more per element.
    fn plausible(&self, length: u32, each: usize) -> Result<usize, CodecError> {
        usize::try_from(length)
            .ok()
            .filter(|length| *length <= self.rest.len() / each)
            .ok_or_else(|| self.truncated())
    }

    fn marker(&self) -> Result<Marker, CodecError> {
        let first = self.rest.first().copied();
        first.map(Marker::from_u8).ok_or_else(|| self.truncated())
    }

    fn take_counted(&mut self, length: u32) -> Result<&'a [u8], CodecError> {
        let length = self.plausible(length, 1)?;
        self.take(length)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], CodecError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or_else(|| self.truncated())?;
        self.rest = rest;
        Ok(taken)
    }

    fn truncated(&self) -> CodecError {
        self.error("the value ends too early")
    }

    fn error(&self, problem: impl Into<String>) -> CodecError {
        self.place.error(problem)
    }
}
