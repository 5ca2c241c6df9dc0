//! Compiles the provider as it is released: optimized, static where that is possible, and without a word of the machine.

use crate::PROVIDER;
use crate::executable;
use crate::failure::Failure;
use crate::tree::{Tree, cargo, rustc};
use cargo_metadata::MetadataCommand;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How much work the compiler puts into it; everything else is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// What users get: minutes.
    Released,
    /// What tests have time for.
    Tested,
}

/// Compiles the provider of `workspace` for the platform of `tree`, and says where the executable is.
///
/// # Errors
/// When it cannot be compiled, or what comes out is not to be packed: see [`ReleaseSet::add`](crate::ReleaseSet::add).
pub fn compile(workspace: &Path, tree: &Tree, effort: Effort) -> Result<PathBuf, Failure> {
    let platform = tree.platform;
    let places = Places::of(workspace, tree)?;
    let (profile, directory) = match effort {
        Effort::Released => ("release", "release"),
        Effort::Tested => ("dev", "debug"),
    };
    let mut flags = Vec::new();
    if platform.is_static() {
        flags.push("-Ctarget-feature=+crt-static".to_owned());
    }
    flags.extend(
        places
            .known
            .iter()
            .map(|(here, there)| format!("--remap-path-prefix={}={there}", here.display())),
    );
    // The package is named, or else what the simulator and the plugin host ask of crates they share with it would be built in
    // too; and the target, or else build scripts and procedural macros would have to be static.
    let mut command = Command::new(cargo());
    if effort == Effort::Tested {
        // With less, it takes the build for one that only its author runs, and leaves his paths in it.
        command.args(["--config", "profile.dev.package.aws-lc-sys.opt-level=3"]);
    }
    let status = command
        .args(["build", "--profile", profile, "--locked"])
        .args(["--package", PROVIDER])
        .args([
            "--bin",
            PROVIDER,
            "--target",
            platform.triple,
            "--target-dir",
        ])
        .arg(&places.target)
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
        .current_dir(workspace)
        .status()
        .map_err(Failure::because("cargo build"))?;
    if !status.success() {
        return Err(Failure::new(format!(
            "cargo build for {platform}: {status}"
        )));
    }
    let name = format!("{PROVIDER}{}", platform.suffix());
    let binary = places
        .target
        .join(platform.triple)
        .join(directory)
        .join(name);
    executable::read(&binary, platform, &places.all())?;
    Ok(binary)
}

/// Places of this machine that the compiler sees.
pub(crate) struct Places {
    /// Where it compiles to. Not where everything else goes: other flags would have all of that compiled anew, every time.
    target: PathBuf,
    /// The places, and what the executable calls them; of two that fit, the compiler takes the last.
    known: Vec<(PathBuf, String)>,
}

impl Places {
    /// Asks cargo and rustc.
    pub(crate) fn of(workspace: &Path, tree: &Tree) -> Result<Self, Failure> {
        let metadata = MetadataCommand::new()
            .current_dir(workspace)
            .no_deps()
            .exec()
            .map_err(Failure::because("cargo metadata"))?;
        let target = metadata.target_directory.join("static").into_std_path_buf();
        let mut known = vec![
            (metadata.workspace_root.into(), "/provider".to_owned()),
            (target.clone(), "/target".to_owned()),
        ];
        let crates = tree.crates.iter().filter_map(|one| one.source.parent());
        let crates: BTreeSet<&Path> = crates.collect();
        known.extend(
            crates
                .into_iter()
                .map(|place| (place.to_owned(), "/crates".to_owned())),
        );
        // Where Rust's own source is installed, its generic code would else be called by where that is.
        let root = rustc(&["--print", "sysroot"])?;
        let version = rustc(&["--version", "--verbose"])?;
        let commit = version
            .lines()
            .find_map(|line| line.strip_prefix("commit-hash: "));
        known.push((
            Path::new(root.trim()).join("lib/rustlib/src/rust"),
            format!("/rustc/{}", commit.unwrap_or_default()),
        ));
        Ok(Self { target, known })
    }
    /// All that an executable must not name.
    pub(crate) fn all(&self) -> Vec<PathBuf> {
        let known = self.known.iter().map(|(here, _)| here.clone());
        known.chain(std::env::home_dir()).collect()
    }
}
