//! What can be said about the arguments before any request: every refusal names its attribute.

use crate::framework::{Diagnostic, Diagnostics, Path, Step, Value};
use crate::provider::config::duration;

use super::schema::{FAILOVER_MODES, IF_STARTED, TIERS};

/// Checks the resource's configuration; values that are not known yet pass.
pub(crate) fn resource(config: &Value) -> Diagnostics {
    let mut diagnostics = common(config);
    for name in ["create", "read", "update", "delete"] {
        diagnostics.extend(a_duration(config, Path::root("timeouts").attribute(name)));
    }
    diagnostics
}

/// Checks the action's configuration; values that are not known yet pass.
pub(crate) fn action(config: &Value) -> Diagnostics {
    let mut diagnostics = common(config);
    diagnostics.extend(a_duration(config, Path::root("timeout")));
    diagnostics.extend(failover(config));
    diagnostics
}

fn common(config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    diagnostics.extend(group_id(config));
    diagnostics.extend(a_name(config, "tenant_name", "stream instance (workspace)"));
    diagnostics.extend(a_name(config, "processor_name", "stream processor"));
    diagnostics.extend(one_of(config, Path::root("tier"), &TIERS));
    diagnostics.extend(one_of(config, Path::root("if_started"), &IF_STARTED));
    diagnostics.extend(operation_time(config));
    diagnostics
}

/// OpenAPI parameter `groupId`: `^([a-f0-9]{24})$`.
fn group_id(config: &Value) -> Option<Diagnostic> {
    let group_id = config.attribute("group_id").as_str()?;
    let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if group_id.len() == 24 && group_id.bytes().all(digit) {
        return None;
    }
    let hint = if group_id.len() == 24 && group_id.to_ascii_lowercase().bytes().all(digit) {
        " Its letters must be lower-case."
    } else if group_id.starts_with("mdb_sa") {
        " This looks like the client id of a service account."
    } else {
        ""
    };
    Some(refusal(
        Path::root("group_id"),
        "Invalid project id",
        format!(
            "group_id is the id of the project, 24 lower-case hexadecimal digits such as \
             \"5f0c1e2d3a4b5c6d7e8f9a0b\", not {group_id:?}.{hint} The project's id stands in its settings, and in \
             the address bar while the project is open."
        ),
    ))
}

fn a_name(config: &Value, attribute: &str, what: &str) -> Option<Diagnostic> {
    let name = config.attribute(attribute).as_str()?;
    let detail = match name {
        "" => format!("{attribute} is empty: give the name of the {what}, as Atlas shows it."),
        // Every HTTP client takes such a segment out of a URL, percent-encoded or not.
        "." | ".." => {
            format!("{attribute} is {name:?}, which no URL can carry as the name of a {what}.")
        }
        _ => return None,
    };
    Some(refusal(Path::root(attribute), "Invalid name", detail))
}

fn one_of(config: &Value, path: Path, allowed: &[&str]) -> Option<Diagnostic> {
    let value = at(config, &path).as_str()?;
    if allowed.contains(&value) {
        return None;
    }
    let near = allowed.iter().find(|word| word.eq_ignore_ascii_case(value));
    let hint = near.map_or_else(String::new, |word| format!(" Did you mean {word:?}?"));
    Some(refusal(
        path.clone(),
        "Invalid value",
        format!(
            "{path} must be one of {}, not {value:?}.{hint}",
            allowed.join(", ")
        ),
    ))
}

/// RFC 3339, as the OpenAPI schema's format `date-time` says.
fn operation_time(config: &Value) -> Option<Diagnostic> {
    let text = config.attribute("start_at_operation_time").as_str()?;
    if is_shaped_as_rfc_3339(text) && text.parse::<jiff::Timestamp>().is_ok() {
        return None;
    }
    Some(refusal(
        Path::root("start_at_operation_time"),
        "Invalid time",
        format!(
            "start_at_operation_time is a point in time as RFC 3339 writes it, with its offset, such as \
             \"2026-03-01T12:00:00Z\", not {text:?}."
        ),
    ))
}

