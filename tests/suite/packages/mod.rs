//! What is released, read by others than those who wrote it. That hosts install it is in `acceptance`.

mod contents;
pub(crate) mod https;
pub(crate) mod outsider;

use crate::outside::{not_here, static_binary};
use atlas_release::{Effort, Platform, ReleaseSet, Tree, compile, of_the_standard_library};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The release set of this checkout for this machine, without a signature; none where no executable can be made that is packed.
pub(crate) fn set() -> Option<&'static ReleaseSet> {
    static SET: OnceLock<Option<ReleaseSet>> = OnceLock::new();
    let made = SET.get_or_init(|| {
        let executable = executable()?;
        let mut set = ReleaseSet::new(workspace(), None).unwrap();
        let tree = Tree::of(workspace(), Platform::here().unwrap()).unwrap();
        set.add(&tree, executable, &rust()).unwrap();
        Some(set)
    });
    made.as_ref()
}

/// The notices of Rust's own library.
fn rust() -> Vec<u8> {
    // Distributions may leave them out of their Rust; a release is not made with one of those.
    of_the_standard_library().unwrap_or_else(|why| {
        not_here(
            "that the notices of Rust's library are those of Rust",
            &why.to_string(),
        );
        b"<html>none here</html>".to_vec()
    })
}

/// The executable that is packed: the released one where `ATLAS_TEST_STATIC_BINARY` names it, else one that is compiled as it
/// is, but for the time that takes.
pub(crate) fn executable() -> Option<&'static Path> {
    static EXECUTABLE: OnceLock<Option<PathBuf>> = OnceLock::new();
    let made = EXECUTABLE.get_or_init(|| {
        if cfg!(target_os = "linux") || std::env::var_os("ATLAS_TEST_STATIC_BINARY").is_some() {
            let made = static_binary::binary();
            if made.is_none() {
                not_here("what is in a package", "there is no static executable");
            }
            return made.map(Path::to_owned);
        }
        let tree = Tree::of(workspace(), Platform::here().unwrap()).unwrap();
        Some(compile(workspace(), &tree, Effort::Tested).unwrap())
    });
    made.as_deref()
}

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
