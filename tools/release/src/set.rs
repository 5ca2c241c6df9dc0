//! The release set: what lies beside each other where a registry, or a person, looks for a version.

use crate::compile::Places;
use crate::digest::sha256;
use crate::failure::Failure;
use crate::mirror::Mirror;
use crate::package::{Entry, Package};
use crate::platform::Platform;
use crate::sign::{self, Key};
use crate::tree::Tree;
use crate::{PROVIDER, executable, notices, sbom};
use std::fs;
use std::path::{Path, PathBuf};

/// What a registry reads to tell hosts which versions of the protocol the provider speaks.
const MANIFEST: &str =
    "{\n  \"version\": 1,\n  \"metadata\": {\n    \"protocol_versions\": [\"6.0\"]\n  }\n}\n";

/// One version, package by package.
#[derive(Debug)]
pub struct ReleaseSet {
    workspace: PathBuf,
    version: String,
    packages: Vec<(Platform, Package)>,
    bills: Vec<(String, Vec<u8>)>,
}

impl ReleaseSet {
    /// A set without packages, of the version that `workspace` has.
    ///
    /// # Errors
    /// When cargo does not know it, or it is not the one that is `expected`.
    pub fn new(workspace: &Path, expected: Option<&str>) -> Result<Self, Failure> {
        let version = version(workspace)?;
        if let Some(expected) = expected.filter(|expected| *expected != version) {
            let message = format!("this is version {version}, and {expected} was asked for");
            return Err(Failure::new(message));
        }
        Ok(Self {
            workspace: workspace.to_owned(),
            version,
            packages: Vec::new(),
            bills: Vec::new(),
        })
    }

    /// Packs `binary` for the platform of `tree`.
    ///
    /// # Errors
    /// When a file or a licence that belongs into the package is not there, or `binary` is no executable of the platform, needs
    /// a loader or libraries though it should be static, or names a place of the machine that compiled it.
    pub fn add(&mut self, tree: &Tree, binary: &Path, rust: &[u8]) -> Result<(), Failure> {
        let (platform, version) = (tree.platform, &self.version);
        let places = Places::of(&self.workspace, tree)?;
        let license = self.workspace.join("LICENSE");
        let entries = vec![
            Entry {
                name: format!("{PROVIDER}_v{version}{}", platform.suffix()),
                executable: true,
                content: executable::read(binary, platform, &places.all())?,
            },
            text(
                "LICENSE",
                fs::read(&license).map_err(Failure::because(license.display()))?,
            ),
            text("NOTICES.txt", notices::notices(tree)?.into_bytes()),
            text("NOTICES-rust.html", rust.to_vec()),
        ];
        let stem = format!("{PROVIDER}_{version}_{platform}");
        let package = Package::of(format!("{stem}.zip"), entries)?;
        let bill = sbom::sbom(&self.workspace, tree)?;
        self.packages.push((platform, package));
        self.packages.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name));
        self.bills.push((format!("{stem}.cdx.json"), bill));
        Ok(())
    }

    /// The packages, in the order of their names.
    pub fn packages(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().map(|(_, package)| package)
    }

    /// Writes the set into `directory`, with a signature if there is a key, and says what it has written.
    ///
    /// # Errors
    /// When it cannot be written or signed, or the directory has files of another set.
    pub fn write(&self, directory: &Path, key: Option<&Key>) -> Result<Vec<PathBuf>, Failure> {
        let stem = format!("{PROVIDER}_{}", self.version);
        let mut files: Vec<(String, &[u8])> = Vec::new();
        files.push((format!("{stem}_manifest.json"), MANIFEST.as_bytes()));
        files.extend(self.packages().map(|one| (one.name.clone(), &*one.bytes)));
        files.sort();
        // What registries read: the bills are not among it.
        let sums: String = files
            .iter()
            .map(|(name, bytes)| format!("{}  {name}\n", sha256(bytes)))
            .collect();
        let sums_name = format!("{stem}_SHA256SUMS");
        files.push((sums_name.clone(), sums.as_bytes()));
        files.extend(
            self.bills
                .iter()
                .map(|(name, bill)| (name.clone(), &**bill)),
        );

        // What an older run left there would be published with what is new.
        fs::create_dir_all(directory).map_err(Failure::because(directory.display()))?;
        let mut there = fs::read_dir(directory).map_err(Failure::because(directory.display()))?;
        if there.next().is_some() {
            return Err(Failure::new(format!(
                "{} is not empty",
                directory.display()
            )));
        }
        let mut written = Vec::new();
        for (name, bytes) in files {
            let path = directory.join(name);
            fs::write(&path, bytes).map_err(Failure::because(path.display()))?;
            written.push(path);
        }
        if let Some(key) = key {
            written.push(sign::sign(&directory.join(sums_name), key)?);
        }
        Ok(written)
    }

    /// Adds the version to the mirror in `directory`, which hosts read from the file system and, served by HTTPS, from the network.
    ///
    /// # Errors
    /// When it cannot be written, or what is there is no mirror.
    pub fn mirror(&self, directory: &Path) -> Result<PathBuf, Failure> {
        Mirror::read(directory, &self.version)?.add(&self.packages)
    }
}

fn text(name: &str, content: Vec<u8>) -> Entry {
    Entry {
        name: name.to_owned(),
        executable: false,
        content,
    }
}

/// The version that the provider has in this workspace.
fn version(workspace: &Path) -> Result<String, Failure> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .current_dir(workspace)
        .no_deps()
        .exec()
        .map_err(Failure::because("cargo metadata"))?;
    let mut packages = metadata.packages.iter();
    packages
        .find(|package| package.name == PROVIDER)
        .map(|package| package.version.to_string())
        .ok_or_else(|| Failure::new(format!("{} has no {PROVIDER}", workspace.display())))
}