/// jiff reads more forms than Atlas: `date "T" time ("Z" | ±hh:mm)` is all that RFC 3339 has (§5.6).
fn is_shaped_as_rfc_3339(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't']) else {
        return false;
    };
    let Some(zone) = time.find(['Z', 'z', '+', '-']) else {
        return false;
    };
    let (clock, zone) = time.split_at(zone);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let is_like = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text
                .bytes()
                .zip(shape.bytes())
                .all(|(byte, like)| match like {
                    b'0' => byte.is_ascii_digit(),
                    _ => byte == like,
                })
    };
    is_like(date, "0000-00-00")
        && is_like(clock, "00:00:00")
        && !fraction.is_empty()
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
        && (zone.eq_ignore_ascii_case("z") || is_like(zone, "+00:00") || is_like(zone, "-00:00"))
}

fn a_duration(config: &Value, path: Path) -> Option<Diagnostic> {
    let text = at(config, &path).as_str()?;
    let problem = duration::parse(text).err()?;
    Some(refusal(
        path.clone(),
        "Invalid duration",
        format!("{path} = {text:?}: {problem}"),
    ))
}

fn failover(config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let block = config.attribute("failover");
    let path = Path::root("failover");
    if !block.is_known() {
        return diagnostics;
    }
    let region = block.attribute("region");
    if region.is_null() || region.as_str() == Some("") {
        diagnostics.push(refusal(
            path.clone().attribute("region"),
            "Missing region",
            "failover.region is required: name the region to move the processor to, one of the workspace's \
             failover regions."
                .to_owned(),
        ));
    }
    diagnostics.extend(one_of(
        config,
        path.clone().attribute("mode"),
        &FAILOVER_MODES,
    ));
    let mode = block.attribute("mode");
    if block.attribute("clear_checkpoint").as_bool() == Some(true)
        && !mode.is_unknown()
        && mode.as_str() != Some("FORCED")
    {
        diagnostics.push(refusal(
            path.attribute("clear_checkpoint"),
            "Invalid combination",
            "failover.clear_checkpoint needs failover.mode = \"FORCED\": a graceful failover takes a last \
             checkpoint and resumes from it."
                .to_owned(),
        ));
    }
    diagnostics
}

fn at<'a>(config: &'a Value, path: &Path) -> &'a Value {
    path.steps().iter().fold(config, |value, step| match step {
        Step::Attribute(name) => value.attribute(name),
        Step::Key(_) | Step::Index(_) => value,
    })
}

fn refusal(path: Path, summary: &str, detail: String) -> Diagnostic {
    Diagnostic::error(summary, detail).at(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_rfc_3339_has_is_a_point_in_time() {
        for (text, good) in [
            ("2026-03-01T12:00:00Z", true),
            ("2026-03-01t12:00:00z", true),
            ("2026-03-01T12:00:00.123456+01:00", true),
            ("2026-02-28T23:59:60Z", true),
            ("2026-03-01", false),
            ("2026-03-01T12:00:00", false),
            ("2026-03-01 12:00:00Z", false),
            ("2026-03-01T12:00Z", false),
            ("2026-03-01T12:00:00+01", false),
            ("2026-03-01T12:00:00+0100", false),
            ("2026-03-01T12:00:00,5Z", false),
            ("2026-03-01T12:00:00.Z", false),
            ("2026-03-01T12:00:00+01:00[Europe/Paris]", false),
            ("2026-02-30T12:00:00Z", false),
            ("yesterday", false),
        ] {
            let mut config =
                crate::provider::stream_processor_start::schema::resource().null_object();
            config.set("start_at_operation_time", text);
            assert_eq!(!resource(&config).has_error(), good, "{text}");
        }
    }
}
