//! Which processor is meant: its three names, the id made of them and the identity.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::atlas::{ProcessorPath, WorkspacePath};
use crate::framework::{Diagnostic, Diagnostics, Value};

/// RFC 3986's unreserved characters stay as they are, everything else is encoded.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// `group_id/tenant_name/processor_name`, each segment percent-encoded.
pub(crate) fn id(path: &ProcessorPath) -> String {
    joined([&path.group_id, &path.tenant_name, &path.processor_name])
}

/// `group_id/tenant_name`, each segment percent-encoded.
pub(crate) fn id_of_workspace(path: &WorkspacePath) -> String {
    joined([&path.group_id, &path.tenant_name])
}

fn joined<const N: usize>(segments: [&String; N]) -> String {
    segments
        .map(|segment| utf8_percent_encode(segment, SEGMENT).to_string())
        .join("/")
}

/// The processor that an import id names.
///
/// # Errors
///
/// One sentence that says what is wrong with the id, when it is not three percent-encoded segments.
pub(crate) fn parse_id(id: &str) -> Result<ProcessorPath, String> {
    let segments: Vec<&str> = id.split('/').collect();
    let [group_id, tenant_name, processor_name] = segments.as_slice() else {
        return Err(format!(
            "it has {} segment{} between slashes, not three",
            segments.len(),
            if segments.len() == 1 { "" } else { "s" }
        ));
    };
    let decoded = |name: &str, segment: &str| {
        percent_decode_str(segment)
            .decode_utf8()
            .map(|text| text.into_owned())
            .map_err(|_| format!("its {name} is not UTF-8 once its percent-encoding is undone"))
    };
    Ok(ProcessorPath {
        group_id: decoded("group_id", group_id)?,
        tenant_name: decoded("tenant_name", tenant_name)?,
        processor_name: decoded("processor_name", processor_name)?,
    })
}

/// The three names of an object, when all of them are known.
pub(crate) fn path(object: &Value) -> Option<ProcessorPath> {
    let WorkspacePath {
        group_id,
        tenant_name,
    } = workspace(object)?;
    Some(ProcessorPath {
        group_id,
        tenant_name,
        processor_name: name(object, "processor_name")?,
    })
}

/// The two names of a workspace, when both are known.
pub(crate) fn workspace(object: &Value) -> Option<WorkspacePath> {
    Some(WorkspacePath {
        group_id: name(object, "group_id")?,
        tenant_name: name(object, "tenant_name")?,
    })
}

fn name(object: &Value, attribute: &str) -> Option<String> {
    object.attribute(attribute).as_str().map(str::to_owned)
}

/// What is said where one of them is not there.
pub(crate) fn missing() -> Diagnostics {
    Diagnostics::from(Diagnostic::error(
        "Stream processor not named",
        "The names of the project, the workspace and the processor (group_id, tenant_name, processor_name) must be given \
         and known to carry this out; in an action they stand in its config block. No request was sent.",
    ))
}

/// The identity that goes with an object; a name that is not known yet stays unknown in it.
pub(crate) fn identity(object: &Value) -> Value {
    let names = ["group_id", "tenant_name", "processor_name"];
    Value::Object(
        names
            .map(|name| (name.to_owned(), object.attribute(name).clone()))
            .into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn processor(tenant: &str, name: &str) -> ProcessorPath {
        ProcessorPath {
            group_id: "0123456789abcdef01234567".into(),
            tenant_name: tenant.into(),
            processor_name: name.into(),
        }
    }

    #[test]
    fn an_id_leads_back_to_the_names_it_was_made_of() {
        for (tenant, name, expected) in [
            ("ws", "orders", "0123456789abcdef01234567/ws/orders"),
            ("a/b", "100%", "0123456789abcdef01234567/a%2Fb/100%25"),
            (
                "käse",
                "p:start",
                "0123456789abcdef01234567/k%C3%A4se/p%3Astart",
            ),
            ("a.b-c_d~e", " ", "0123456789abcdef01234567/a.b-c_d~e/%20"),
        ] {
            let path = processor(tenant, name);
            assert_eq!(id(&path), expected);
            assert_eq!(parse_id(expected), Ok(path));
        }
    }

    #[test]
    fn an_id_of_another_shape_is_refused_in_words() {
        for (id, word) in [
            ("", "1 segment between"),
            ("a/b", "2 segments between"),
            ("a/b/c/d", "4 segments between"),
            ("a/%FF/c", "tenant_name"),
        ] {
            let refusal = parse_id(id).expect_err(id);
            assert!(refusal.contains(word), "{id}: {refusal}");
        }
    }
}
