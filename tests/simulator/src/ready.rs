//! The ready-made answers by name, for those who write faults in JSON.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{Effect, by_eye::millis, known};

/// A ready answer as it stands in the place of an effect.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ready {
    ready: String,
    #[serde(default)]
    processed: bool,
}

/// Makes an answer about a processor of this name.
type Made = fn(&str) -> Effect;

/// The names are those of the constructors of [`Effect`]; each gets the name of the processor that a fault is for.
const ANSWERS: [(&str, Made); 34] = [
    ("access_forbidden", |_| Effect::access_forbidden()),
    ("bad_gateway_html", |_| Effect::html(502)),
    ("broken_json", |_| Effect::broken_json(503)),
    ("conflict", Effect::conflict),
    ("does_not_exist_yet", Effect::does_not_exist_yet),
    ("empty_503", |_| Effect::empty(503)),
    ("generic_error", |p| {
        Effect::generic_error(p, "commandName does not exist in context")
    }),
    ("ip_not_on_access_list", |_| Effect::ip_not_on_access_list()),
    ("method_not_allowed", |_| Effect::method_not_allowed()),
    ("no_payment_information", |_| {
        Effect::no_payment_information(known::GROUP_ID)
    }),
    ("not_atlas", |_| Effect::not_atlas()),
    ("not_authorized", |_| Effect::not_authorized()),
    ("not_in_group", |_| Effect::not_in_group(known::GROUP_ID)),
    ("oauth_invalid_client", |_| {
        Effect::oauth_error(401, "invalid_client", "Invalid credentials provided.")
    }),
    ("oauth_server_error", |_| {
        Effect::oauth_error(500, "server_error", "Unexpected error.")
    }),
    ("odd_error", |_| Effect::odd_error(500)),
    ("processor_not_found", |p| {
        Effect::processor_not_found(known::TENANT, p)
    }),
    ("project_lookup_failed", |p| {
        Effect::project_lookup_failed(p, known::GROUP_ID)
    }),
    ("rate_limited", |_| Effect::rate_limited(SECONDS)),
    ("rate_limited_old_style", |_| {
        Effect::rate_limited_old_style()
    }),
    ("rate_limited_without_header", |_| {
        Effect::rate_limited_without_header(SECONDS)
    }),
    ("resource_requires_access_list", |_| {
        Effect::resource_requires_access_list()
    }),
    ("service_unavailable", |_| {
        Effect::service_unavailable(false)
    }),
    ("still_being_provisioned", |p| {
        Effect::generic_error(p, "Stream processor is being provisioned")
    }),
    ("stream_processor_timeout", |p| {
        Effect::stream_processor_timeout(known::TENANT, p, false)
    }),
    ("tier_too_small", Effect::tier_too_small),
    ("token_limit_reached", |_| Effect::token_limit_reached()),
    ("unexpected_error", |_| Effect::unexpected_error(false)),
    ("upstream_connect_error", |_| {
        Effect::upstream_connect_error()
    }),
    ("user_cannot_access_group", |_| {
        Effect::user_cannot_access_group(known::GROUP_ID)
    }),
    ("user_unauthorized", |_| Effect::user_unauthorized()),
    ("validation_error", |_| {
        Effect::validation_error(&[("tier", "must be one of SP2, SP5")])
    }),
    ("version_gone", |_| Effect::version_gone()),
    ("wrong_content_type", |_| Effect::wrong_content_type(500)),
];

/// How long the ready-made rate limits ask to wait.
const SECONDS: u64 = 2;

/// The processor that an answer is about where nothing says which.
pub(crate) const ANY: &str = "orders";

/// All of them, by name.
pub(crate) fn all() -> Value {
    let answers = ANSWERS.map(|(name, effect)| (name.to_owned(), json!(effect(ANY))));
    Value::Object(answers.into_iter().collect())
}

