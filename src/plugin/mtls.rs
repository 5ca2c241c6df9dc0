//! AutoMTLS: a certificate of our own for one process' life, and the demand that the peer prove to be our host.
//!
//! The host generates a self-signed certificate and hands it over in `PLUGIN_CLIENT_CERT`. It is a certificate
//! authority with a P-521 key, which an ordinary verifier refuses as an end entity. So the peer's certificate is
//! compared byte by byte with the one from the environment, and the signature in the TLS handshake then proves that
//! the peer holds its key.
//!
//! Its dates count as well, although it is the very one that was announced: go-plugin refuses an expired one, and who
//! holds on to one that long is not the host that has just started this process. Hosts date theirs 30 s back and give
//! them 30 years, so that only a clock which jumps between the two can be in the way.

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, ServerConfig,
    SignatureScheme,
};
use std::sync::Arc;

/// Why there can be no mutual TLS. Plain HTTP/2 is never the way out: the host asked for TLS.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("PLUGIN_CLIENT_CERT holds no certificate in PEM")]
    Pem(#[source] rustls::pki_types::pem::Error),
    #[error("the certificate in PLUGIN_CLIENT_CERT cannot be used")]
    ClientCertificate(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("cannot make a certificate for this process")]
    OwnCertificate(#[source] rcgen::Error),
    #[error("cannot set up TLS")]
    Setup(#[source] rustls::Error),
}

/// What a connection needs to become an authenticated one.
#[derive(Debug)]
pub(crate) struct Tls {
    pub(crate) config: Arc<ServerConfig>,
    /// Our own certificate, for the host to trust.
    pub(crate) certificate: CertificateDer<'static>,
}

/// Makes this process' certificate, and a TLS that admits only the holder of `client_certificate` (PEM).
pub(crate) fn mutual_tls(client_certificate: &str) -> Result<Tls, TlsError> {
    let pinned =
        CertificateDer::from_pem_slice(client_certificate.as_bytes()).map_err(TlsError::Pem)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = PinnedClient::new(pinned, &provider)?;
    let (certificate, key) = own_certificate().map_err(TlsError::OwnCertificate)?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Setup)?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_single_cert(vec![certificate.clone()], key)
        .map_err(TlsError::Setup)?;
    // gRPC clients since 2024 refuse a server that does not choose it.
    config.alpn_protocols = vec![b"h2".to_vec()];
    // Every connection proves its key anew.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Tls {
        config: Arc::new(config),
        certificate,
    })
}

fn own_certificate() -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), rcgen::Error> {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    // Go looks at alternative names only, never at the common name.
    let mut parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()])?;
    parameters
        .distinguished_name
        .push(rcgen::DnType::CommonName, "localhost");
    parameters.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![
        rcgen::ExtendedKeyUsagePurpose::ServerAuth,
        rcgen::ExtendedKeyUsagePurpose::ClientAuth,
    ];
    // The key dies with the process: the dates are such that no wrong clock can stop anybody.
    parameters.not_before = rcgen::date_time_ymd(1970, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(2100, 1, 1);
    let certificate = parameters.self_signed(&key)?;
    let key = PrivateKeyDer::try_from(key.serialize_der())
        .map_err(|_| rcgen::Error::CouldNotParseKeyPair)?;
    Ok((certificate.der().clone(), key))
}

/// Admits the holder of one certificate.
#[derive(Debug)]
struct PinnedClient {
    pinned: CertificateDer<'static>,
    /// Reads the dates; what it thinks of authorities does not count.
    dates: Arc<dyn ClientCertVerifier>,
    provider: Arc<CryptoProvider>,
}

impl PinnedClient {
    fn new(
        pinned: CertificateDer<'static>,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        roots
            .add(pinned.clone())
            .map_err(|error| TlsError::ClientCertificate(error.into()))?;
        let dates =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
                .build()
                .map_err(|error| TlsError::ClientCertificate(error.into()))?;
        Ok(Self {
            pinned,
            dates,
            provider: Arc::clone(provider),
        })
    }
}

impl ClientCertVerifier for PinnedClient {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        // A hint could only keep a host from presenting the certificate that it told us about.
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if end_entity != &self.pinned {
            return Err(CertificateError::ApplicationVerificationFailure.into());
        }
        match self
            .dates
            .verify_client_cert(end_entity, intermediates, now)
        {
            Err(
                error @ Error::InvalidCertificate(
                    CertificateError::Expired
                    | CertificateError::ExpiredContext { .. }
                    | CertificateError::NotValidYet
                    | CertificateError::NotValidYetContext { .. },
                ),
            ) => Err(error),
            // Anything else is about chains and authorities, and equality has decided that.
            _ => Ok(ClientCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// A certificate as hosts make it, valid in the given years.
    fn host_certificate(years: std::ops::Range<i32>) -> rcgen::Certificate {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512).unwrap();
        let mut parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        parameters.not_before = rcgen::date_time_ymd(years.start, 1, 1);
        parameters.not_after = rcgen::date_time_ymd(years.end, 1, 1);
        parameters.self_signed(&key).unwrap()
    }

    fn verify(
        pinned: &rcgen::Certificate,
        presented: &rcgen::Certificate,
    ) -> Result<ClientCertVerified, Error> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier = PinnedClient::new(pinned.der().clone(), &provider).unwrap();
        assert!(verifier.client_auth_mandatory());
        // Noon of 1 January 2030.
        let now = UnixTime::since_unix_epoch(Duration::from_secs(1_893_499_200));
        verifier.verify_client_cert(presented.der(), &[], now)
    }

    #[test]
    fn only_the_pinned_certificate_is_admitted() {
        let (pinned, other) = (host_certificate(2020..2050), host_certificate(2020..2050));
        assert!(verify(&pinned, &pinned).is_ok());
        assert!(verify(&pinned, &other).is_err());
    }

    #[test]
    fn dates_count_even_for_the_pinned_certificate() {
        for years in [2000..2020, 2040..2050] {
            let certificate = host_certificate(years.clone());
            assert!(verify(&certificate, &certificate).is_err(), "{years:?}");
        }
    }

    #[test]
    fn what_is_no_certificate_is_an_error_and_not_a_way_around_tls() {
        let rubbish = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for text in ["", "certificate", rubbish] {
            assert!(mutual_tls(text).is_err(), "{text:?}");
        }
    }
}
