//! How to reach Atlas, and as whom.

use std::{ffi::OsString, fmt, sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// Everything that a [`Client`](super::Client) has to be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// For example `https://cloud.mongodb.com`; a path in it is kept as a prefix.
    pub base_url: Url,
    /// The date of the `Accept` media type, for example `2024-05-30`.
    pub api_version: String,
    /// Without credentials every call fails before anything is sent.
    pub credentials: Option<Credentials>,
    /// How long one HTTP exchange may take.
    pub request_timeout: Duration,
    /// How often one request is repeated after a failed answer; 0 turns repetitions off, those for a rate limit too.
    pub max_retries: u32,
    /// The `User-Agent` without its comment, for example `terraform-provider-atlas/1.0.0 Terraform/1.15.5`.
    pub user_agent: String,
    /// Which CA certificates are trusted beside those of the system.
    pub ca: Arc<CaVariables>,
}

/// The environment's word on CA certificates. An empty value names nothing, but is one all the same: the TLS library looks at the
/// process' environment itself, and takes it for a name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaVariables {
    /// `SSL_CERT_FILE`: a file of certificates in PEM.
    pub file: Option<OsString>,
    /// `SSL_CERT_DIR`: directories of such files.
    pub directories: Option<OsString>,
}

/// As whom Atlas is asked. Secrets never show in the debug form.
#[derive(Clone)]
pub enum Credentials {
    /// A bearer token that somebody else obtained.
    AccessToken(SecretString),
    /// OAuth 2.0 client credentials; the token is fetched when the first call needs it.
    ServiceAccount {
        /// Looks like `mdb_sa_id_…`.
        client_id: String,
        /// Looks like `mdb_sa_sk_…`.
        client_secret: SecretString,
    },
    /// HTTP Digest.
    ApiKey {
        /// Eight letters.
        public_key: String,
        /// A UUID.
        private_key: SecretString,
    },
}

impl PartialEq for Credentials {
    fn eq(&self, other: &Self) -> bool {
        let same =
            |one: &SecretString, other: &SecretString| one.expose_secret() == other.expose_secret();
        match (self, other) {
            (Self::AccessToken(one), Self::AccessToken(other)) => same(one, other),
            (
                Self::ServiceAccount {
                    client_id: id,
                    client_secret: secret,
                },
                Self::ServiceAccount {
                    client_id: other_id,
                    client_secret: other_secret,
                },
            ) => id == other_id && same(secret, other_secret),
            (
                Self::ApiKey {
                    public_key: public,
                    private_key: private,
                },
                Self::ApiKey {
                    public_key: other_public,
                    private_key: other_private,
                },
            ) => public == other_public && same(private, other_private),
            _ => false,
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not even the public halves: people put values into the wrong argument.
        f.write_str(match self {
            Self::AccessToken(_) => "AccessToken(..)",
            Self::ServiceAccount { .. } => "ServiceAccount(..)",
            Self::ApiKey { .. } => "ApiKey(..)",
        })
    }
}
