//! What is in the release set.

use super::{executable, outsider, set, workspace};
use atlas_release::{Platform, ReleaseSet, Tree, sha256};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use terraform_provider_atlas::provider::{SOURCE_ADDRESS, VERSION};

fn stem() -> String {
    format!("terraform-provider-atlas_{VERSION}")
}

/// The set, written down; none where none can be made.
fn written() -> Option<(&'static ReleaseSet, tempfile::TempDir)> {
    let (set, directory) = (set()?, tempfile::tempdir().unwrap());
    set.write(directory.path(), None).unwrap();
    Some((set, directory))
}

fn names(directory: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn the_address_is_the_one_that_the_provider_has() {
    assert_eq!(atlas_release::SOURCE_ADDRESS, SOURCE_ADDRESS);
}

#[test]
fn a_platform_is_one_that_deny_toml_looks_at() {
    let deny = fs::read_to_string(workspace().join("deny.toml")).unwrap();
    let deny: toml::Table = deny.parse().unwrap();
    let targets = deny["graph"]["targets"].as_array().unwrap();
    let targets: BTreeSet<_> = targets.iter().map(|one| one.as_str().unwrap()).collect();
    let released = atlas_release::PLATFORMS.iter().map(|one| one.triple);
    assert_eq!(targets, released.collect());
}

#[test]
fn every_platform_has_its_own_crates_and_the_texts_of_all_of_them() {
    for platform in atlas_release::PLATFORMS {
        let tree = Tree::of(workspace(), platform).unwrap();
        let notices = atlas_release::notices(&tree).unwrap();
        for (name, os) in [
            ("windows-sys", "windows"),
            ("security-framework", "darwin"),
            ("openssl-probe", "linux"),
        ] {
            let crates = tree.crates.iter().filter(|one| one.linked);
            let is_there = crates.clone().any(|one| one.name == name);
            assert_eq!(is_there, platform.os == os, "{name} for {platform}");
            let is_said = notices.contains(&format!("\n{name} "));
            assert!(is_said || !is_there, "{name} for {platform}");
        }
    }
}

#[test]
fn the_set_is_what_a_registry_looks_for() {
    let Some((_, directory)) = written() else {
        return;
    };
    let (stem, here) = (stem(), Platform::here().unwrap());
    let expected = [
        format!("{stem}_SHA256SUMS"),
        format!("{stem}_manifest.json"),
        format!("{stem}_{here}.cdx.json"),
        format!("{stem}_{here}.zip"),
    ];
    assert_eq!(names(directory.path()), expected.into());

    let manifest = fs::read(directory.path().join(format!("{stem}_manifest.json"))).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let expected = json!({ "version": 1, "metadata": { "protocol_versions": ["6.0"] } });
    assert_eq!(manifest, expected);

    let sums = fs::read_to_string(directory.path().join(format!("{stem}_SHA256SUMS"))).unwrap();
    let of: Vec<&str> = sums
        .lines()
        .map(|line| line.split_once("  ").unwrap().1)
        .collect();
    assert_eq!(
        of,
        [
            format!("{stem}_{here}.zip"),
            format!("{stem}_manifest.json")
        ]
    );
    let check = Command::new("sha256sum")
        .args(["--check", "--strict", &format!("{stem}_SHA256SUMS")])
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert!(
        check.status.success(),
        "{}",
        String::from_utf8_lossy(&check.stderr)
    );
}

#[test]
fn the_same_executable_is_packed_to_the_same_bytes() {
    let (Some((_, first)), Some(executable)) = (written(), executable()) else {
        return;
    };
    // A zip counts time in steps of two seconds.
    std::thread::sleep(std::time::Duration::from_secs(2));
    let tree = Tree::of(workspace(), Platform::here().unwrap()).unwrap();
    let mut set = ReleaseSet::new(workspace(), None).unwrap();
    set.add(&tree, executable, &super::rust()).unwrap();
    let second = tempfile::tempdir().unwrap();
    set.write(second.path(), None).unwrap();
    assert_eq!(names(first.path()), names(second.path()));
    for name in names(first.path()) {
        let read = |directory: &tempfile::TempDir| fs::read(directory.path().join(&name)).unwrap();
        assert!(read(&first) == read(&second), "{name}");
    }
}

#[test]
fn what_would_not_run_where_its_name_says_is_not_packed() {
    // The tests' own provider is linked as executables are where nobody says how, and names where it was compiled.
    let provider = Path::new(env!("CARGO_BIN_EXE_terraform-provider-atlas"));
    for platform in atlas_release::PLATFORMS {
        let tree = Tree::of(workspace(), platform).unwrap();
        let mut set = ReleaseSet::new(workspace(), None).unwrap();
        let error = set.add(&tree, provider, b"").unwrap_err().to_string();
        let start = format!(
            "{} cannot be packed for {platform}: expected ",
            provider.display()
        );
        assert!(error.starts_with(&start), "{error}");
        assert_eq!(set.packages().count(), 0);
    }
}

#[test]
fn a_set_is_not_written_among_the_files_of_another() {
    let Some((set, directory)) = written() else {
        return;
    };
    let error = set.write(directory.path(), None).unwrap_err().to_string();
    assert!(error.ends_with("is not empty"), "{error}");
}

#[test]
fn a_package_has_the_executable_the_licence_and_the_notices_and_no_word_of_when_or_where() {
    let Some((set, directory)) = written() else {
        return;
    };
    let told = outsider::packages(directory.path());
    let zip = format!("{}_{}.zip", stem(), Platform::here().unwrap());
    let package = &told[&zip];
    let name = format!("terraform-provider-atlas_v{VERSION}");
    let expected = ["LICENSE", "NOTICES-rust.html", "NOTICES.txt", &name];
    assert_eq!(package["names"], json!(expected), "{told}");
    for file in expected {
        let told = &package["files"][file];
        let mode = if file == name { "0o100755" } else { "0o100644" };
        assert_eq!(told["mode"], mode, "{file}");
        assert_eq!(told["time"], json!([1980, 1, 1, 0, 0, 0]), "{file}");
        // Unix, where a mode means something.
        assert_eq!(told["made_on"], 3, "{file}");
    }
    let of = |path: &Path| sha256(&fs::read(path).unwrap());
    assert_eq!(package["files"][&name]["sha256"], of(executable().unwrap()));
    assert_eq!(
        package["files"]["LICENSE"]["sha256"],
        of(&workspace().join("LICENSE"))
    );

    let packages: Vec<_> = set.packages().collect();
    assert_eq!(packages.len(), 1);
    assert_eq!(package["h1"], *packages[0].h1);
    assert_eq!(packages[0].zh, of(&directory.path().join(zip)));
}

#[test]
fn the_notices_and_the_bill_name_what_is_linked_and_nothing_of_the_tests() {
    let Some((_, directory)) = written() else {
        return;
    };
    let tree = Tree::of(workspace(), Platform::here().unwrap()).unwrap();
    let notices = atlas_release::notices(&tree).unwrap();
    let bill = format!("{}_{}.cdx.json", stem(), tree.platform);
    let bill = fs::read(directory.path().join(bill)).unwrap();
    let bill: Value = serde_json::from_slice(&bill).unwrap();
    let components = bill["components"].as_array().unwrap();
    assert_eq!(components.len(), tree.crates.len());
    for (component, one) in components.iter().zip(&tree.crates) {
        assert_eq!(component["name"], *one.name);
        let line = format!("\n{} {}, {}, ", one.name, one.version, one.license);
        assert!(notices.contains(&line), "{line}");
    }
    let linked = |name: &str| {
        let mut components = components.iter();
        let found = components.find(|component| component["name"] == name);
        found.map(|component| component["scope"] == "required")
    };
    // The C code of AWS-LC is the crate of its build; serde_derive, protox: what writes code that is compiled.
    for (name, expected) in [
        ("rustls", Some(true)),
        ("aws-lc-sys", Some(true)),
        ("serde_derive", Some(false)),
        ("protox", Some(false)),
        ("proptest", None),
        ("zip", None),
        ("plugin-host", None),
    ] {
        assert_eq!(linked(name), expected, "{name}");
    }
    assert!(
        notices.contains("fiat/LICENSE"),
        "what AWS-LC took from others"
    );
    // Everything that is depended on is there.
    let mut known: Vec<&Value> = components.iter().map(|one| &one["bom-ref"]).collect();
    known.push(&bill["metadata"]["component"]["bom-ref"]);
    for dependency in bill["dependencies"].as_array().unwrap() {
        assert!(known.contains(&&dependency["ref"]), "{dependency}");
        for on in dependency["dependsOn"].as_array().unwrap() {
            assert!(known.contains(&on), "{dependency}");
        }
    }
}
