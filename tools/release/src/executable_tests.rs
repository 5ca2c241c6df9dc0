//! What is packed and what is refused: headers made here, and the executable of these tests.

use super::*;

fn objection_to(bytes: &[u8], platform: &str) -> Option<(String, String)> {
    let places = ["/", "/crate", "/some/where"].map(PathBuf::from);
    objection(bytes, Platform::named(platform).unwrap(), &places)
        .map(|Objection { expected, found }| (expected, found))
}

/// Fields of these sizes, one after the other, little-endian.
fn fields(fields: &[(u64, usize)]) -> Vec<u8> {
    let bytes = fields
        .iter()
        .flat_map(|(value, size)| value.to_le_bytes().into_iter().take(*size));
    bytes.collect()
}

const X86_64: u64 = 62;
const AARCH64: u64 = 183;

/// An ELF file of 64 bits without sections: its type, its machine, and segments of a type and a content.
fn elf(kind: u64, machine: u64, segments: &[(u64, Vec<u8>)]) -> Vec<u8> {
    let mut file = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    file.extend(fields(&[(kind, 2), (machine, 2), (1, 4), (0, 8), (64, 8)]));
    let count = segments.len() as u64;
    file.extend(fields(&[(0, 8), (0, 4), (64, 2), (56, 2), (count, 2)]));
    file.extend(fields(&[(64, 2), (0, 2), (0, 2)]));
    let mut content = Vec::new();
    for (kind, bytes) in segments {
        let (at, size) = (
            (64 + 56 * segments.len() + content.len()) as u64,
            bytes.len() as u64,
        );
        file.extend(fields(&[(*kind, 4), (0, 4), (at, 8), (at, 8), (at, 8)]));
        file.extend(fields(&[(size, 8), (size, 8), (8, 8)]));
        content.extend(bytes);
    }
    [file, content].concat()
}

const EXECUTABLE: u64 = 2;
const LOADED_ANYWHERE: u64 = 3;

/// The segment that names the loader.
fn loader() -> (u64, Vec<u8>) {
    (3, b"/lib/ld.so\0\0\0\0\0\0".to_vec())
}

/// The segment that says what a loader is to do.
fn dynamic(entries: &[(u64, u64)]) -> (u64, Vec<u8>) {
    let entries = entries.iter().chain(&[(0, 0)]);
    let words: Vec<_> = entries
        .flat_map(|(tag, value)| [(*tag, 8), (*value, 8)])
        .collect();
    (2, fields(&words))
}

const NEEDED: (u64, u64) = (1, 0);
const IS_EXECUTABLE: (u64, u64) = (0x6fff_fffb, 0x0800_0000);

fn static_elf(machine: u64) -> Vec<u8> {
    elf(LOADED_ANYWHERE, machine, &[dynamic(&[IS_EXECUTABLE])])
}

/// A Mach-O file without commands: its processor and its type.
fn mach_o(processor: u64, kind: u64) -> Vec<u8> {
    let head = [(0xfeed_facf, 4), (processor, 4), (0, 4), (kind, 4)];
    [fields(&head), fields(&[(0, 8), (0, 8)])].concat()
}

/// A PE file without sections: its machine and its characteristics.
fn pe(machine: u64, characteristics: u64) -> Vec<u8> {
    let mut file = b"MZ".to_vec();
    file.resize(60, 0);
    file.extend(fields(&[(64, 4)]));
    file.extend(b"PE\0\0");
    file.extend(fields(&[(machine, 2), (0, 2), (0, 8), (0, 4), (112, 2)]));
    file.extend(fields(&[(characteristics, 2), (0x20b, 2)]));
    file.resize(64 + 4 + 20 + 112, 0);
    file
}

#[test]
fn an_executable_is_packed_for_its_own_platform_and_for_no_other() {
    let executables = [
        ("linux_amd64", static_elf(X86_64)),
        ("linux_arm64", static_elf(AARCH64)),
        ("darwin_amd64", mach_o(0x0100_0007, 2)),
        ("darwin_arm64", mach_o(0x0100_000c, 2)),
        ("windows_amd64", pe(0x8664, 2)),
    ];
    for (own, bytes) in &executables {
        for (platform, _) in &executables {
            let objection = objection_to(bytes, platform);
            assert_eq!(objection.is_none(), own == platform, "{own}: {objection:?}");
        }
    }
    let (expected, found) = objection_to(&executables[1].1, "linux_amd64").unwrap();
    assert_eq!(expected, "an ELF executable for amd64");
    assert_eq!(found, "an ELF executable for arm64");
}

