//! Values in JSON, as state files and `tfplugin6.DynamicValue.json` hold them; JSON knows no unknown values.

use serde_json::{Map, Value as Json, json};

use super::codec::{Place, index, kind};
use super::visible::quoted;
use super::{CodecError, Step, Type, Value};

/// Reads a value of type `ty` whose objects have exactly the attributes of their types.
/// No bytes at all are null, as hosts have it.
///
/// # Errors
/// If the bytes are not the JSON of such a value.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, CodecError> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let mut reader = Reader::new(Strictness::Exact);
    let json = serde_json::from_slice(bytes).map_err(|cause| {
        reader
            .place
            .error(format!("not JSON: {}", harmless(&cause)))
    })?;
    reader.value(&json, ty)
}

/// Reads a stored value, perhaps written under an older schema: an attribute that is missing
/// becomes null, and one that the type does not know is dropped.
///
/// # Errors
/// If what is there is not a value of its type.
pub fn from_stored(json: &Json, ty: &Type) -> Result<Value, CodecError> {
    Reader::new(Strictness::Stored).value(json, ty)
}

/// Writes a wholly known value of type `ty`.
///
/// # Errors
/// If the value does not conform to the type, or JSON cannot express it.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, CodecError> {
    let json = write(&mut Place::default(), value, ty)?;
    Ok(json.to_string().into_bytes())
}

/// Where a JSON text is broken, without quoting from it.
pub(crate) fn harmless(cause: &serde_json::Error) -> String {
    let what = match cause.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        _ => "it is malformed",
    };
    format!("{what} (line {}, column {})", cause.line(), cause.column())
}

#[derive(Clone, Copy, PartialEq)]
enum Strictness {
    Exact,
    Stored,
}

struct Reader {
    strictness: Strictness,
    place: Place,
}

impl Reader {
    fn new(strictness: Strictness) -> Self {
        Self {
            strictness,
            place: Place::default(),
        }
    }

    fn value(&mut self, json: &Json, ty: &Type) -> Result<Value, CodecError> {
        match (ty, json) {
            (_, Json::Null) => Ok(Value::Null),
            (Type::Bool, Json::Bool(truth)) => Ok(Value::Bool(*truth)),
            (Type::String, Json::String(text)) => Ok(Value::String(text.clone())),
            (Type::Number, Json::Number(number)) => self.number(&number.to_string()),
            // Numbers beyond what a JSON reader can be trusted with may be stored as text.
            (Type::Number, Json::String(text)) => self.number(text),
            (Type::Dynamic, Json::Object(pair)) => self.dynamic(pair),
            (Type::List(element), Json::Array(all)) => {
                self.sequence(all, element, index).map(Value::List)
            }
            (Type::Set(element), Json::Array(all)) => {
                self.sequence(all, element, |_| None).map(Value::Set)
            }
            (Type::Tuple(types), Json::Array(all)) if types.len() == all.len() => {
                let both = types.iter().zip(all).enumerate();
                both.map(|(position, (ty, json))| self.inner(index(position), json, ty))
                    .collect::<Result<_, _>>()
                    .map(Value::Tuple)
            }
            (Type::Map(element), Json::Object(all)) => all
                .iter()
                .map(|(key, json)| {
                    let value = self.inner(Some(Step::Key(key.clone())), json, element)?;
                    Ok((key.clone(), value))
                })
                .collect::<Result<_, _>>()
                .map(Value::Map),
            (Type::Object(_), Json::Object(all)) => self.object(all, ty),
            (ty, _) => Err(self
                .place
                .error(format!("a value of type {ty} is required"))),
        }
    }

    fn inner(&mut self, step: Option<Step>, json: &Json, ty: &Type) -> Result<Value, CodecError> {
        let entered = self.place.enter(step)?;
        let value = self.value(json, ty)?;
        self.place.leave(entered);
        Ok(value)
    }

    fn number(&self, text: &str) -> Result<Value, CodecError> {
        text.parse()
            .map(Value::Number)
            .map_err(|cause: super::NumberError| self.place.error(cause.to_string()))
    }

    fn dynamic(&mut self, pair: &Map<String, Json>) -> Result<Value, CodecError> {
        let (Some(ty), Some(value), 2) = (pair.get("type"), pair.get("value"), pair.len()) else {
            let problem = "a dynamic value is an object of its type and its value";
            return Err(self.place.error(problem));
        };
        let ty = Type::from_json(ty).map_err(|cause| self.place.error(cause.to_string()))?;
        let value = self.inner(None, value, &ty)?;
        Ok(Value::Dynamic(Box::new((ty, value))))
    }

    fn sequence(
        &mut self,
        all: &[Json],
        element: &Type,
        step: impl Fn(usize) -> Option<Step>,
    ) -> Result<Vec<Value>, CodecError> {
        all.iter()
            .enumerate()
            .map(|(position, json)| self.inner(step(position), json, element))
            .collect()
    }

    fn object(&mut self, all: &Map<String, Json>, ty: &Type) -> Result<Value, CodecError> {
        let Type::Object(types) = ty else {
            return Err(self.place.error("an object is required"));
        };
        if self.strictness == Strictness::Exact
            && let Some(extra) = all.keys().find(|name| !types.contains_key(*name))
        {
            let problem = format!("there is no attribute {}", quoted(extra));
            return Err(self.place.error(problem));
        }
        let attribute = |(name, ty): (&String, &Type)| {
            let value = match (all.get(name), self.strictness) {
                (Some(json), _) => self.inner(Some(Step::Attribute(name.clone())), json, ty)?,
                (None, Strictness::Stored) => Value::Null,
                (None, Strictness::Exact) => {
                    let problem = format!("the attribute {} is missing", quoted(name));
                    return Err(self.place.error(problem));
                }
            };
            Ok((name.clone(), value))
        };
        types
            .iter()
            .map(attribute)
            .collect::<Result<_, _>>()
            .map(Value::Object)
    }
}