/// Puts the effect in the place of every `{"ready": NAME}`, which may say `"processed": true` besides.
pub(crate) fn expand(effect: Value, processor: &str) -> Result<Value, String> {
    match effect {
        Value::Object(members) if members.contains_key("ready") => answer(members, processor),
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| Ok((name, expand(value, processor)?)))
            .collect::<Result<Map<_, _>, _>>()
            .map(Value::Object),
        Value::Array(values) => values
            .into_iter()
            .map(|value| expand(value, processor))
            .collect::<Result<_, _>>()
            .map(Value::Array),
        other => Ok(other),
    }
}

fn answer(members: Map<String, Value>, processor: &str) -> Result<Value, String> {
    let Ready { ready, processed } =
        serde_json::from_value(Value::Object(members)).map_err(|error| error.to_string())?;
    let found = ANSWERS.iter().find(|(name, _)| *name == ready);
    let (_, effect) = found.ok_or_else(|| {
        let names = ANSWERS.map(|(name, _)| name).join(", ");
        format!("there is no ready answer {ready}; there are {names}")
    })?;
    let effect = effect(processor);
    Ok(json!(if processed {
        effect.although_processed()
    } else {
        effect
    }))
}

/// The other way: ready-made answers by their names. Where a fault is for no one processor, they were made for `orders`.
pub(crate) fn fold(effect: &Effect, processor: Option<&str>) -> Value {
    match effect {
        Effect::After(wait, inner) => json!({ "after": [millis(*wait), fold(inner, processor)] }),
        Effect::Late(wait, inner) => json!({ "late": [millis(*wait), fold(inner, processor)] }),
        Effect::Answer { processed, .. } => {
            let about = [processor.unwrap_or(ANY), ANY];
            let made = |(_, made): &&(&str, Made)| {
                about.iter().any(|about| {
                    let (made, other) = (made(about), made(about).although_processed());
                    *effect == if *processed { other } else { made }
                })
            };
            match ANSWERS.iter().find(made) {
                Some((name, _)) if *processed => json!({ "ready": name, "processed": true }),
                Some((name, _)) => json!({ "ready": name }),
                None => json!(effect),
            }
        }
        other => json!(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_for_effects_wherever_they_are() {
        let timeout = Effect::stream_processor_timeout(known::TENANT, "bills", false);
        for (written, meant) in [
            (json!("as_usual"), json!("as_usual")),
            (
                json!({ "ready": "stream_processor_timeout" }),
                json!(timeout),
            ),
            (
                json!({ "after": [30_000, { "ready": "stream_processor_timeout", "processed": true }] }),
                json!({ "after": [30_000, timeout.although_processed()] }),
            ),
        ] {
            assert_eq!(expand(written.clone(), "bills"), Ok(meant), "{written}");
        }
        for wrong in [
            json!({ "ready": "nothing" }),
            json!({ "ready": 1 }),
            json!({ "ready": "conflict", "times": 2 }),
        ] {
            assert!(expand(wrong.clone(), "bills").is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_was_written_with_names_is_shown_with_names() {
        let mut written = vec![
            json!("slow_drip"),
            json!({ "answer": { "status": 418, "content_type": "", "body": "", "headers": [], "processed": true } }),
            json!({ "after": [1, { "late": [2, { "ready": "conflict" }] }] }),
        ];
        for (name, _) in ANSWERS {
            written.push(json!({ "ready": name }));
            written.push(json!({ "ready": name, "processed": true }));
        }
        for written in written {
            for (made_for, asked_of) in [
                ("bills", Some("bills")),
                (ANY, None),
                // The fault was for any processor, and hit this one.
                (ANY, Some("bills")),
            ] {
                let effect = expand(written.clone(), made_for).unwrap();
                let effect: Effect = serde_json::from_value(effect).unwrap();
                assert_eq!(fold(&effect, asked_of), written, "{made_for} {asked_of:?}");
            }
        }
    }

    #[test]
    fn every_name_is_an_effect_in_json_and_they_are_in_order() {
        let names = ANSWERS.map(|(name, _)| name);
        assert!(names.is_sorted());
        for (name, effect) in all().as_object().expect("an object") {
            assert!(
                serde_json::from_value::<Effect>(effect.clone()).is_ok(),
                "{name}: {effect}"
            );
        }
    }
}
