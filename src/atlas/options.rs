//! What a start can be told: the API's query flags, and the body of `:startWith`.

use bytes::Bytes;
use serde_json::{Map, Value, json};

/// The query flags of `:start`, `:startWith` and `:stop`; an unset one is not sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Wrap the answer in an envelope that repeats the status.
    pub envelope: Option<bool>,
    /// Indent the JSON of the answer.
    pub pretty: Option<bool>,
}

/// The start options (OpenAPI schema `StreamsStartStreamProcessorWith`); all unset means plain `:start`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StartOptions {
    /// `SP2`, `SP5`, `SP10`, `SP30` or `SP50`.
    pub tier: Option<String>,
    /// `false` starts afresh; unset resumes, as Atlas does by itself.
    pub resume_from_checkpoint: Option<bool>,
    /// RFC 3339; where a change stream source is to begin.
    pub start_at_operation_time: Option<String>,
    /// Move the processor to another region.
    pub failover: Option<Failover>,
}

/// The move of a processor to another region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failover {
    /// The region to move to.
    pub region: String,
    /// `GRACEFUL` or `FORCED`.
    pub mode: Option<String>,
    /// Drop the checkpoint; `FORCED` only.
    pub clear_checkpoint: Option<bool>,
    /// Only check whether the move could be made.
    pub dry_run: Option<bool>,
}

impl StartOptions {
    /// Whether there is nothing to say, so that plain `:start` is the operation.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The JSON body of `:startWith`; what is unset is left out.
    pub(super) fn to_body(&self) -> Bytes {
        let mut body = Map::new();
        put(&mut body, "tier", self.tier.as_deref().map(Value::from));
        put(
            &mut body,
            "resumeFromCheckpoint",
            self.resume_from_checkpoint.map(Value::from),
        );
        put(
            &mut body,
            "startAtOperationTime",
            self.start_at_operation_time.as_deref().map(Value::from),
        );
        put(
            &mut body,
            "failover",
            self.failover.as_ref().map(Failover::to_json),
        );
        Value::Object(body).to_string().into()
    }
}

impl Failover {
    fn to_json(&self) -> Value {
        let mut failover = Map::new();
        failover.insert("region".to_owned(), json!(self.region));
        put(&mut failover, "mode", self.mode.as_deref().map(Value::from));
        put(
            &mut failover,
            "clearCheckpoint",
            self.clear_checkpoint.map(Value::from),
        );
        put(&mut failover, "dryRun", self.dry_run.map(Value::from));
        Value::Object(failover)
    }
}

fn put(object: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        object.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_holds_what_is_set_and_nothing_else() {
        let full = StartOptions {
            tier: Some("SP10".to_owned()),
            resume_from_checkpoint: Some(false),
            start_at_operation_time: Some("2026-01-02T03:04:05Z".to_owned()),
            failover: Some(Failover {
                region: "VIRGINIA_USA".to_owned(),
                mode: Some("FORCED".to_owned()),
                clear_checkpoint: Some(true),
                dry_run: Some(true),
            }),
        };
        let cases = [
            (StartOptions::default(), json!({})),
            (
                StartOptions {
                    resume_from_checkpoint: Some(true),
                    ..Default::default()
                },
                json!({"resumeFromCheckpoint": true}),
            ),
            (
                StartOptions {
                    failover: Some(Failover {
                        region: "r".to_owned(),
                        ..Default::default()
                    }),
                    ..Default::default()
                },
                json!({"failover": {"region": "r"}}),
            ),
            (
                full,
                json!({"tier": "SP10", "resumeFromCheckpoint": false, "startAtOperationTime": "2026-01-02T03:04:05Z",
                       "failover": {"region": "VIRGINIA_USA", "mode": "FORCED", "clearCheckpoint": true, "dryRun": true}}),
            ),
        ];
        for (options, expected) in cases {
            assert_eq!(
                serde_json::from_slice::<Value>(&options.to_body()).unwrap(),
                expected
            );
            assert_eq!(options.is_empty(), expected == json!({}));
        }
    }
}
