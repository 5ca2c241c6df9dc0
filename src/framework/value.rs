//! A value of Terraform's language, which besides its content may be null or not known yet.

use std::collections::BTreeMap;

use secrecy::zeroize::Zeroize;

use super::{Number, Type};

/// A value of Terraform's language. Its type is not part of it: whoever encodes it knows the schema.
#[derive(Clone, Debug)]
pub enum Value {
    /// Absent.
    Null,
    /// Not known before apply.
    Unknown,
    /// `bool`
    Bool(bool),
    /// `number`
    Number(Number),
    /// `string`
    String(String),
    /// `list(…)`
    List(Vec<Self>),
    /// `set(…)`; two sets are equal whatever the order of their elements.
    Set(Vec<Self>),
    /// `tuple([…])`
    Tuple(Vec<Self>),
    /// `map(…)`
    Map(BTreeMap<String, Self>),
    /// `object({…})` or a block: every attribute is there, if only as [`Value::Null`].
    Object(BTreeMap<String, Self>),
    /// A known value of `any`, with the type that it brought along.
    Dynamic(Box<(Type, Self)>),
}

/// Overwrites every text in it, which is empty afterwards; the keys of maps stay.
impl Zeroize for Value {
    fn zeroize(&mut self) {
        match self {
            Self::String(text) => text.zeroize(),
            Self::List(all) | Self::Set(all) | Self::Tuple(all) => {
                all.iter_mut().for_each(Self::zeroize);
            }
            Self::Map(all) | Self::Object(all) => all.values_mut().for_each(Self::zeroize),
            Self::Dynamic(inner) => inner.1.zeroize(),
            Self::Null | Self::Unknown | Self::Bool(_) | Self::Number(_) => {}
        }
    }
}

static NULL: Value = Value::Null;
static UNKNOWN: Value = Value::Unknown;

impl Value {
    /// Whether it is absent.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether it is, as a whole, not known before apply.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Whether it is neither null nor unknown; parts of it may be.
    pub fn is_known(&self) -> bool {
        !self.is_null() && !self.is_unknown()
    }

