//! The certificate and key with which a host proves to its plugin who it is.

use crate::error::PluginError;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::ops::Range;

const FAILED: &str = "cannot make a client certificate";

/// A self-signed certificate and its key, as go-plugin makes them for every plugin that it starts: P-521, and an
/// authority.
#[derive(Debug)]
pub struct ClientIdentity {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl ClientIdentity {
    /// One that is valid now.
    ///
    /// # Errors
    ///
    /// The key could not be made.
    pub fn generate() -> Result<Self, PluginError> {
        Self::valid_in(2020..2090)
    }

    /// One that is valid from 1 January of the first year to 1 January of the last.
    ///
    /// # Errors
    ///
    /// The key could not be made.
    pub fn valid_in(years: Range<i32>) -> Result<Self, PluginError> {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512)
            .map_err(PluginError::because(FAILED))?;
        Self::certify(key, years)
    }

    /// Another certificate for the same key and the same subject, valid in other years.
    ///
    /// # Errors
    ///
    /// The key could not be used again.
    pub fn reissued(&self, years: Range<i32>) -> Result<Self, PluginError> {
        let key = KeyPair::try_from(self.key.serialize_der().as_slice())
            .map_err(PluginError::because(FAILED))?;
        Self::certify(key, years)
    }

    fn certify(key: KeyPair, years: Range<i32>) -> Result<Self, PluginError> {
        let mut parameters = CertificateParams::new(vec!["localhost".to_owned()])
            .map_err(PluginError::because(FAILED))?;
        parameters
            .distinguished_name
            .push(DnType::OrganizationName, "HashiCorp");
        parameters
            .distinguished_name
            .push(DnType::CommonName, "localhost");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
            KeyUsagePurpose::KeyAgreement,
            KeyUsagePurpose::KeyCertSign,
        ];
        parameters.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ClientAuth,
            ExtendedKeyUsagePurpose::ServerAuth,
        ];
        parameters.not_before = rcgen::date_time_ymd(years.start, 1, 1);
        parameters.not_after = rcgen::date_time_ymd(years.end, 1, 1);
        let certificate = parameters
            .self_signed(&key)
            .map_err(PluginError::because(FAILED))?;
        Ok(Self { certificate, key })
    }

    /// The certificate as it goes into `PLUGIN_CLIENT_CERT`.
    #[must_use]
    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.certificate.der().clone()
    }

    pub(crate) fn key(&self) -> Result<PrivateKeyDer<'static>, PluginError> {
        PrivateKeyDer::try_from(self.key.serialize_der()).map_err(|cause| {
            PluginError::new(format!(
                "cannot use the key of a client certificate: {cause}"
            ))
        })
    }
}
