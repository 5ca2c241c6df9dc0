//! The line with which a plugin tells its host where it listens, and all rules about it.

use crate::error::PluginError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rustls::pki_types::CertificateDer;
use std::net::SocketAddr;
use std::path::PathBuf;

/// What a plugin said when it was ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// The protocol version that it chose.
    pub protocol: u32,
    /// Where it listens.
    pub network: Network,
    /// Its certificate, where TLS is on.
    pub certificate: Option<CertificateDer<'static>>,
    /// The seventh field, which must be there only if the host asked for it.
    pub multiplexing: Option<bool>,
}

/// Where a plugin listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Network {
    /// The path of a Unix socket.
    Unix(PathBuf),
    /// An address on loopback.
    Tcp(SocketAddr),
}

impl Handshake {
    /// Reads the line as strictly as the strictest host.
    ///
    /// # Errors
    ///
    /// The line breaks a rule; the error names it.
    pub fn parse(line: &str) -> Result<Self, PluginError> {
        let wrong = |rule: &str| PluginError::new(format!("{rule} in the handshake line {line:?}"));
        let Some(text) = line.strip_suffix('\n') else {
            return Err(wrong("no end of line"));
        };
        if text.trim() != text {
            return Err(wrong("white space at an end"));
        }
        let fields: Vec<&str> = text.split('|').collect();
        let (six, multiplexing) = match fields.as_slice() {
            [six @ .., seventh] if six.len() == 6 => (six, Some(*seventh)),
            six if six.len() == 6 => (six, None),
            _ => return Err(wrong("not six or seven fields")),
        };
        let [core, protocol, network, address, kind, certificate] = six else {
            return Err(wrong("not six fields"));
        };
        if *core != "1" {
            return Err(wrong("a core version other than 1"));
        }
        if *kind != "grpc" {
            return Err(wrong("a kind other than grpc"));
        }
        Ok(Self {
            protocol: protocol
                .parse()
                .map_err(|_| wrong("a protocol version that is no number"))?,
            network: network_of(network, address)
                .ok_or_else(|| wrong("an address that is none"))?,
            certificate: match *certificate {
                "" => None,
                text => Some(certificate_of(text).map_err(|rule| wrong(&rule))?),
            },
            multiplexing: match multiplexing {
                None => None,
                Some("true") => Some(true),
                Some("false") => Some(false),
                Some(_) => return Err(wrong("a seventh field that is neither true nor false")),
            },
        })
    }
}

fn network_of(network: &str, address: &str) -> Option<Network> {
    match network {
        // The shortest address of a Unix socket, on macOS, has 104 bytes, the last of them zero.
        "unix" if address.starts_with('/') && address.len() < 104 => {
            Some(Network::Unix(address.into()))
        }
        "tcp" => address
            .parse()
            .ok()
            .filter(|address: &SocketAddr| address.ip().is_loopback())
            .map(Network::Tcp),
        _ => None,
    }
}

fn certificate_of(text: &str) -> Result<CertificateDer<'static>, String> {
    // A host takes anything as short as this for no certificate at all.
    if text.len() <= 50 {
        return Err("a certificate too short to be one".to_owned());
    }
    let der = STANDARD_NO_PAD
        .decode(text)
        .map_err(|error| format!("a certificate that is not base64 ({error})"))?;
    Ok(CertificateDer::from(der))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_line_is_read() {
        let der = vec![7; 100];
        let text = STANDARD_NO_PAD.encode(&der);
        let handshake = Handshake::parse(&format!("1|6|unix|/tmp/p|grpc|{text}\n")).unwrap();
        assert_eq!(handshake.network, Network::Unix("/tmp/p".into()));
        assert_eq!(handshake.certificate.as_deref(), Some(der.as_slice()));
        assert_eq!(
            Handshake::parse("1|6|tcp|127.0.0.1:9|grpc||true\n")
                .unwrap()
                .multiplexing,
            Some(true)
        );
    }

    #[test]
    fn a_wrong_line_is_refused_with_the_rule() {
        let padded = format!("1|6|unix|/tmp/p|grpc|{}=\n", "A".repeat(103));
        let long = format!("1|6|unix|/{}|grpc|\n", "p".repeat(103));
        for (line, rule) in [
            ("1|6|unix|/tmp/p|grpc|", "end of line"),
            (" 1|6|unix|/tmp/p|grpc|\n", "white space"),
            ("1|6|unix|/tmp/p|grpc\n", "fields"),
            ("1|6|unix|/tmp/p|grpc|||\n", "fields"),
            ("2|6|unix|/tmp/p|grpc|\n", "core"),
            ("1|six|unix|/tmp/p|grpc|\n", "protocol"),
            ("1|6|unix|p|grpc|\n", "address"),
            ("1|6|tcp|8.8.8.8:1|grpc|\n", "address"),
            (&long, "address"),
            ("1|6|unix|/tmp/p|netrpc|\n", "kind"),
            ("1|6|unix|/tmp/p|grpc|AAAA\n", "short"),
            (&padded, "base64"),
            ("1|6|unix|/tmp/p|grpc||yes\n", "seventh"),
        ] {
            let error = Handshake::parse(line).unwrap_err().to_string();
            assert!(error.contains(rule), "{line:?}: {error}");
        }
    }
}
