//! What can be said about the arguments before any request: every refusal names its attribute.

use crate::framework::{Diagnostic, Diagnostics, Path, Value};
use crate::provider::stream_processor::validate::{a_duration, names, one_of, refusal};

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
    let mut diagnostics = names(config);
    diagnostics.extend(one_of(config, Path::root("tier"), &TIERS));
    diagnostics.extend(one_of(config, Path::root("if_started"), &IF_STARTED));
    diagnostics.extend(operation_time(config));
    diagnostics
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
