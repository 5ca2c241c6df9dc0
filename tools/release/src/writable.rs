//! Whether a folder that is there, or is to be made, can be written into: known before anything is compiled for it.

use crate::failure::Failure;
use std::path::Path;

/// Tries it, and leaves nothing behind.
pub(crate) fn check(folder: &Path) -> Result<(), Failure> {
    let mut parents = folder
        .ancestors()
        .map(|place| match place.as_os_str().is_empty() {
            true => Path::new("."),
            false => place,
        });
    let there = parents.find(|place| place.exists()).unwrap_or(folder);
    let tried = tempfile::tempfile_in(there);
    tried.map(drop).map_err(Failure::because(there.display()))
}
