//! The supply chain: what is linked into the provider, that `deny.toml` says so, and nothing else.
//!
//! Read from the trees that cargo resolves, for this machine and for all others. What is known of a crate's past is
//! `cargo deny`'s to say.

use super::root;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::OnceLock;

/// `deny.toml`, as far as it is read here.
#[derive(Deserialize)]
struct Deny {
    licenses: Licenses,
    bans: Bans,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Entry>,
    skip: Vec<Entry>,
}

/// A crate, perhaps with a version, and why it is listed.
#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

impl Entry {
    fn is_for(&self, package: &Package) -> bool {
        let (name, version) = self.name.split_once('@').unwrap_or((&self.name, ""));
        let of_version = package.version.strip_prefix(version);
        package.name == name
            && of_version.is_some_and(|rest| version.is_empty() || rest.starts_with('.'))
    }
}

/// A crate in a tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    version: String,
    license: String,
}

/// The TLS stacks that there are for Rust, and the libraries of cryptography that only they have. Those of Windows and macOS,
/// `schannel` and `security-framework`, are not among them: rustls asks both whether the system trusts a certificate, and
/// nothing can speak TLS with them but `native-tls`.
const OTHER_STACKS: [&str; 10] = [
    "boring",
    "boring-sys",
    "gnutls",
    "mbedtls",
    "native-tls",
    "openssl",
    "openssl-sys",
    "ring",
    "s2n-tls",
    "wolfssl",
];

/// What the tests ask for by name, and the provider has too.
const OF_BOTH: [&str; 6] = ["flate2", "h2", "itertools", "rustix", "tokio", "tonic"];

/// What is for tests alone.
const OF_TESTS: [&str; 9] = [
    "atlas-release",
    "atlas-simulator",
    "divan",
    "insta",
    "plugin-host",
    "proptest",
    "rmpv",
    "spdx",
    "toml",
];

fn deny() -> Deny {
    let text = std::fs::read_to_string(root().join("deny.toml")).unwrap();
    toml::from_str(&text).unwrap()
}

/// What is linked into the provider, or runs when it is built.
fn shipped() -> &'static BTreeSet<Package> {
    static SHIPPED: OnceLock<BTreeSet<Package>> = OnceLock::new();
    SHIPPED.get_or_init(|| {
        tree(&[
            "--package",
            "terraform-provider-atlas",
            "--edges",
            "normal,build",
            "--offline",
        ])
    })
}

/// What would be, on any platform. Of the crates of others cargo may first have to fetch what they are.
fn shipped_anywhere() -> BTreeSet<Package> {
    tree(&[
        "--package",
        "terraform-provider-atlas",
        "--edges",
        "normal,build",
        "--target",
        "all",
    ])
}

/// The same, and what the tests are made of.
fn whole() -> &'static BTreeSet<Package> {
    static WHOLE: OnceLock<BTreeSet<Package>> = OnceLock::new();
    WHOLE.get_or_init(|| tree(&["--workspace", "--edges", "normal,build,dev", "--offline"]))
}

fn tree(arguments: &[&str]) -> BTreeSet<Package> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["tree", "--locked", "--no-dedupe"])
        .args(["--prefix", "none", "--format", "{p}|{l}"])
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let packages = String::from_utf8(output.stdout).unwrap();
    let packages = packages
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| {
            let (package, license) = line.split_once('|').unwrap();
            let mut words = package.split(' ');
            Package {
                name: words.next().unwrap().to_owned(),
                version: words.next().unwrap().trim_start_matches('v').to_owned(),
                license: license.to_owned(),
            }
        });
    packages.collect()
}

/// The provider's dev-dependencies.
fn asked_for_by_tests() -> BTreeSet<String> {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let dependencies = manifest["dev-dependencies"].as_table().unwrap();
    dependencies.keys().cloned().collect()
}

fn names(packages: &BTreeSet<Package>) -> BTreeSet<&str> {
    packages
        .iter()
        .map(|package| package.name.as_str())
        .collect()
}

#[test]
fn the_provider_has_one_tls_stack_and_so_have_its_tests() {
    let anywhere = shipped_anywhere();
    assert!(
        names(&anywhere).contains("schannel") && names(&anywhere).contains("security-framework"),
        "all platforms are in that tree"
    );
    for (whose, packages) in [
        ("the provider", shipped()),
        ("the provider on some platform", &anywhere),
        ("the workspace", whole()),
    ] {
        for one in ["rustls", "aws-lc-rs"] {
            let versions = packages.iter().filter(|package| package.name == one);
            assert_eq!(versions.count(), 1, "{one} in the tree of {whose}");
        }
        for other in OTHER_STACKS {
            assert!(
                !names(packages).contains(other),
                "{other} is in the tree of {whose}"
            );
        }
    }
}