#[test]
fn what_is_no_executable_of_the_platform_is_refused_by_its_name() {
    let mut of_freebsd = elf(EXECUTABLE, X86_64, &[]);
    of_freebsd[7] = 9;
    let of_32_bits = fields(&[(0xfeed_face, 4), (7, 4), (3, 4), (2, 4), (0, 8), (0, 4)]);
    let beyond_its_end = elf(EXECUTABLE, X86_64, &[loader()])[..130].to_vec();
    for (platform, bytes, found) in [
        ("linux_amd64", b"#!/bin/sh\nexit\n".to_vec(), "something"),
        ("linux_amd64", Vec::new(), "something else"),
        ("linux_amd64", elf(1, X86_64, &[]), "an ELF object file"),
        ("linux_amd64", elf(4, X86_64, &[]), "an ELF core dump"),
        (
            "linux_amd64",
            elf(LOADED_ANYWHERE, X86_64, &[dynamic(&[])]),
            "an ELF library",
        ),
        ("linux_amd64", of_freebsd, "an ELF (of another system)"),
        ("darwin_amd64", of_32_bits, "a Mach-O (of 32 bits)"),
        ("linux_amd64", beyond_its_end, "a damaged one"),
        ("darwin_arm64", mach_o(0x0100_000c, 6), "a Mach-O library"),
        ("windows_amd64", pe(0x8664, 0x2002), "a PE library"),
        ("windows_amd64", pe(0xaa64, 2), "a PE executable for arm64"),
    ] {
        let (_, said) = objection_to(&bytes, platform).expect(found);
        assert!(said.starts_with(found), "{found}: {said}");
    }
}

#[test]
fn on_linux_it_is_static() {
    assert_eq!(
        objection_to(&elf(EXECUTABLE, X86_64, &[]), "linux_amd64"),
        None
    );
    for (segments, found) in [
        (
            vec![loader(), dynamic(&[NEEDED, NEEDED])],
            "that it needs the loader /lib/ld.so and 2 shared libraries",
        ),
        (
            vec![loader(), dynamic(&[NEEDED])],
            "that it needs the loader /lib/ld.so and 1 shared library",
        ),
        (vec![loader()], "that it needs the loader /lib/ld.so"),
        (
            vec![dynamic(&[NEEDED, IS_EXECUTABLE])],
            "that it needs 1 shared library",
        ),
    ] {
        for kind in [EXECUTABLE, LOADED_ANYWHERE] {
            let bytes = elf(kind, X86_64, &segments);
            let expected = ("a static one".to_owned(), found.to_owned());
            assert_eq!(objection_to(&bytes, "linux_amd64"), Some(expected));
        }
    }
}

#[test]
fn an_executable_that_names_a_place_is_found_out() {
    let here = format!("/some/where{MAIN_SEPARATOR}");
    for (text, place) in [
        ("/crates/one/lib.rs", None),
        ("/some/whereabouts", None),
        (&format!("in {here}else.rs"), Some(&*here)),
        (
            "C:\\cargo\\registry\\src\\one\\lib.rs",
            Some("\\registry\\src\\"),
        ),
        ("/opt/cargo/registry/src/one.rs", Some("/registry/src/")),
        (
            "/rust/lib/rustlib/src/rust/library/core/src/fmt.rs",
            Some("/lib/rustlib/src/"),
        ),
    ] {
        let bytes = [&static_elf(X86_64), &[0xff, 0][..], text.as_bytes()].concat();
        let found = objection_to(&bytes, "linux_amd64").map(|(_, found)| found);
        assert_eq!(found.as_deref(), place, "{text}");
    }
}

#[test]
#[cfg(all(
    target_os = "linux",
    target_env = "gnu",
    not(target_feature = "crt-static")
))]
fn a_refusal_names_the_file_what_was_expected_and_what_was_found() {
    let tests = std::env::current_exe().unwrap();
    let said = |file: &Path, platform| {
        let failed = read(file, Platform::named(platform).unwrap(), &[]);
        failed.unwrap_err().to_string()
    };
    let here = Platform::here().unwrap().to_string();
    let dynamic = said(&tests, &here);
    let start = format!(
        "{} cannot be packed for {here}: expected a static one, found that it needs the loader /",
        tests.display()
    );
    assert!(dynamic.starts_with(&start), "{dynamic}");
    let elsewhere = said(&tests, "windows_amd64");
    let end = "expected a PE executable for amd64, found an ELF executable for ";
    assert!(elsewhere.contains(end), "{elsewhere}");
    let none = said(Path::new("/there/is/none"), &here);
    assert!(none.starts_with("/there/is/none: "), "{none}");
}
