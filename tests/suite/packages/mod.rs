//! What is released, made of an executable that is there anyway: what is in it, read by others than those who wrote it. That hosts
//! install it is in `acceptance`.

mod contents;
pub(crate) mod https;
pub(crate) mod outsider;

use atlas_release::{Platform, ReleaseSet, Tree, of_the_standard_library};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The release set of this checkout for this machine, without a signature. Its executable is the released one where
/// `ATLAS_TEST_STATIC_BINARY` names it, else that of the other tests.
pub(crate) fn set() -> &'static ReleaseSet {
    static SET: OnceLock<ReleaseSet> = OnceLock::new();
    SET.get_or_init(|| {
        let mut set = ReleaseSet::new(workspace(), None).unwrap();
        let tree = Tree::of(workspace(), Platform::here().unwrap()).unwrap();
        // Distributions may leave them out of their Rust; a release is not made with one of those.
        let rust = of_the_standard_library().unwrap_or_else(|why| {
            crate::outside::not_here(
                "that the notices of Rust's library are those of Rust",
                &why.to_string(),
            );
            b"<html>none here</html>".to_vec()
        });
        set.add(&tree, &executable(), &rust).unwrap();
        set
    })
}

/// The executable that is packed.
pub(crate) fn executable() -> PathBuf {
    let released = std::env::var_os("ATLAS_TEST_STATIC_BINARY");
    let tests = env!("CARGO_BIN_EXE_terraform-provider-atlas");
    released.map_or_else(|| tests.into(), PathBuf::from)
}

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
