//! The executable that is measured.

use std::path::{Path, PathBuf};

use atlas_release::{Effort, Platform, Tree};

use super::Outcome;

/// The one that `ATLAS_BENCH_BINARY` names, else one that is released now.
pub(crate) fn binary() -> Outcome<PathBuf> {
    if let Some(binary) = std::env::var_os("ATLAS_BENCH_BINARY") {
        return Ok(binary.into());
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"));
    let platform = Platform::here()?;
    let tree = Tree::of(workspace, platform)?;
    Ok(atlas_release::compile(workspace, &tree, Effort::Released)?)
}
