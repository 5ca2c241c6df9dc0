//! The environment variables that users of Atlas tools already have, read once and in one place.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::atlas::CaVariables;

/// A bearer token that was obtained before.
pub(super) const ACCESS_TOKEN: &[&str] = &["MONGODB_ATLAS_ACCESS_TOKEN"];
/// The id of a service account.
pub(super) const CLIENT_ID: &[&str] = &["MONGODB_ATLAS_CLIENT_ID"];
/// The secret of a service account.
pub(super) const CLIENT_SECRET: &[&str] = &["MONGODB_ATLAS_CLIENT_SECRET"];
/// The public half of an API key.
pub(super) const PUBLIC_KEY: &[&str] = &[
    "MONGODB_ATLAS_PUBLIC_API_KEY",
    "MONGODB_ATLAS_PUBLIC_KEY",
    "MCLI_PUBLIC_API_KEY",
];
/// The private half of an API key.
pub(super) const PRIVATE_KEY: &[&str] = &[
    "MONGODB_ATLAS_PRIVATE_API_KEY",
    "MONGODB_ATLAS_PRIVATE_KEY",
    "MCLI_PRIVATE_API_KEY",
];
/// Where the API is.
pub(super) const BASE_URL: &[&str] = &[
    "MONGODB_ATLAS_BASE_URL",
    "MONGODB_ATLAS_OPS_MANAGER_URL",
    "MCLI_OPS_MANAGER_URL",
];
/// A file of CA certificates.
const CA_FILE: &[&str] = &["SSL_CERT_FILE"];
/// Directories of CA certificates.
const CA_DIRECTORIES: &[&str] = &["SSL_CERT_DIR"];

/// What is text, and may be a secret.
const TEXTS: [&[&str]; 6] = [
    ACCESS_TOKEN,
    CLIENT_ID,
    CLIENT_SECRET,
    PUBLIC_KEY,
    PRIVATE_KEY,
    BASE_URL,
];
/// What names files.
const FILES: [&[&str]; 2] = [CA_FILE, CA_DIRECTORIES];

/// The variables of the environment that concern this provider.
#[derive(Clone, Default)]
pub struct Environment {
    /// Overwritten when it is dropped; without those that are not Unicode: neither a key nor a URL can be anything else.
    texts: BTreeMap<&'static str, SecretString>,
    files: BTreeMap<&'static str, OsString>,
}

impl Environment {
    /// The environment of this process.
    pub fn of_process() -> Self {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .collect()
    }

    /// The first of `names` that is there, and its value. One that is empty counts as not there.
    pub(super) fn first(&self, names: &[&'static str]) -> Option<(&'static str, &str)> {
        names
            .iter()
            .filter_map(|name| Some((*name, self.texts.get(name)?.expose_secret())))
            .find(|(_, value)| !value.is_empty())
    }

    /// What it says of CA certificates.
    pub(super) fn ca(&self) -> CaVariables {
        let value =
            |names: &[&'static str]| names.iter().find_map(|name| self.files.get(name)).cloned();
        CaVariables {
            file: value(CA_FILE),
            directories: value(CA_DIRECTORIES),
        }
    }
}

impl<K: AsRef<str>, V: Into<OsString>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let known = |all: &[&[&'static str]], name: &str| {
            all.iter()
                .flat_map(|names| names.iter())
                .copied()
                .find(|known| *known == name)
        };
        let mut environment = Self::default();
        for (name, value) in pairs {
            if let Some(name) = known(&FILES, name.as_ref()) {
                environment.files.insert(name, value.into());
            } else if let Some(name) = known(&TEXTS, name.as_ref())
                && let Ok(text) = value.into().into_string()
            {
                environment.texts.insert(name, text.into());
            }
        }
        environment
    }
}

/// Names only: half of the values are secrets.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.texts.keys().chain(self.files.keys());
        f.debug_set().entries(names).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_that_is_not_empty_wins() {
        let environment: Environment = [
            ("MONGODB_ATLAS_PUBLIC_API_KEY", ""),
            ("MONGODB_ATLAS_PUBLIC_KEY", "second"),
            ("MCLI_PUBLIC_API_KEY", "third"),
            ("MCLI_OPS_MANAGER_URL", "https://example.com"),
        ]
        .into_iter()
        .collect();
        assert_eq!(
            environment.first(PUBLIC_KEY),
            Some(("MONGODB_ATLAS_PUBLIC_KEY", "second"))
        );
        assert_eq!(environment.first(PRIVATE_KEY), None);
        assert_eq!(
            environment.first(BASE_URL),
            Some(("MCLI_OPS_MANAGER_URL", "https://example.com"))
        );
    }

    #[cfg(unix)]
    #[test]
    fn the_names_of_ca_certificates_are_kept_as_they_are() {
        use std::os::unix::ffi::OsStringExt as _;

        let odd = OsString::from_vec(vec![b'/', 0xff]);
        let environment: Environment = [
            ("SSL_CERT_FILE", odd.clone()),
            ("SSL_CERT_DIR", OsString::new()),
            ("MONGODB_ATLAS_BASE_URL", odd.clone()),
        ]
        .into_iter()
        .collect();
        let expected = CaVariables {
            file: Some(odd),
            directories: Some(OsString::new()),
        };
        assert_eq!(environment.ca(), expected);
        assert_eq!(environment.first(BASE_URL), None);
        assert_eq!(Environment::default().ca(), CaVariables::default());
    }

    #[test]
    fn it_keeps_nothing_else_and_shows_no_value() {
        let environment: Environment = [
            ("HOME", "/root"),
            ("MONGODB_ATLAS_CLIENT_SECRET", "mdb_sa_sk_hush"),
        ]
        .into_iter()
        .collect();
        assert_eq!(
            format!("{environment:?}"),
            "{\"MONGODB_ATLAS_CLIENT_SECRET\"}"
        );
    }
}
