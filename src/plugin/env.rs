//! Everything that this room reads from the environment, read once.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
#[cfg(unix)]
use std::path::PathBuf;

/// All variables that are read here. Of the others nothing is kept: there are secrets among them.
const KNOWN: [&str; 12] = [
    "TF_PLUGIN_MAGIC_COOKIE",
    "PLUGIN_PROTOCOL_VERSIONS",
    "PLUGIN_CLIENT_CERT",
    "PLUGIN_UNIX_SOCKET_DIR",
    "PLUGIN_UNIX_SOCKET_GROUP",
    "PLUGIN_MIN_PORT",
    "PLUGIN_MAX_PORT",
    "PLUGIN_MULTIPLEX_GRPC",
    "TMPDIR",
    "TF_LOG_PROVIDER_ATLAS",
    "TF_LOG_PROVIDER",
    "TF_LOG",
];

/// The variables that a host sets for its plugin, and those with which a user steers its logs.
///
/// An empty variable is an unset one, as in go-plugin.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    variables: HashMap<OsString, OsString>,
}

impl Environment {
    /// The environment of this process.
    pub(crate) fn of_the_process() -> Self {
        std::env::vars_os().collect()
    }

    /// The secret of nobody that tells a host from a person (`TF_PLUGIN_MAGIC_COOKIE`).
    pub(crate) fn cookie(&self) -> Option<String> {
        self.text("TF_PLUGIN_MAGIC_COOKIE")
    }

    /// The protocol versions that the host speaks, in no particular order (`PLUGIN_PROTOCOL_VERSIONS`).
    pub(crate) fn protocol_versions(&self) -> Vec<u32> {
        self.text("PLUGIN_PROTOCOL_VERSIONS")
            .unwrap_or_default()
            .split(',')
            .filter_map(|version| version.trim().parse().ok())
            .collect()
    }

    /// The certificate, in PEM, that the host will present (`PLUGIN_CLIENT_CERT`); none asks for plain HTTP/2.
    pub(crate) fn client_certificate(&self) -> Option<String> {
        self.text("PLUGIN_CLIENT_CERT")
    }

    /// Where the host wants the socket (`PLUGIN_UNIX_SOCKET_DIR`).
    #[cfg(unix)]
    pub(crate) fn socket_directory(&self) -> Option<PathBuf> {
        self.get("PLUGIN_UNIX_SOCKET_DIR").map(PathBuf::from)
    }

    /// The group, by name or number, that may connect (`PLUGIN_UNIX_SOCKET_GROUP`).
    #[cfg(unix)]
    pub(crate) fn socket_group(&self) -> Option<String> {
        self.text("PLUGIN_UNIX_SOCKET_GROUP")
    }

    /// The TCP ports to choose from, both ends included (`PLUGIN_MIN_PORT`, `PLUGIN_MAX_PORT`); any port without them.
    #[cfg(any(not(unix), test))]
    pub(crate) fn ports(&self) -> std::ops::RangeInclusive<u16> {
        let port = |name| self.text(name).and_then(|port| port.parse::<u16>().ok());
        match (port("PLUGIN_MIN_PORT"), port("PLUGIN_MAX_PORT")) {
            (Some(low), Some(high)) if low <= high => low..=high,
            _ => 0..=0,
        }
    }

    /// Whether the host asks if several logical connections can share one (`PLUGIN_MULTIPLEX_GRPC`).
    pub(crate) fn asks_for_multiplexing(&self) -> bool {
        self.get("PLUGIN_MULTIPLEX_GRPC").is_some()
    }

    /// The directory for temporary files (`TMPDIR`).
    #[cfg(unix)]
    pub(crate) fn temporary_directory(&self) -> PathBuf {
        self.get("TMPDIR")
            .map_or_else(|| PathBuf::from("/tmp"), PathBuf::from)
    }

    /// The log level's name: our own variable, that of all providers, that of all of Terraform.
    pub(crate) fn log_level(&self) -> Option<String> {
        ["TF_LOG_PROVIDER_ATLAS", "TF_LOG_PROVIDER", "TF_LOG"]
            .into_iter()
            .find_map(|name| self.text(name))
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name)
            .map(|value| value.to_string_lossy().into_owned())
    }

    fn get(&self, name: &str) -> Option<&OsStr> {
        self.variables
            .get(OsStr::new(name))
            .map(OsString::as_os_str)
            .filter(|value| !value.is_empty())
    }
}

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        let variables = variables
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .filter(|(name, _)| KNOWN.iter().any(|known| name == known))
            .collect();
        Self { variables }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_in_any_order() {
        for (text, versions) in [
            ("5,6", vec![5, 6]),
            ("6,5", vec![6, 5]),
            ("", vec![]),
            ("x, 6 ,", vec![6]),
        ] {
            let environment = Environment::from_iter([("PLUGIN_PROTOCOL_VERSIONS", text)]);
            assert_eq!(environment.protocol_versions(), versions, "{text:?}");
        }
    }

    #[test]
    fn what_is_not_of_this_room_is_not_kept() {
        let environment = Environment::from_iter([
            ("TF_LOG", "TRACE"),
            ("MONGODB_ATLAS_CLIENT_SECRET", "mdb_sa_sk_hush"),
            ("HTTPS_PROXY", "http://user:hush@proxy.test"),
        ]);
        assert_eq!(environment.log_level().as_deref(), Some("TRACE"));
        let shown = format!("{environment:?}");
        assert!(!shown.contains("hush"), "{shown}");
    }

    #[test]
    fn an_empty_variable_is_an_unset_one() {
        let environment =
            Environment::from_iter([("PLUGIN_CLIENT_CERT", ""), ("PLUGIN_MULTIPLEX_GRPC", "")]);
        assert_eq!(environment.client_certificate(), None);
        assert!(!environment.asks_for_multiplexing());
    }

    #[test]
    fn the_nearest_log_variable_counts() {
        let all = [
            ("TF_LOG", "WARN"),
            ("TF_LOG_PROVIDER", "INFO"),
            ("TF_LOG_PROVIDER_ATLAS", "TRACE"),
        ];
        for (set, level) in [
            (0, None),
            (1, Some("WARN")),
            (2, Some("INFO")),
            (3, Some("TRACE")),
        ] {
            let environment = Environment::from_iter(all.into_iter().take(set));
            assert_eq!(environment.log_level().as_deref(), level);
        }
    }

    #[test]
    fn ports_are_a_range_or_any() {
        for (low, high, ports) in [
            ("10000", "25000", 10000..=25000),
            ("", "25000", 0..=0),
            ("9", "8", 0..=0),
            ("x", "8", 0..=0),
        ] {
            let environment =
                Environment::from_iter([("PLUGIN_MIN_PORT", low), ("PLUGIN_MAX_PORT", high)]);
            assert_eq!(environment.ports(), ports);
        }
    }
}