#[test]
fn nothing_that_is_for_tests_is_in_the_provider() {
    let asked_for: BTreeSet<String> = asked_for_by_tests();
    let expected = OF_BOTH.into_iter().chain(OF_TESTS).map(str::to_owned);
    assert_eq!(asked_for, expected.collect(), "is it the provider's too?");
    let (shipped, whole) = (names(shipped()), names(whole()));
    for of_tests in OF_TESTS {
        assert!(!shipped.contains(of_tests), "{of_tests} is in the provider");
        assert!(
            whole.contains(of_tests),
            "{of_tests} is in no test any more"
        );
    }
}

#[test]
fn what_is_banned_is_what_must_not_be_there() {
    let deny = deny();
    let banned: BTreeSet<&str> = deny
        .bans
        .deny
        .iter()
        .map(|entry| entry.name.as_str())
        .collect();
    assert_eq!(banned, OTHER_STACKS.into());
    for entry in deny.bans.deny.iter().chain(&deny.bans.skip) {
        assert!(
            !entry.reason.trim().is_empty(),
            "{} has no reason",
            entry.name
        );
    }
}

#[test]
fn every_crate_in_two_versions_has_a_reason_and_no_reason_is_left_over() {
    let skipped = deny().bans.skip;
    let mut versions: BTreeMap<&str, Vec<&Package>> = BTreeMap::new();
    for package in whole() {
        versions.entry(&package.name).or_default().push(package);
    }
    for (name, versions) in versions {
        let unexplained = versions
            .iter()
            .filter(|package| !skipped.iter().any(|entry| entry.is_for(package)));
        let unexplained: Vec<_> = unexplained.map(|package| &package.version).collect();
        assert!(unexplained.len() <= 1, "{name} is there as {unexplained:?}");
    }
    // The lock file has what other platforms need, too.
    let locked: toml::Table = std::fs::read_to_string(root().join("Cargo.lock"))
        .unwrap()
        .parse()
        .unwrap();
    let locked: Vec<Package> = locked["package"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| Package {
            name: package["name"].as_str().unwrap().to_owned(),
            version: package["version"].as_str().unwrap().to_owned(),
            license: String::new(),
        })
        .collect();
    for entry in &skipped {
        let found: Vec<_> = locked
            .iter()
            .filter(|package| entry.is_for(package))
            .collect();
        assert_eq!(found.len(), 1, "{} is not there: {found:?}", entry.name);
        let of_name = locked
            .iter()
            .filter(|package| package.name == found[0].name);
        assert!(of_name.count() > 1, "{} is there once", entry.name);
    }
}

#[test]
fn every_licence_is_allowed() {
    let allowed = deny().licenses.allow;
    for package in whole() {
        let mode = spdx::ParseMode::LAX;
        let expression = spdx::Expression::parse_mode(&package.license, mode)
            .unwrap_or_else(|error| panic!("{package:?}: {error}"));
        let is_allowed = expression.evaluate(|required| {
            let license = required.license.id().map(|id| id.name);
            license.is_some_and(|license| allowed.iter().any(|allowed| allowed == license))
        });
        assert!(is_allowed, "{package:?}");
    }
}

#[test]
fn the_executable_has_code_of_no_other_stack_and_of_no_test() {
    // Where a panic would come from is in every executable, stripped or not; in the unstripped one so is each file.
    let tests = env!("CARGO_BIN_EXE_terraform-provider-atlas").to_owned();
    let released = std::env::var("ATLAS_TEST_STATIC_BINARY").ok();
    for executable in [Some(tests), released].into_iter().flatten() {
        let bytes = std::fs::read(&executable).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        // A crate's directory is called by its name and its version.
        let holds = |name: &str| {
            let directory = format!("/{name}-");
            let mut places = text.match_indices(&directory);
            places.any(|(at, found)| {
                text[at + found.len()..].starts_with(|c: char| c.is_ascii_digit())
            })
        };
        assert!(
            holds("rustls"),
            "{executable}: how files are named has changed"
        );
        for other in OTHER_STACKS.into_iter().chain(OF_TESTS) {
            assert!(!holds(other), "{executable} has code of {other}");
        }
        for ours in ["tests/simulator/src", "tests/plugin-host/src"] {
            assert!(!text.contains(ours), "{executable} has code of {ours}");
        }
    }
}
