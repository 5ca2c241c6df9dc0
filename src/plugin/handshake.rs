//! The first words between host and plugin: cookie, protocol version, and the one line on standard output.

use super::env::Environment;
use super::listener::Address;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::io::{self, Write};

/// What both Terraform and OpenTofu put into `TF_PLUGIN_MAGIC_COOKIE`.
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// The version of go-plugin's own handshake.
const CORE_VERSION: u32 = 1;

/// The major version of the Terraform plugin protocol that this program speaks. It is answered to every host: one
/// that does not know it says so to its user better than we can.
pub(crate) const PROTOCOL_VERSION: u32 = 6;

/// Whether a host started this process, and not a person.
pub(crate) fn started_by_a_host(environment: &Environment) -> bool {
    environment.cookie().as_deref() == Some(COOKIE)
}

/// Tells the host where and how to connect. The socket must be listening by now.
///
/// `certificate` is our own in DER, if TLS is on.
pub(crate) fn announce(
    output: &mut impl Write,
    address: &Address,
    certificate: Option<&[u8]>,
    environment: &Environment,
) -> io::Result<()> {
    // Go's decoder refuses padding, and the length that needs padding differs from certificate to certificate.
    let certificate = certificate
        .map(|der| STANDARD_NO_PAD.encode(der))
        .unwrap_or_default();
    let (network, place) = (address.network(), address.place());
    let mut line =
        format!("{CORE_VERSION}|{PROTOCOL_VERSION}|{network}|{place}|grpc|{certificate}");
    if environment.asks_for_multiplexing() {
        // Never without being asked: old hosts take a seventh field for a part of the certificate.
        line.push_str("|false");
    }
    line.push('\n');
    output.write_all(line.as_bytes())?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(certificate: Option<&[u8]>, variables: &[(&str, &str)]) -> String {
        let environment = variables.iter().copied().collect();
        let mut line = Vec::new();
        let address = Address::Unix("/tmp/plugin-1/socket".into());
        announce(&mut line, &address, certificate, &environment).unwrap();
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn only_the_right_cookie_is_a_host() {
        for (cookie, host) in [(COOKIE, true), ("", false), ("d602", false)] {
            let environment = Environment::from_iter([("TF_PLUGIN_MAGIC_COOKIE", cookie)]);
            assert_eq!(started_by_a_host(&environment), host, "{cookie:?}");
        }
        assert!(!started_by_a_host(&Environment::default()));
    }

    #[test]
    fn the_line_has_six_fields_and_no_padding() {
        assert_eq!(
            line(Some(&[255; 4]), &[]),
            "1|6|unix|/tmp/plugin-1/socket|grpc|/////w\n"
        );
        assert_eq!(line(None, &[]), "1|6|unix|/tmp/plugin-1/socket|grpc|\n");
    }

    #[test]
    fn a_host_that_asks_for_multiplexing_is_told_no() {
        let line = line(None, &[("PLUGIN_MULTIPLEX_GRPC", "true")]);
        assert_eq!(line, "1|6|unix|/tmp/plugin-1/socket|grpc||false\n");
    }

    #[test]
    fn a_tcp_address_is_named_as_such() {
        let mut line = Vec::new();
        let address = Address::Tcp("127.0.0.1:10000".parse().unwrap());
        announce(&mut line, &address, None, &Environment::default()).unwrap();
        assert_eq!(line, b"1|6|tcp|127.0.0.1:10000|grpc|\n");
    }
}
