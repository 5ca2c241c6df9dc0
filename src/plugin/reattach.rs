//! What `-debug` prints: how a host is told to use this process instead of starting one.

use super::handshake::PROTOCOL_VERSION;
use super::listener::Address;
use serde_json::json;
use std::io::{self, Write};

/// Prints the variable that makes Terraform and OpenTofu attach to this process.
pub(crate) fn instruct(
    output: &mut impl Write,
    provider: &str,
    address: &Address,
) -> io::Result<()> {
    let plugin = json!({
        "Protocol": "grpc",
        "ProtocolVersion": PROTOCOL_VERSION,
        "Pid": std::process::id(),
        // The host neither kills the process nor asks it to end: it serves the next run too.
        "Test": true,
        "Addr": { "Network": address.network(), "String": address.place() },
    });
    let reattach: serde_json::Map<_, _> =
        names(provider).map(|name| (name, plugin.clone())).collect();
    let reattach = serde_json::Value::Object(reattach);
    // Inside single quotes a shell takes everything literally but a single quote.
    let reattach = reattach.to_string().replace('\'', r"'\''");
    writeln!(
        output,
        "The provider is running; Ctrl-C stops it. Terraform and OpenTofu use it where this variable is set:\n\n\
         \tTF_REATTACH_PROVIDERS='{reattach}'\n"
    )?;
    output.flush()
}

/// The addresses that hosts may look for: a source without a registry's name is one of Terraform's registry under
/// Terraform, and one of OpenTofu's under OpenTofu. An address that a configuration does not use is no matter to a host.
fn names(provider: &str) -> impl Iterator<Item = String> {
    let under_opentofu = provider
        .strip_prefix("registry.terraform.io/")
        .map(|short| format!("registry.opentofu.org/{short}"));
    std::iter::once(provider.to_owned()).chain(under_opentofu)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_is_what_hosts_read() {
        let mut text = Vec::new();
        instruct(
            &mut text,
            "example.com/ns/atlas",
            &Address::Unix("/tmp/it's/s".into()),
        )
        .unwrap();
        let text = String::from_utf8(text).unwrap();
        let (_, json) = text.split_once("TF_REATTACH_PROVIDERS='").unwrap();
        let json = json
            .trim_end()
            .strip_suffix('\'')
            .unwrap()
            .replace(r"'\''", "'");
        let reattach: serde_json::Value = serde_json::from_str(&json).unwrap();
        let plugin = &reattach["example.com/ns/atlas"];
        assert_eq!(plugin["ProtocolVersion"], 6);
        assert_eq!(plugin["Pid"], std::process::id());
        assert_eq!(
            plugin["Addr"],
            json!({"Network": "unix", "String": "/tmp/it's/s"})
        );
    }

    #[test]
    fn a_source_without_a_registry_is_found_under_either_host() {
        for (provider, expected) in [
            (
                "registry.terraform.io/ns/atlas",
                vec![
                    "registry.terraform.io/ns/atlas",
                    "registry.opentofu.org/ns/atlas",
                ],
            ),
            ("example.com/ns/atlas", vec!["example.com/ns/atlas"]),
        ] {
            assert_eq!(names(provider).collect::<Vec<_>>(), expected);
        }
    }
}
