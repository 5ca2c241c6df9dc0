//! Which processor is meant: its three names, the id made of them and the identity.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::atlas::ProcessorPath;
use crate::framework::Value;

/// RFC 3986's unreserved characters stay as they are, everything else is encoded.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// `group_id/tenant_name/processor_name`, each segment percent-encoded.
pub(crate) fn id(path: &ProcessorPath) -> String {
    [&path.group_id, &path.tenant_name, &path.processor_name]
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

/// The three names of a resource's or action's object, when all of them are known.
pub(crate) fn path(object: &Value) -> Option<ProcessorPath> {
    let name = |name: &str| object.attribute(name).as_str().map(str::to_owned);
    Some(ProcessorPath {
        group_id: name("group_id")?,
        tenant_name: name("tenant_name")?,
        processor_name: name("processor_name")?,
    })
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