fn write(place: &mut Place, value: &Value, ty: &Type) -> Result<Json, CodecError> {
    let mut inner = |step, value: &Value, ty: &Type| {
        let entered = place.enter(step)?;
        let json = write(place, value, ty)?;
        place.leave(entered);
        Ok(json)
    };
    match (ty, value) {
        (_, Value::Null) => Ok(Json::Null),
        (Type::Bool, Value::Bool(truth)) => Ok(json!(truth)),
        (Type::String, Value::String(text)) => Ok(json!(text)),
        (Type::Number, Value::Number(number)) => number
            .to_string()
            .parse()
            .map(Json::Number)
            .map_err(|_| place.error("JSON cannot express this number")),
        (Type::Dynamic, Value::Dynamic(pair)) => {
            let value = inner(None, &pair.1, &pair.0)?;
            Ok(json!({"type": pair.0.to_json(), "value": value}))
        }
        (Type::List(element), Value::List(all)) | (Type::Set(element), Value::Set(all)) => all
            .iter()
            .enumerate()
            .map(|(position, one)| inner(index(position), one, element))
            .collect(),
        (Type::Tuple(types), Value::Tuple(all)) if types.len() == all.len() => types
            .iter()
            .zip(all)
            .enumerate()
            .map(|(position, (ty, one))| inner(index(position), one, ty))
            .collect(),
        (Type::Map(element), Value::Map(all)) => all
            .iter()
            .map(|(key, one)| {
                Ok((
                    key.clone(),
                    inner(Some(Step::Key(key.clone())), one, element)?,
                ))
            })
            .collect::<Result<Map<_, _>, _>>()
            .map(Json::Object),
        (Type::Object(types), Value::Object(all)) if types.keys().eq(all.keys()) => types
            .iter()
            .zip(all.values())
            .map(|((name, ty), one)| {
                let step = Some(Step::Attribute(name.clone()));
                Ok((name.clone(), inner(step, one, ty)?))
            })
            .collect::<Result<Map<_, _>, _>>()
            .map(Json::Object),
        (ty, value) => {
            let kind = kind(value);
            Err(place.error(format!("{kind} is no value of type {ty} in JSON")))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::{decode, encode, from_stored};
    use crate::framework::{Type, Value};

    fn ty(notation: Json) -> Type {
        Type::from_json(&notation).unwrap()
    }

    #[test]
    fn every_kind_of_value_survives() {
        for (notation, text) in [
            (json!("string"), r#""grüße""#),
            (json!("bool"), "true"),
            (json!("number"), "12345678901234567890123"),
            (json!("number"), "0.30000000000000004"),
            (json!("string"), "null"),
            (json!(["list", "number"]), "[1,2.5,null]"),
            (json!(["set", "string"]), r#"["b","a"]"#),
            (json!(["map", "bool"]), r#"{"a":true,"b":null}"#),
            (json!(["tuple", ["string", "number"]]), r#"["a",1]"#),
            (json!(["tuple", null]), "[]"),
            (
                json!(["object", {"a": "string", "b": ["list", "string"]}]),
                r#"{"a":null,"b":["x"]}"#,
            ),
            (
                json!("dynamic"),
                r#"{"type":["list","bool"],"value":[false]}"#,
            ),
            (json!("dynamic"), "null"),
        ] {
            let ty = ty(notation);
            let value = decode(text.as_bytes(), &ty).unwrap();
            let written = encode(&value, &ty).unwrap();
            assert_eq!(String::from_utf8(written).unwrap(), text);
        }
    }

    #[test]
    fn a_stored_value_may_lack_attributes_or_have_too_many() {
        let ty = ty(json!(["object", {"a": "string", "b": ["object", {"c": "number"}]}]));
        let stored = json!({"b": {"old": 1}, "older": [1]});
        let value = from_stored(&stored, &ty).unwrap();
        assert!(value.attribute("a").is_null());
        assert!(value.attribute("b").is_known());
        assert!(value.attribute("b").attribute("c").is_null());
        for inexact in [
            stored,
            json!({"a": null}),
            json!({"a": null, "b": null, "c": null}),
        ] {
            assert!(decode(inexact.to_string().as_bytes(), &ty).is_err());
        }
    }

    #[test]
    fn an_error_says_where_and_shows_no_content() {
        let ty = ty(json!(["object", {"a": ["map", ["list", "number"]]}]));
        let error = decode(br#"{"a":{"k":[1,"hunter2"]}}"#, &ty).unwrap_err();
        assert_eq!(error.to_string(), r#"a["k"][1]: not a decimal number"#);
        let error = decode(br#"{"a": hunter2}"#, &ty).unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }

    #[test]
    fn the_last_of_equal_keys_counts_as_it_does_to_hosts() {
        let map = ty(json!(["map", "string"]));
        let value = decode(br#"{"a":"b","a":"c"}"#, &map).unwrap();
        assert_eq!(encode(&value, &map).unwrap(), br#"{"a":"c"}"#);
    }

    #[test]
    fn the_unknown_cannot_be_written() {
        let error = encode(&Value::Unknown, &Type::String).unwrap_err();
        assert!(error.to_string().contains("unknown"), "{error}");
    }
}
