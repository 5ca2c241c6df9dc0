//! A stream processor as Atlas describes it.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::harmless::harmless;

/// What the product needs of the OpenAPI schema `StreamsProcessorWithStats`; everything else in it is ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Processor {
    /// `_id`.
    pub id: Option<String>,
    /// `name`.
    pub name: String,
    /// `state`: commonly `CREATED`, `STARTED`, `STOPPED` or `FAILED`, but any word may come.
    pub state: String,
    /// `tier`.
    pub tier: Option<String>,
}

/// A JSON object whose values are still as they were written. Read one by one, what nobody asks for cannot spoil the rest: a
/// pipeline may hold half of a character, which JSON can write and no text can be.
pub(super) type Fields<'a> = HashMap<String, &'a RawValue>;

/// What a part is, if it is that.
pub(super) fn part<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Option<T> {
    serde_json::from_str(raw.get()).ok()
}

/// The fields of a body that has to be an object.
pub(super) fn fields(raw: &RawValue) -> Result<Fields<'_>, Unreadable> {
    part(raw).ok_or(Unreadable("the body is not a JSON object"))
}

impl Processor {
    /// Reads the answer of a GET for the processor called `name`. Every text in it is harmless: a state is shown, and stored.
    ///
    /// # Errors
    /// Says what is missing: without a `state` nothing can be decided.
    pub(super) fn read(
        fields: &Fields<'_>,
        name: &str,
        secrets: &[String],
    ) -> Result<Self, Unreadable> {
        let text = |key: &str| part(fields.get(key)?);
        Self::of(text, name, secrets)
    }

    /// The same of whatever holds the texts of its fields.
    pub(super) fn of(
        text: impl Fn(&str) -> Option<String>,
        name: &str,
        secrets: &[String],
    ) -> Result<Self, Unreadable> {
        let text = |key: &str| {
            let shown = harmless(&text(key)?, secrets);
            (!shown.is_empty()).then_some(shown)
        };
        Ok(Self {
            id: text("_id"),
            name: text("name").unwrap_or_else(|| name.to_owned()),
            state: text("state").ok_or(Unreadable("the body has no \"state\""))?,
            tier: text("tier"),
        })
    }
}

/// Why a successful answer can't be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unreadable(pub(super) &'static str);

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Processor, Unreadable> {
        let raw = RawValue::from_string(body.to_owned()).unwrap();
        Processor::read(&fields(&raw)?, "asked", &[])
    }

    #[test]
    fn unknown_fields_are_ignored_and_missing_ones_tolerated() {
        let orders = Processor {
            id: Some("66f0".to_owned()),
            name: "orders".to_owned(),
            state: "STARTED".to_owned(),
            tier: Some("SP10".to_owned()),
        };
        let asked = Processor {
            id: None,
            name: "asked".to_owned(),
            state: "AUTOSCALING".to_owned(),
            tier: None,
        };
        let known = r#""_id": "66f0", "name": "orders", "state": "STARTED", "tier": "SP10""#;
        for (body, expected) in [
            (
                format!(
                    r#"{{{known}, "pipeline": [{{"$source": {{}}}}], "stats": {{"ok": 1.0}}, "new": null}}"#
                ),
                &orders,
            ),
            // Half of a character, which Atlas' own language can keep in a text.
            (
                format!(r#"{{"pipeline": [{{"$match": {{"a": "\ud800"}}}}], {known}}}"#),
                &orders,
            ),
            (
                r#"{"state": "AUTOSCALING", "_id": null, "tier": 10}"#.to_owned(),
                &asked,
            ),
        ] {
            assert_eq!(read(&body).as_ref(), Ok(expected), "{body}");
        }
    }

    #[test]
    fn a_body_without_a_state_is_unreadable() {
        for body in [
            "{}",
            r#"{"state": ""}"#,
            r#"{"state": 3}"#,
            r#"{"state": "\ud800"}"#,
            "[]",
            "\"STARTED\"",
            "null",
        ] {
            assert!(read(body).is_err(), "{body}");
        }
    }
}
