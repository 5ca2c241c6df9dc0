//! As much of an ELF file as tells what else must be on a machine to run it (System V ABI, chapter 5).

use std::path::Path;

/// `p_type` of the segment that names the loader, and of the one that lists what the loader is to do.
const PT_INTERP: u64 = 3;
const PT_DYNAMIC: u64 = 2;

/// `d_tag` of a needed shared library.
const DT_NEEDED: u64 = 1;

/// What an executable needs beside itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Needs {
    /// Whether it names a loader.
    pub(super) loader: bool,
    /// How many shared libraries it names.
    pub(super) libraries: usize,
}

/// Reads a little-endian 64-bit executable.
pub(super) fn needs(executable: &Path) -> Needs {
    let file = std::fs::read(executable).unwrap();
    assert_eq!(
        &file[..6],
        b"\x7fELF\x02\x01",
        "no little-endian 64-bit ELF"
    );
    let number = |at: usize, bytes: usize| {
        let little = file[at..at + bytes].iter().rev();
        little.fold(0u64, |number, byte| number << 8 | u64::from(*byte))
    };
    let position = |at, bytes| usize::try_from(number(at, bytes)).unwrap();
    let (table, size, count) = (position(0x20, 8), position(0x36, 2), position(0x38, 2));
    assert!(count > 0, "no segments");
    let mut needs = Needs {
        loader: false,
        libraries: 0,
    };
    for segment in (0..count).map(|index| table + index * size) {
        match number(segment, 4) {
            PT_INTERP => needs.loader = true,
            PT_DYNAMIC => {
                let (offset, length) = (position(segment + 0x08, 8), position(segment + 0x20, 8));
                needs.libraries += (offset..offset + length)
                    .step_by(16)
                    .filter(|entry| number(*entry, 8) == DT_NEEDED)
                    .count();
            }
            _ => {}
        }
    }
    needs
}

#[test]
#[cfg(all(
    target_os = "linux",
    target_endian = "little",
    target_pointer_width = "64"
))]
fn an_ordinary_executable_needs_a_loader_and_libraries() {
    let needs = needs(Path::new(env!("CARGO_BIN_EXE_terraform-provider-atlas")));
    if cfg!(target_feature = "crt-static") {
        assert!(!needs.loader, "{needs:?}");
    } else {
        assert!(needs.loader && needs.libraries > 0, "{needs:?}");
    }
}
