//! The release set: what lies beside each other where a registry, or a person, looks for a version.

use crate::compile::Places;
use crate::digest::sha256;
use crate::failure::Failure;
use crate::mirror::Mirror;
use crate::package::{Entry, Package};
use crate::platform::Platform;
use crate::sign::{self, Key};
use crate::tree::Tree;
use crate::{PROVIDER, executable, notices, sbom, writable};
use std::fs;
use std::io::ErrorKind;
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

    /// Finds out what [`write`](Self::write) and [`mirror`](Self::mirror) would fail of, before it takes minutes to come to that.
    ///
    /// # Errors
    /// When there are files in `directory`, there is no signing with `key`, or what is in `mirror` is no mirror.
    pub fn check(
        &self,
        directory: &Path,
        key: Option<&Key>,
        mirror: Option<&Path>,
    ) -> Result<(), Failure> {
        check_empty(directory)?;
        writable::check(directory)?;
        if let Some(mirror) = mirror {
            Mirror::read(mirror, &self.version)?;
        }
        // Only gpg knows whether it can, and it knows by doing it.
        key.map_or(Ok(()), |key| sign::sign(b"", key).map(drop))
    }

    /// Packs `binary` for the platform of `tree`.
    ///
    /// # Errors
    /// When a file or a licence that belongs into the package is not there, or `binary` is no executable of the platform, needs
    /// a loader or libraries though it should be static, names a place of the machine that compiled it, or is not this provider.
    pub fn add(&mut self, tree: &Tree, binary: &Path, rust: &[u8]) -> Result<(), Failure> {
        let (platform, version) = (tree.platform, &self.version);
        let places = Places::of(&self.workspace, tree)?;
        let content = executable::read(binary, platform, &places.all())?;
        if !calls_itself(&content, version) {
            let message = format!("{} is not {PROVIDER} {version}", binary.display());
            return Err(Failure::new(message));
        }
        let license = self.workspace.join("LICENSE");
        let entries = vec![
            Entry {
                name: format!("{PROVIDER}_v{version}{}", platform.suffix()),
                executable: true,
                content,
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
    /// When it cannot be written, the directory has files of another set, or the set cannot be signed: then nothing is written.
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

        // Before anything is there: what is complete but for its signature would be taken for complete.
        let signature = key
            .map(|key| sign::sign(sums.as_bytes(), key))
            .transpose()?;
        if let Some(signature) = &signature {
            files.push((format!("{sums_name}.sig"), signature));
        }

        check_empty(directory)?;
        fs::create_dir_all(directory).map_err(Failure::because(directory.display()))?;
        let mut written = Vec::new();
        for (name, bytes) in files {
            let path = directory.join(name);
            fs::write(&path, bytes).map_err(Failure::because(path.display()))?;
            written.push(path);
        }
        Ok(written)
    }

    /// Whether the version may be added to the mirror in `directory`.
    ///
    /// # Errors
    /// When the mirror has another build of this version for one of the platforms.
    pub fn check_mirror(&self, directory: &Path) -> Result<(), Failure> {
        Mirror::read(directory, &self.version)?.check(&self.packages)
    }

    /// Adds the version to the mirror in `directory`, which hosts read from the file system and, served by HTTPS, from the network.
    ///
    /// # Errors
    /// When it cannot be written, or what is there is no mirror.
    pub fn mirror(&self, directory: &Path) -> Result<PathBuf, Failure> {
        Mirror::read(directory, &self.version)?.add(&self.packages)
    }
}

/// Whether an executable has the words with which the provider of this version calls itself to servers.
fn calls_itself(executable: &[u8], version: &str) -> bool {
    let words = format!("{PROVIDER}/{version} ").into_bytes();
    executable.windows(words.len()).any(|part| part == words)
}

/// What an older run left in `directory` would be published with what is new. No name is a variable of a shell that was not set.
fn check_empty(directory: &Path) -> Result<(), Failure> {
    if directory.as_os_str().is_empty() {
        return Err(Failure::new("the directory has no name".to_owned()));
    }
    let first = match fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        there => there.map_err(Failure::because(directory.display()))?.next(),
    };
    first.map_or(Ok(()), |_| {
        let message = format!("{} is not empty", directory.display());
        Err(Failure::new(message))
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::tests::Keys;

    #[test]
    fn a_set_that_cannot_be_signed_leaves_the_place_free_for_the_next_one() {
        let directory = tempfile::tempdir().unwrap();
        let out = directory.path().join("set");
        let set = ReleaseSet::new(Path::new(env!("CARGO_MANIFEST_DIR")), None).unwrap();
        let nobody = Key {
            name: "nobody@example.com".to_owned(),
            home: Some(directory.path().join("no keys")),
        };
        let error = set.write(&out, Some(&nobody)).unwrap_err().to_string();
        assert!(error.starts_with("gpg"), "{error}");
        assert!(!out.exists());
        assert_eq!(set.write(&out, None).unwrap().len(), 2);
    }

    #[test]
    fn what_is_packed_calls_itself_the_provider_of_this_version() {
        let executable = |words: &str| [b"\0\x7f", words.as_bytes(), b"\0"].concat();
        for (words, is_it) in [
            ("terraform-provider-atlas/0.1.0 Terraform/", true),
            ("terraform-provider-atlas/0.2.0 Terraform/", false),
            ("terraform-provider-atlas/0.1.0-rc1 Terraform/", false),
            ("terraform-provider-other/0.1.0 Terraform/", false),
            ("", false),
        ] {
            assert_eq!(calls_itself(&executable(words), "0.1.0"), is_it, "{words}");
        }
    }

    #[test]
    fn a_key_adds_the_signature_of_the_sums_under_the_name_that_registries_look_for() {
        let Some(keys) = Keys::new() else { return };
        let directory = tempfile::tempdir().unwrap();
        let set = ReleaseSet::new(Path::new(env!("CARGO_MANIFEST_DIR")), None).unwrap();
        let written = set.write(directory.path(), Some(&keys.1)).unwrap();
        let sums = format!("{PROVIDER}_{}_SHA256SUMS", set.version);
        let signature = directory.path().join(format!("{sums}.sig"));
        assert!(written.contains(&signature), "{written:?}");
        assert!(keys.verifies(&signature, &directory.path().join(sums)));
    }
}
