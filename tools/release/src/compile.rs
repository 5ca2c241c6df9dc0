//! Compiles the provider as it is released: optimized, static where that is possible, and without a word of the machine.

use crate::PROVIDER;
use crate::failure::Failure;
use crate::tree::{Tree, cargo, rustc};
use cargo_metadata::MetadataCommand;
use std::collections::BTreeSet;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::process::Command;

/// Compiles the provider of `workspace` for the platform of `tree`, and says where the executable is.
///
/// # Errors
/// When it cannot be compiled, or has a path of this machine in it.
pub fn compile(workspace: &Path, tree: &Tree) -> Result<PathBuf, Failure> {
    let platform = tree.platform;
    let places = Places::of(workspace, tree)?;
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
    let status = Command::new(cargo())
        .args(["build", "--release", "--locked", "--package", PROVIDER])
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
        .join("release")
        .join(name);
    let bytes = std::fs::read(&binary).map_err(Failure::because(binary.display()))?;
    let home = std::env::home_dir();
    let here = places.known.iter().map(|(here, _)| here);
    match leak(&bytes, here.chain(&home)) {
        None => Ok(binary),
        Some(place) => Err(Failure::new(format!(
            "{} names a place of this machine: {}",
            binary.display(),
            place.display()
        ))),
    }
}

/// Places of this machine that the compiler sees.
struct Places {
    /// Where it compiles to. Not where everything else goes: other flags would have all of that compiled anew, every time.
    target: PathBuf,
    /// The places, and what the executable calls them; of two that fit, the compiler takes the last.
    known: Vec<(PathBuf, String)>,
}

impl Places {
    fn of(workspace: &Path, tree: &Tree) -> Result<Self, Failure> {
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
}

/// The first of `places` that an executable names.
fn leak<'a>(executable: &[u8], places: impl IntoIterator<Item = &'a PathBuf>) -> Option<&'a Path> {
    let text = String::from_utf8_lossy(executable);
    // The root of the file system is in every path.
    let mut places = places
        .into_iter()
        .filter(|place| place.components().count() > 1);
    places
        .find(|place| text.contains(&format!("{}{MAIN_SEPARATOR}", place.display())))
        .map(PathBuf::as_path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_executable_that_names_a_place_is_found_out() {
        let places = ["/", "/crate", "/some/where"].map(PathBuf::from);
        let of = |text: &str| {
            let executable = [&[0xff, 0], text.as_bytes(), &[0]].concat();
            leak(&executable, &places).map(Path::to_owned)
        };
        assert_eq!(of("/crates/one/lib.rs"), None);
        assert_eq!(
            of(&format!("in /some/where{MAIN_SEPARATOR}else.rs")),
            Some(places[2].clone())
        );
    }
}
