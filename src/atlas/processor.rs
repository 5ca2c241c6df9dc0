//! A stream processor as Atlas describes it.

use serde_json::Value;

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

impl Processor {
    /// Reads the answer of a GET for the processor called `name`. Every text in it is harmless: a state is shown, and stored.
    ///
    /// # Errors
    /// Says what is missing: without a `state` nothing can be decided.
    pub(super) fn from_json(
        body: &Value,
        name: &str,
        secrets: &[String],
    ) -> Result<Self, Unreadable> {
        let object = body
            .as_object()
            .ok_or(Unreadable("the body is not a JSON object"))?;
        let text = |key: &str| {
            object
                .get(key)
                .and_then(Value::as_str)
                .map(|text| harmless(text, secrets))
                .filter(|text| !text.is_empty())
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
    use serde_json::json;

    use super::*;

    #[test]
    fn unknown_fields_are_ignored_and_missing_ones_tolerated() {
        let cases = [
            (
                json!({"_id": "66f0", "name": "orders", "state": "STARTED", "tier": "SP10", "pipeline": [{"$source": {}}], "stats": {"ok": 1.0}, "new": null}),
                Processor {
                    id: Some("66f0".to_owned()),
                    name: "orders".to_owned(),
                    state: "STARTED".to_owned(),
                    tier: Some("SP10".to_owned()),
                },
            ),
            (
                json!({"state": "AUTOSCALING", "_id": null, "tier": 10}),
                Processor {
                    id: None,
                    name: "asked".to_owned(),
                    state: "AUTOSCALING".to_owned(),
                    tier: None,
                },
            ),
        ];
        for (body, expected) in cases {
            assert_eq!(Processor::from_json(&body, "asked", &[]), Ok(expected));
        }
    }

    #[test]
    fn a_body_without_a_state_is_unreadable() {
        for body in [
            json!({}),
            json!({"state": ""}),
            json!({"state": 3}),
            json!([]),
            json!("STARTED"),
            json!(null),
        ] {
            assert!(Processor::from_json(&body, "asked", &[]).is_err(), "{body}");
        }
    }
}
