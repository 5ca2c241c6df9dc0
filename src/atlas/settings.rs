//! How to reach Atlas, and as whom.

use std::{fmt, time::Duration};

use secrecy::SecretString;
use url::Url;

/// Everything that a [`Client`](super::Client) has to be told.
#[derive(Clone, Debug)]
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
