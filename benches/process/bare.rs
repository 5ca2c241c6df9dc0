//! The program that a start is measured beside: static and as small as the provider is, with a runtime and nothing else.

use std::path::{Path, PathBuf};
use std::process::Command;

use atlas_release::Platform;

use super::Outcome;

const NAME: &str = "bare-tokio-program";

/// Compiles it as the provider is released.
pub(crate) fn compiled() -> Outcome<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"));
    let platform = Platform::here()?;
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bare");
    let flags = if platform.is_static() {
        "-Ctarget-feature=+crt-static"
    } else {
        ""
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--profile", "release", "--locked"])
        .args(["--package", NAME, "--target", platform.triple])
        .arg("--target-dir")
        .arg(&target)
        .env("CARGO_ENCODED_RUSTFLAGS", flags)
        .current_dir(workspace)
        .status()?;
    if !status.success() {
        return Err(format!("cargo build of {NAME}: {status}").into());
    }
    let name = format!("{NAME}{}", platform.suffix());
    Ok(target.join(platform.triple).join("release").join(name))
}
