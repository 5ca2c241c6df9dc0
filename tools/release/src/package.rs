//! A package: a zip whose bytes depend on nothing but the files that are in it.

use crate::digest::{h1, sha256};
use crate::failure::Failure;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

/// A file of a package.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name; packages of providers have no folders.
    pub name: String,
    /// Whether it can be run.
    pub executable: bool,
    /// What is in it.
    pub content: Vec<u8>,
}

/// A package, and what lock files and mirrors say of it.
#[derive(Clone, Debug)]
pub struct Package {
    /// `terraform-provider-atlas_0.1.0_linux_amd64.zip`.
    pub name: String,
    /// The zip.
    pub bytes: Vec<u8>,
    /// The hash of what is in it, however it is packed.
    pub h1: String,
    /// The hash of the zip itself.
    pub zh: String,
}

impl Package {
    /// Packs `entries`, in the order of their names.
    ///
    /// # Errors
    /// When two have the same name.
    pub fn of(name: String, mut entries: Vec<Entry>) -> Result<Self, Failure> {
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        let what = format!("cannot pack {name}");
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for entry in &entries {
            // Neither when nor where it was packed: the earliest time that a zip can have, and always the system that knows modes.
            let options = SimpleFileOptions::default()
                .compression_method(CompressionMethod::Deflated)
                .compression_level(Some(9))
                .last_modified_time(DateTime::default())
                .system(System::Unix)
                .unix_permissions(if entry.executable { 0o755 } else { 0o644 });
            zip.start_file(entry.name.as_str(), options)
                .map_err(Failure::because(&what))?;
            zip.write_all(&entry.content)
                .map_err(Failure::because(&what))?;
        }
        let bytes = zip.finish().map_err(Failure::because(&what))?.into_inner();
        Ok(Self {
            h1: h1(&entries),
            zh: sha256(&bytes),
            name,
            bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    fn entry(name: &str, executable: bool) -> Entry {
        Entry {
            name: name.to_owned(),
            executable,
            content: name.repeat(1000).into_bytes(),
        }
    }

    #[test]
    fn the_same_files_in_another_order_and_at_another_time_are_the_same_package() {
        let one = vec![entry("b", true), entry("a", false)];
        let other = vec![entry("a", false), entry("b", true)];
        let one = Package::of("one".to_owned(), one).unwrap();
        let other = Package::of("other".to_owned(), other).unwrap();
        assert_eq!(one.bytes, other.bytes);
        assert_eq!((one.h1, one.zh), (other.h1, other.zh));
    }

    #[test]
    fn only_what_is_to_be_run_can_be_run_and_nothing_knows_the_time() {
        let package = Package::of("one".to_owned(), vec![entry("b", true), entry("a", false)]);
        let bytes = package.unwrap().bytes;
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut seen = Vec::new();
        for index in 0..zip.len() {
            let mut file = zip.by_index(index).unwrap();
            let mut content = String::new();
            file.read_to_string(&mut content).unwrap();
            let name = file.name().unwrap().into_owned();
            assert_eq!(content, name.repeat(1000));
            let year = file.last_modified().unwrap().year();
            seen.push((name, file.unix_mode().unwrap(), year));
        }
        let expected = [("a", 0o100_644), ("b", 0o100_755)];
        assert_eq!(
            seen,
            expected.map(|(name, mode)| (name.to_owned(), mode, 1980))
        );
    }

    #[test]
    fn a_name_that_is_there_twice_is_refused() {
        let twice = vec![entry("a", false), entry("a", true)];
        let error = Package::of("one".to_owned(), twice)
            .unwrap_err()
            .to_string();
        assert!(error.contains("cannot pack one"), "{error}");
    }
}
