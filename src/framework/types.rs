//! The types of Terraform's language and their JSON notation, as schemas and dynamic values carry it.

use std::{collections::BTreeMap, fmt};

use serde_json::{Value as Json, json};

use super::visible::notation;

/// A type constraint of Terraform's language.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// `bool`
    Bool,
    /// `number`
    Number,
    /// `string`
    String,
    /// `any`: each value brings its own type along.
    Dynamic,
    /// `list(…)`
    List(Box<Self>),
    /// `set(…)`
    Set(Box<Self>),
    /// `map(…)`
    Map(Box<Self>),
    /// `object({…})`
    Object(BTreeMap<String, Self>),
    /// `tuple([…])`
    Tuple(Vec<Self>),
}

/// A JSON text that is not the notation of a type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a type in Terraform's JSON notation: {0}")]
pub struct TypeError(String);

impl Type {
    /// `list(element)`
    pub fn list(element: Self) -> Self {
        Self::List(Box::new(element))
    }

    /// `set(element)`
    pub fn set(element: Self) -> Self {
        Self::Set(Box::new(element))
    }

    /// `map(element)`
    pub fn map(element: Self) -> Self {
        Self::Map(Box::new(element))
    }

    /// `object({…})`
    pub fn object<N: Into<String>>(attributes: impl IntoIterator<Item = (N, Self)>) -> Self {
        Self::Object(attributes.into_iter().map(|(n, t)| (n.into(), t)).collect())
    }

    /// The notation of `tfplugin6.Schema.Attribute.type`, e.g. `["list","string"]`.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Bool => json!("bool"),
            Self::Number => json!("number"),
            Self::String => json!("string"),
            Self::Dynamic => json!("dynamic"),
            Self::List(element) => json!(["list", element.to_json()]),
            Self::Set(element) => json!(["set", element.to_json()]),
            Self::Map(element) => json!(["map", element.to_json()]),
            Self::Object(attributes) => {
                let attributes: serde_json::Map<_, _> = attributes
                    .iter()
                    .map(|(name, ty)| (name.clone(), ty.to_json()))
                    .collect();
                json!(["object", attributes])
            }
            Self::Tuple(elements) => {
                json!([
                    "tuple",
                    elements.iter().map(Self::to_json).collect::<Vec<_>>()
                ])
            }
        }
    }

    /// Reads the notation of [`Type::to_json`]. A third element of an object, the list of its
    /// optional attributes, is accepted and means nothing here. Hosts written in Go write the
    /// empty tuple as `["tuple",null]` where its list of types was never made.
    ///
    /// # Errors
    /// If the JSON is not such a notation.
    pub fn from_json(json: &Json) -> Result<Self, TypeError> {
        let wrong = || TypeError(notation(json));
        if let Some(name) = json.as_str() {
            return match name {
                "bool" => Ok(Self::Bool),
                "number" => Ok(Self::Number),
                "string" => Ok(Self::String),
                "dynamic" => Ok(Self::Dynamic),
                _ => Err(wrong()),
            };
        }
        match json.as_array().map(Vec::as_slice) {
            Some([Json::String(kind), Json::Object(attributes), rest @ ..])
                if kind == "object" && rest.len() <= 1 =>
            {
                attributes
                    .iter()
                    .map(|(name, ty)| Ok((name.clone(), Self::from_json(ty)?)))
                    .collect::<Result<_, _>>()
                    .map(Self::Object)
            }
            Some([Json::String(kind), inner]) => match (kind.as_str(), inner) {
                ("list", element) => Ok(Self::list(Self::from_json(element)?)),
                ("set", element) => Ok(Self::set(Self::from_json(element)?)),
                ("map", element) => Ok(Self::map(Self::from_json(element)?)),
                ("tuple", Json::Null) => Ok(Self::Tuple(Vec::new())),
                ("tuple", Json::Array(elements)) => elements
                    .iter()
                    .map(Self::from_json)
                    .collect::<Result<_, _>>()
                    .map(Self::Tuple),
                _ => Err(wrong()),
            },
            _ => Err(wrong()),
        }
    }
}

/// The notation, its beginning if it is long.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&notation(&self.to_json()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::Type;

    #[test]
    fn every_kind_of_type_survives_its_notation() {
        for notation in [
            json!("bool"),
            json!("number"),
            json!("string"),
            json!("dynamic"),
            json!(["list", "string"]),
            json!(["set", ["map", "number"]]),
            json!(["object", {"a": "string", "b": ["list", "dynamic"]}]),
            json!(["object", {}]),
            json!(["tuple", ["string", "bool"]]),
            json!(["tuple", []]),
        ] {
            let ty = Type::from_json(&notation).unwrap();
            assert_eq!(ty.to_json(), notation);
        }
    }

    #[test]
    fn other_spellings_of_the_same_type_are_accepted() {
        for (spelling, canonical) in [
            (json!(["tuple", null]), json!(["tuple", []])),
            (
                json!(["object", {"a": "string"}, ["a"]]),
                json!(["object", {"a": "string"}]),
            ),
        ] {
            assert_eq!(Type::from_json(&spelling).unwrap().to_json(), canonical);
        }
    }

    #[test]
    fn what_is_no_type_is_refused() {
        for wrong in [
            Json::Null,
            json!("text"),
            json!([]),
            json!(["list"]),
            json!(["list", "string", "string"]),
            json!(["object", ["string"]]),
            json!(["object", {"a": 1}]),
            json!(["tuple", "string"]),
            json!({"list": "string"}),
        ] {
            assert!(Type::from_json(&wrong).is_err(), "{wrong}");
        }
    }
}