    /// Whether nothing in it, at any depth, is unknown.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => true,
            Self::List(all) | Self::Set(all) | Self::Tuple(all) => {
                all.iter().all(Self::is_wholly_known)
            }
            Self::Map(all) | Self::Object(all) => all.values().all(Self::is_wholly_known),
            Self::Dynamic(inner) => inner.1.is_wholly_known(),
        }
    }

    /// The attribute of an object: null if it or the object is absent, unknown if the object is.
    pub fn attribute(&self, name: &str) -> &Self {
        match self {
            Self::Object(attributes) => attributes.get(name).unwrap_or(&NULL),
            Self::Unknown => &UNKNOWN,
            _ => &NULL,
        }
    }

    /// Sets the attribute of an object. A null or unknown object becomes one with this attribute alone;
    /// nothing happens to a value that is no object.
    pub fn set(&mut self, name: &str, value: impl Into<Self>) {
        if !self.is_known() {
            *self = Self::Object(BTreeMap::new());
        }
        if let Self::Object(attributes) = self {
            attributes.insert(name.to_owned(), value.into());
        }
    }

    /// The text of a known string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth of a known bool.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// A known number, if it is an integer of 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// The elements of a known map, or the attributes of a known object.
    pub fn as_map(&self) -> Option<&BTreeMap<String, Self>> {
        match self {
            Self::Map(all) | Self::Object(all) => Some(all),
            _ => None,
        }
    }

    /// The elements of a known list, set or tuple.
    pub fn as_slice(&self) -> Option<&[Self]> {
        match self {
            Self::List(all) | Self::Set(all) | Self::Tuple(all) => Some(all),
            _ => None,
        }
    }

    /// The same value with null for everything that is unknown.
    #[must_use]
    pub fn unknown_as_null(self) -> Self {
        let list = |all: Vec<Self>| all.into_iter().map(Self::unknown_as_null).collect();
        let map = |all: BTreeMap<String, Self>| {
            all.into_iter()
                .map(|(name, value)| (name, value.unknown_as_null()))
                .collect()
        };
        match self {
            Self::Unknown => Self::Null,
            Self::List(all) => Self::List(list(all)),
            Self::Set(all) => Self::Set(list(all)),
            Self::Tuple(all) => Self::Tuple(list(all)),
            Self::Map(all) => Self::Map(map(all)),
            Self::Object(all) => Self::Object(map(all)),
            Self::Dynamic(inner) => {
                let (ty, value) = *inner;
                Self::Dynamic(Box::new((ty, value.unknown_as_null())))
            }
            plain => plain,
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) | (Self::Unknown, Self::Unknown) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b,
            (Self::String(a), Self::String(b)) => a == b,
            (Self::List(a), Self::List(b)) | (Self::Tuple(a), Self::Tuple(b)) => a == b,
            (Self::Set(a), Self::Set(b)) => a == b || same_elements(a, b),
            (Self::Map(a), Self::Map(b)) | (Self::Object(a), Self::Object(b)) => a == b,
            (Self::Dynamic(a), Self::Dynamic(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Value {}

/// Whether two sets hold the same elements, each as often.
fn same_elements(a: &[Value], b: &[Value]) -> bool {
    let mut left: Vec<&Value> = b.iter().collect();
    a.len() == b.len()
        && a.iter().all(|one| {
            let found = left.iter().position(|other| *other == one);
            found.map(|at| left.swap_remove(at)).is_some()
        })
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number.into())
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Self {
        Self::Number(number)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(maybe: Option<T>) -> Self {
        maybe.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::{BTreeMap, Type, Value, Zeroize as _};

    #[test]
    fn an_attribute_of_nothing_is_null_and_of_the_unknown_unknown() {
        let mut object = Value::Null;
        assert!(object.attribute("a").is_null());
        assert!(Value::Unknown.attribute("a").is_unknown());
        object.set("a", "text");
        object.set("b", Option::<bool>::None);
        assert_eq!(object.attribute("a").as_str(), Some("text"));
        assert!(object.attribute("b").is_null());
        assert!(object.attribute("c").is_null());
    }

    #[test]
    fn no_text_is_left_of_a_value_that_was_overwritten() {
        let text = || Value::from("hush");
        let map = || BTreeMap::from([("key".to_owned(), text())]);
        let mut value = Value::Tuple(vec![
            text(),
            Value::List(vec![text()]),
            Value::Set(vec![text()]),
            Value::Map(map()),
            Value::Object(map()),
            Value::Dynamic(Box::new((Type::String, text()))),
            Value::from(1),
        ]);
        assert_eq!(format!("{value:?}").matches("hush").count(), 6);
        value.zeroize();
        assert!(!format!("{value:?}").contains("hush"), "{value:?}");
    }

    #[test]
    fn an_unknown_deep_inside_is_found_and_can_be_nulled() {
        let mut inner = Value::Null;
        inner.set("deep", Value::Unknown);
        let list = Value::List(vec![Value::from(1), inner]);
        assert!(list.is_known());
        assert!(!list.is_wholly_known());
        let nulled = list.unknown_as_null();
        assert!(nulled.is_wholly_known());
        assert!(nulled.as_slice().unwrap()[1].attribute("deep").is_null());
    }

    #[test]
    fn sets_are_equal_in_any_order_and_lists_are_not() {
        let (a, b) = (Value::from("a"), Value::from("b"));
        let forth = vec![a.clone(), b.clone()];
        let back = vec![b, a.clone()];
        assert_eq!(Value::Set(forth.clone()), Value::Set(back.clone()));
        assert_ne!(Value::List(forth.clone()), Value::List(back));
        assert_ne!(Value::Set(forth), Value::Set(vec![a.clone(), a]));
    }
}
