//! Fills the `{…}` of a hint from the error and its subject.

use serde_json::Value;

use super::{SPARES, Subject};
use crate::atlas::Error;
use crate::provider::config::duration;

/// The text with everything filled in.
pub(super) fn fill(text: &str, error: &Error, subject: &Subject) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, name, after)) = next(rest) {
        filled.push_str(before);
        filled.push_str(&value(name, error, subject));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// The text with nothing filled in but the words that stand for it, for the documentation.
pub(super) fn in_general(text: &str) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, name, after)) = next(rest) {
        filled.push_str(before);
        match name {
            "open" | "retry_after" | "location" => {}
            "spares" => filled.push_str(SPARES),
            "comes_after" => filled.push_str(
                "refer to that resource here (of an action: let that resource's `action_trigger` invoke it, `after_create`)",
            ),
            "address" => filled.push_str("shown in the message"),
            "tier" => filled.push_str("SP…"),
            "processor" => filled.push_str("the one in the second of the `parameters`"),
            "base_url" => filled.push_str("`base_url`"),
            name => filled.push_str(&format!("*{name}*")),
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// What comes before the first `{…}`, its name, and what comes after it.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

fn value(name: &str, error: &Error, subject: &Subject) -> String {
    let path = &subject.path;
    let parameter = |index: usize| error.parameters().get(index).and_then(Value::as_str);
    match name {
        "group_id" => quoted(&path.group_id),
        "tenant_name" => quoted(&path.tenant_name),
        "processor_name" => quoted(&path.processor_name),
        // STREAM_PROCESSOR_TIMEOUT has the workspace first and the processor second.
        "processor" => quoted(parameter(1).unwrap_or(&path.processor_name)),
        "address" => parameter(0).unwrap_or("the one in its message").to_owned(),
        "tier" => error
            .message()
            .and_then(minimum_tier)
            .unwrap_or("SP…")
            .to_owned(),
        "base_url" => error
            .url()
            .split_once("/api/")
            .map_or(error.url(), |(base, _)| base)
            .to_owned(),
        "open" if error.may_have_been_processed() => {
            " Such a failure leaves open whether the request took effect.".to_owned()
        }
        "retry_after" => error.retry_after().map_or_else(String::new, |wait| {
            format!(" Atlas asks to wait {}.", duration::Display(wait))
        }),
        "spares" => subject.spares().to_owned(),
        "comes_after" => subject.comes_after().to_owned(),
        "location" => error
            .location()
            .map_or_else(String::new, |location| format!(" It is {location}.")),
        _ => String::new(),
    }
}

/// A name between quotes, with whatever cannot be seen written out.
pub(super) fn quoted(name: &str) -> String {
    format!("{name:?}")
}

/// The tier after "Minimum tier …:", as Atlas names it.
fn minimum_tier(message: &str) -> Option<&str> {
    let after = &message[message.to_ascii_lowercase().find("minimum tier")?..];
    after
        .split(|c: char| !c.is_ascii_alphanumeric())
        .find(|word| {
            word.strip_prefix("SP")
                .is_some_and(|size| size.parse::<u16>().is_ok())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::api_error::hints;

    #[test]
    fn the_minimum_tier_is_found_in_what_atlas_says() {
        for (message, tier) in [
            (
                "(Requested: 64, Limit: 8). Minimum tier for this workload: SP30 or larger.",
                Some("SP30"),
            ),
            ("SP2 is too small; minimum tier: SP10", Some("SP10")),
            ("Minimum tier for this workload: XXL", None),
            ("Tier SP2 is too small", None),
            ("", None),
        ] {
            assert_eq!(minimum_tier(message), tier, "{message}");
        }
    }

    #[test]
    fn every_row_uses_only_what_can_be_filled_in() {
        const KNOWN: &[&str] = &[
            "group_id",
            "tenant_name",
            "processor_name",
            "processor",
            "address",
            "tier",
            "base_url",
            "open",
            "retry_after",
            "location",
            "spares",
            "comes_after",
        ];
        for hint in hints::all() {
            for mut rest in [hint.meaning, hint.advice] {
                while let Some((_, name, after)) = next(rest) {
                    assert!(KNOWN.contains(&name), "{name} in: {}", hint.meaning);
                    rest = after;
                }
            }
        }
    }
}
