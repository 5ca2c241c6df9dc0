//! Which hosts a run of the tests is for: `ATLAS_TEST_HOSTS`.

use super::error::HostError;
use super::host::Host;
use super::wheel::{DEFAULT_VERSION, VERSIONS};

/// A host that was asked for, by the name it was asked by, and whether it can be had.
#[derive(Debug)]
pub struct Candidate {
    /// `1.15.5`, `terraform` (the executable of `ATLAS_TEST_TERRAFORM`) or `tofu` (that of `ATLAS_TEST_TOFU`).
    pub name: String,
    /// The host, or why it cannot run here.
    pub host: Result<Host, HostError>,
    /// Asked for by its own name, not by `all`: then that it's missing is a failure, not a remark.
    pub by_name: bool,
}

/// The hosts that `ATLAS_TEST_HOSTS` asks for: a list with commas of versions, `terraform` and `tofu`; or `all`,
/// which is every version that can be fetched and every executable that is named. Unset: the default version.
pub fn matrix() -> Vec<Candidate> {
    let wish = std::env::var("ATLAS_TEST_HOSTS").unwrap_or_default();
    let names = names(&wish);
    names
        .into_iter()
        .map(|(name, by_name)| Candidate {
            host: find(&name),
            name,
            by_name,
        })
        .collect()
}

/// The names in a wish, and whether each was asked for by itself.
fn names(wish: &str) -> Vec<(String, bool)> {
    let listed: Vec<_> = wish
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    if listed.contains(&"all") {
        let versions = VERSIONS.iter().map(|(version, _)| *version);
        return versions
            .chain(["terraform", "tofu"])
            .map(|name| (name.to_owned(), false))
            .collect();
    }
    if listed.is_empty() {
        return vec![(DEFAULT_VERSION.to_owned(), true)];
    }
    listed
        .into_iter()
        .map(|name| (name.to_owned(), true))
        .collect()
}

fn find(name: &str) -> Result<Host, HostError> {
    let variable = match name {
        "terraform" => "ATLAS_TEST_TERRAFORM",
        "tofu" => "ATLAS_TEST_TOFU",
        version => return Host::fetch(version),
    };
    match std::env::var_os(variable) {
        Some(path) if !path.is_empty() => Host::executable(path),
        _ => Err(HostError::new(format!("{variable} names no executable"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_names_hosts() {
        let by_name = |names: &[&str]| {
            names
                .iter()
                .map(|name| ((*name).to_owned(), true))
                .collect::<Vec<_>>()
        };
        assert_eq!(names(""), by_name(&["1.15.5"]));
        assert_eq!(names("1.15.5, 1.11.4"), by_name(&["1.15.5", "1.11.4"]));
        assert_eq!(names("tofu"), by_name(&["tofu"]));
        let all = names("all");
        assert_eq!(all.len(), VERSIONS.len() + 2);
        assert!(all.iter().all(|(_, by_name)| !by_name));
    }

    #[test]
    fn a_version_that_nobody_offers_is_refused_by_naming_those_that_are() {
        let error = find("0.0.1").unwrap_err().to_string();
        assert!(
            error.contains("0.0.1") && error.contains(DEFAULT_VERSION),
            "{error}"
        );
    }
}
