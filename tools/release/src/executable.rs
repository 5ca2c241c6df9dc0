//! Refuses an executable that would not run where the name of its package says, or that tells where it was made.

use crate::failure::Failure;
use crate::platform::Platform;
use object::read::elf::{Dyn as _, ProgramHeader as _};
use object::{Architecture, Endianness, File, Object as _, ObjectKind, elf};
use std::fs;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

/// The folders in which cargo and rustup have the source of others on any machine: in an executable, a path through them was not
/// renamed when it was compiled. It may have been compiled elsewhere, where the other places are not known.
const ANYWHERE: [&str; 4] = [
    "/registry/src/",
    "\\registry\\src\\",
    "/lib/rustlib/src/",
    "\\lib\\rustlib\\src\\",
];

/// The content of `file`, an executable for `platform` that names none of `places`.
pub(crate) fn read(
    file: &Path,
    platform: Platform,
    places: &[PathBuf],
) -> Result<Vec<u8>, Failure> {
    let bytes = fs::read(file).map_err(Failure::because(file.display()))?;
    match objection(&bytes, platform, places) {
        None => Ok(bytes),
        Some(Objection { expected, found }) => Err(Failure::new(format!(
            "{} cannot be packed for {platform}: expected {expected}, found {found}",
            file.display()
        ))),
    }
}

/// Why an executable is not packed.
#[derive(Debug, PartialEq, Eq)]
struct Objection {
    expected: String,
    found: String,
}

fn objection(bytes: &[u8], platform: Platform, places: &[PathBuf]) -> Option<Objection> {
    let objection = |expected: &str, found: String| {
        let expected = expected.to_owned();
        Some(Objection { expected, found })
    };
    let expected = format!("{} for {}", format_of(platform), platform.arch);
    let file = match File::parse(bytes) {
        Ok(file) => file,
        Err(why) => return objection(&expected, format!("something else ({why})")),
    };
    let needs = Needs::of(&file, bytes);
    let found = match &needs {
        Ok(needs) => described(&file, needs),
        Err(why) => return objection(&expected, format!("a damaged one ({why})")),
    };
    if found != expected {
        return objection(&expected, found);
    }
    if let Some(needs) = needs.ok().and_then(|needs| needs.described()) {
        return objection("a static one", needs);
    }
    let expected = "no place of the machine that compiled it";
    leak(bytes, places).and_then(|place| objection(expected, place))
}

/// What the executables of a platform are, in the words of [`described`].
fn format_of(platform: Platform) -> &'static str {
    match platform.os {
        "darwin" => "a Mach-O executable",
        "windows" => "a PE executable",
        _ => "an ELF executable",
    }
}

fn described(file: &File<'_>, needs: &Needs) -> String {
    let format = match file {
        // Systems that number their own calls say so; Linux says nothing, or that it uses what GNU added.
        File::Elf64(elf)
            if !matches!(
                elf.elf_header().e_ident.os_abi,
                elf::ELFOSABI_NONE | elf::ELFOSABI_GNU
            ) =>
        {
            "an ELF (of another system)"
        }
        File::Elf64(_) => "an ELF",
        File::Elf32(_) => "an ELF (of 32 bits)",
        File::MachO64(_) => "a Mach-O",
        File::MachO32(_) => "a Mach-O (of 32 bits)",
        File::Pe64(_) => "a PE",
        File::Pe32(_) => "a PE (of 32 bits)",
        _ => "an unknown",
    };
    let kind = match file.kind() {
        ObjectKind::Executable => "executable",
        // What can be loaded anywhere has the type of libraries; the flag tells them apart, and so does a loader.
        ObjectKind::Dynamic if needs.is_executable || needs.loader.is_some() => "executable",
        ObjectKind::Dynamic => "library",
        ObjectKind::Relocatable => "object file",
        ObjectKind::Core => "core dump",
        _ => "file of no known kind",
    };
    let arch = match file.architecture() {
        _ if !file.is_little_endian() => "a big-endian processor".to_owned(),
        Architecture::X86_64 => "amd64".to_owned(),
        Architecture::Aarch64 => "arm64".to_owned(),
        other => format!("{other:?}"),
    };
    format!("{format} {kind} for {arch}")
}

/// What an ELF file needs beside itself. The others need what is part of their systems, and are not asked.
#[derive(Debug, Default)]
struct Needs {
    loader: Option<String>,
    libraries: usize,
    /// Whether it says that it is an executable though it can be loaded anywhere.
    is_executable: bool,
}

impl Needs {
    fn of(file: &File<'_>, bytes: &[u8]) -> object::Result<Self> {
        let mut needs = Self::default();
        let File::Elf64(file) = file else {
            return Ok(needs);
        };
        let endian: Endianness = file.endian();
        for segment in file.elf_program_headers() {
            if let Some(loader) = segment.interpreter(endian, bytes)? {
                needs.loader = Some(String::from_utf8_lossy(loader).into_owned());
            }
            let entries = segment.dynamic(endian, bytes)?.unwrap_or_default();
            for entry in entries
                .iter()
                .take_while(|entry| entry.tag(endian) != elf::DT_NULL)
            {
                match entry.tag(endian) {
                    elf::DT_NEEDED => needs.libraries += 1,
                    elf::DT_FLAGS_1 => {
                        needs.is_executable = entry.val(endian) & elf::DF_1_PIE.0 != 0;
                    }
                    _ => {}
                }
            }
        }
        Ok(needs)
    }

    fn described(&self) -> Option<String> {
        let loader = self.loader.as_ref();
        let loader = loader.map(|loader| format!("the loader {loader}"));
        let libraries = match self.libraries {
            0 => None,
            1 => Some("1 shared library".to_owned()),
            some => Some(format!("{some} shared libraries")),
        };
        let needs: Vec<String> = loader.into_iter().chain(libraries).collect();
        (!needs.is_empty()).then(|| format!("that it needs {}", needs.join(" and ")))
    }
}

/// The first place that an executable names, of `places` or of those that machines have in common.
fn leak(executable: &[u8], places: &[PathBuf]) -> Option<String> {
    let text = String::from_utf8_lossy(executable);
    // The root of the file system is in every path.
    let places = places
        .iter()
        .filter(|place| place.components().count() > 1)
        .map(|place| format!("{}{MAIN_SEPARATOR}", place.display()));
    let mut names = places.chain(ANYWHERE.map(str::to_owned));
    names.find(|name| text.contains(name.as_str()))
}

#[cfg(test)]
#[path = "executable_tests.rs"]
mod tests;
