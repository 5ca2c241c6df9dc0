//! How Digest behaves: the variants of its challenge, and the hashes that it may name.

use std::time::Duration;

use md5::Md5;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::serial;

/// How Digest behaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DigestSettings {
    /// How the challenge is written.
    pub challenge: Challenge,
    /// The algorithm of the challenge; Atlas uses MD5.
    pub algorithm: Algorithm,
    /// How long a nonce is good. "A short time" is all that is documented.
    #[serde(with = "serial::millis")]
    pub nonce_lifetime: Duration,
    /// Whether the challenge after a used-up nonce says `stale=true`. Atlas' own examples only show `stale=false`.
    pub stale_flag: bool,
    /// Whether a nonce is good for one request only. Not documented.
    pub single_use: bool,
}

impl Default for DigestSettings {
    fn default() -> Self {
        Self {
            challenge: Challenge::Qop,
            algorithm: Algorithm::Md5,
            nonce_lifetime: Duration::from_secs(300),
            stale_flag: false,
            single_use: false,
        }
    }
}

/// Ways to write a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Challenge {
    /// `qop="auth"`, algorithm unquoted: what clients and fixtures show.
    Qop,
    /// `op="auth"`, as Atlas' documentation prints it.
    Op,
    /// Neither, as in RFC 2069.
    NoQop,
    /// `algorithm` in quotes.
    QuotedAlgorithm,
    /// One header that offers Bearer, then one that offers Digest.
    BesideBearer,
    /// Two Digest headers: SHA-256 first, MD5 after it.
    BothAlgorithms,
}

/// The hash of a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// RFC 2617.
    #[serde(rename = "MD5")]
    Md5,
    /// RFC 7616.
    #[serde(rename = "SHA-256")]
    Sha256,
}

impl Algorithm {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
        }
    }

    pub(crate) fn hash(self, text: &str) -> String {
        match self {
            Self::Md5 => hex(&Md5::digest(text)),
            Self::Sha256 => hex(&Sha256::digest(text)),
        }
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
