//! What can be said, before any request, about the arguments that all objects about a processor share.

use crate::framework::{Diagnostic, Diagnostics, Path, Step, Value};
use crate::provider::config::duration;

/// Checks the three names; values that are not known yet pass.
pub(crate) fn names(config: &Value) -> Diagnostics {
    let mut diagnostics = workspace(config);
    diagnostics.extend(a_name(config, "processor_name", "stream processor"));
    diagnostics
}

/// Checks the two names of a workspace; values that are not known yet pass.
pub(crate) fn workspace(config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    diagnostics.extend(group_id(config));
    diagnostics.extend(a_name(config, "tenant_name", "stream instance (workspace)"));
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

/// Checks that a value is one of a few words.
pub(crate) fn one_of(config: &Value, path: Path, allowed: &[&str]) -> Option<Diagnostic> {
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

pub(crate) fn a_duration(config: &Value, path: Path) -> Option<Diagnostic> {
    let text = at(config, &path).as_str()?;
    let problem = duration::parse(text).err()?;
    Some(refusal(
        path.clone(),
        "Invalid duration",
        format!("{path} = {text:?}: {problem}"),
    ))
}

fn at<'a>(config: &'a Value, path: &Path) -> &'a Value {
    path.steps().iter().fold(config, |value, step| match step {
        Step::Attribute(name) => value.attribute(name),
        Step::Key(_) | Step::Index(_) => value,
    })
}

/// A refusal of one argument.
pub(crate) fn refusal(path: Path, summary: &str, detail: String) -> Diagnostic {
    Diagnostic::error(summary, detail).at(path)
}
