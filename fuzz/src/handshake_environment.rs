//! What a host puts into the environment: `NAME=value` with zeros between them, as the system hands it over.

use std::ffi::OsString;

use terraform_provider_atlas::plugin::rehearse;

use super::shown::assert_fit_to_be_shown;

/// What makes hosts, and only hosts, be served.
pub const COOKIE: &str =
    "TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// A host is answered in one line of six fields, or seven if it asks for multiplexing, whatever the directory is called; the
/// fifth is a certificate exactly if it sent one. Nobody else is answered at all, but told why in words that no terminal takes
/// for orders.
pub fn check(bytes: &[u8]) {
    let variables: Vec<(&[u8], &[u8])> = bytes
        .split(|byte| *byte == 0)
        .filter_map(|variable| {
            let equals = variable.iter().position(|byte| *byte == b'=')?;
            Some((&variable[..equals], &variable[equals + 1..]))
        })
        .collect();
    // As in the system, the last of equal names counts.
    let is_set = |name: &str| {
        let value = variables
            .iter()
            .rev()
            .find(|(one, _)| *one == name.as_bytes());
        value.is_some_and(|(_, value)| !value.is_empty())
    };
    let owned = variables.iter().map(|(name, value)| (os(name), os(value)));
    let line = match rehearse(owned) {
        Ok(line) => String::from_utf8(line).expect("the line is text"),
        Err(error) => {
            let mut cause: Option<&dyn std::error::Error> = Some(&error);
            while let Some(error) = cause {
                assert_fit_to_be_shown(&error.to_string());
                cause = error.source();
            }
            return;
        }
    };
    assert!(
        is_set("TF_PLUGIN_MAGIC_COOKIE"),
        "somebody else was answered"
    );
    let inner = line.strip_suffix('\n').expect("the line has an end");
    assert!(!inner.contains(char::is_control), "{inner:?}");
    let fields: Vec<&str> = inner.split('|').collect();
    let multiplexing = is_set("PLUGIN_MULTIPLEX_GRPC");
    assert_eq!(fields.len(), if multiplexing { 7 } else { 6 }, "{inner:?}");
    assert_eq!((fields[0], fields[1], fields[4]), ("1", "6", "grpc"));
    assert!(fields[2] == "unix" || fields[2] == "tcp");
    assert!(!fields[3].is_empty());
    assert_eq!(
        !fields[5].is_empty(),
        is_set("PLUGIN_CLIENT_CERT"),
        "{inner:?}"
    );
    assert!(!fields[5].contains('='), "Go's decoder refuses padding");
    assert!(!multiplexing || fields[6] == "false");
}

#[cfg(unix)]
fn os(bytes: &[u8]) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
fn os(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}
