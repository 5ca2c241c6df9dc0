//! Who a server says that it is, and whether anybody believes it.

use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// Servers in different guises.
pub(super) struct Certificates {
    pub(super) http1: TlsAcceptor,
    pub(super) http2: TlsAcceptor,
    pub(super) untrusted: TlsAcceptor,
    pub(super) of_another_host: TlsAcceptor,
    /// Those that are trusted, in PEM.
    pub(super) trusted: String,
}

impl Certificates {
    pub(super) fn new() -> Self {
        let localhost = certificate("localhost");
        let another = certificate("elsewhere.example");
        Self {
            http1: acceptor(&localhost, "http/1.1"),
            http2: acceptor(&localhost, "h2"),
            untrusted: acceptor(&certificate("localhost"), "http/1.1"),
            of_another_host: acceptor(&another, "http/1.1"),
            trusted: localhost.pem + &another.pem,
        }
    }
}

struct Certificate {
    der: CertificateDer<'static>,
    key: Vec<u8>,
    pem: String,
}

fn certificate(host: &str) -> Certificate {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed([host.to_owned()]).expect("a certificate");
    Certificate {
        der: cert.der().clone(),
        key: signing_key.serialize_der(),
        pem: cert.pem(),
    }
}

fn acceptor(certificate: &Certificate, protocol: &str) -> TlsAcceptor {
    let key = PrivateKeyDer::try_from(certificate.key.clone()).expect("a key");
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der.clone()], key)
        .expect("a server");
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    TlsAcceptor::from(Arc::new(config))
}
