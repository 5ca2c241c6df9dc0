//! What a package is made of: the crates that are linked into the provider on a platform, and those that build it.

use crate::PROVIDER;
use crate::failure::Failure;
use crate::platform::Platform;
use cargo_metadata::{Metadata, MetadataCommand, PackageId};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A crate of others.
#[derive(Clone, Debug)]
pub struct Crate {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The expression of its licence, as SPDX writes it.
    pub license: String,
    /// Where its source lies.
    pub source: PathBuf,
    /// Where it is developed, if it says so.
    pub repository: Option<String>,
    /// Whether it is in the executable; if not, it made something that is.
    pub linked: bool,
    /// The crates that it uses itself, by name and version.
    pub uses: BTreeSet<(String, String)>,
}

/// All of the provider, for one platform.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The version of the provider.
    pub version: String,
    /// The platform.
    pub platform: Platform,
    /// The crates that the provider itself uses, by name and version.
    pub uses: BTreeSet<(String, String)>,
    /// The crates of others, by name and version.
    pub crates: Vec<Crate>,
}

impl Tree {
    /// Asks cargo, in the directory of the workspace.
    ///
    /// # Errors
    /// When cargo does not know, or a crate does not say what its licence is.
    pub fn of(workspace: &Path, platform: Platform) -> Result<Self, Failure> {
        // Which crates: the tree of the one package, as the features of the tests are not the provider's. What they are: the metadata.
        let built = crates(workspace, platform, "normal,build")?;
        let linked = crates(workspace, platform, "normal,no-proc-macro")?;
        let version = rustc(&["--version", "--verbose"])?;
        let mut lines = version.lines();
        let here = lines.find_map(|line| line.strip_prefix("host: "));
        // What builds it is for the machine that builds, which may be of another platform.
        let filters = [platform.triple, here.unwrap_or(platform.triple)];
        let filters = filters.iter().flat_map(|one| ["--filter-platform", one]);
        let options = ["--locked"].into_iter().chain(filters);
        let metadata = MetadataCommand::new()
            .current_dir(workspace)
            .other_options(options.map(str::to_owned).collect::<Vec<_>>())
            .exec()
            .map_err(Failure::because("cargo metadata"))?;
        let edges = edges(&metadata);
        let mut tree = Self {
            version: String::new(),
            platform,
            uses: BTreeSet::new(),
            crates: Vec::new(),
        };
        let mut packages: Vec<_> = metadata.packages.iter().collect();
        packages.sort_by_key(|package| (&package.name, &package.version));
        for package in packages {
            let key = (package.name.to_string(), package.version.to_string());
            if !built.contains(&key) {
                continue;
            }
            let uses = edges.get(&package.id).into_iter().flatten();
            let uses = uses.filter(|used| built.contains(*used)).cloned().collect();
            if key.0 == PROVIDER {
                (tree.version, tree.uses) = (key.1, uses);
                continue;
            }
            let license = package
                .license
                .as_deref()
                .ok_or_else(|| Failure::new(format!("{} {} names no licence", key.0, key.1)))?;
            tree.crates.push(Crate {
                linked: linked.contains(&key),
                // As it was written before there were expressions.
                license: license.replace('/', " OR ").replace("  OR  ", " OR "),
                source: package
                    .manifest_path
                    .parent()
                    .map(Into::into)
                    .unwrap_or_default(),
                repository: package.repository.clone(),
                name: key.0,
                version: key.1,
                uses,
            });
        }
        if tree.crates.len() + 1 != built.len() {
            return Err(Failure::new(format!(
                "cargo tree knows {} crates for {platform}, cargo metadata {} of them",
                built.len(),
                tree.crates.len() + 1
            )));
        }
        Ok(tree)
    }
}

/// Name and version of every crate in the provider's tree, itself included.
fn crates(
    workspace: &Path,
    platform: Platform,
    kinds: &str,
) -> Result<BTreeSet<(String, String)>, Failure> {
    let output = Command::new(cargo())
        .args(["tree", "--locked", "--package", PROVIDER, "--edges", kinds])
        .args(["--target", platform.triple])
        .args(["--no-dedupe", "--prefix", "none", "--format", "{p}"])
        .current_dir(workspace)
        .output()
        .map_err(Failure::because("cargo tree"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::new(format!("cargo tree: {said}")));
    }
    let lines = String::from_utf8_lossy(&output.stdout);
    let mut crates = BTreeSet::new();
    for line in lines.lines().filter(|line| !line.is_empty()) {
        let mut words = line.split(' ');
        let (Some(name), Some(version)) = (words.next(), words.next()) else {
            return Err(Failure::new(format!("cargo tree says: {line}")));
        };
        let version = version.trim_start_matches('v');
        crates.insert((name.to_owned(), version.to_owned()));
    }
    Ok(crates)
}

/// What every package uses, for itself or when it is built.
fn edges(metadata: &Metadata) -> BTreeMap<PackageId, BTreeSet<(String, String)>> {
    let mut edges = BTreeMap::new();
    let Some(resolve) = &metadata.resolve else {
        return edges;
    };
    for node in &resolve.nodes {
        let used = node.deps.iter().filter(|used| {
            let mut kinds = used.dep_kinds.iter();
            kinds.any(|kind| kind.kind != cargo_metadata::DependencyKind::Development)
        });
        let used = used.map(|used| {
            let package = &metadata[&used.pkg];
            (package.name.to_string(), package.version.to_string())
        });
        edges.insert(node.id.clone(), used.collect());
    }
    edges
}

/// The cargo that runs this, or else the one on PATH.
pub(crate) fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// What rustc says.
pub(crate) fn rustc(arguments: &[&str]) -> Result<String, Failure> {
    let output = Command::new("rustc").args(arguments).output();
    let output = output.map_err(Failure::because("rustc"))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
