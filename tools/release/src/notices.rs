//! The licence notices of everything in a package that is not ours, as the licences ask for it.

use crate::failure::Failure;
use crate::tree::{Crate, Tree};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A crate that is published without the text of its licence, the one that has it, and why that is the same text.
const WITHOUT_TEXT: [(&str, &str, &str); 2] = [
    (
        "tonic-prost",
        "tonic",
        "both come out of one repository with one licence",
    ),
    (
        "tonic-prost-build",
        "tonic",
        "both come out of one repository with one licence",
    ),
];

/// What the files that hold a licence, or what it wants to be told, are called by.
const NAMES: [&str; 6] = [
    "license",
    "licence",
    "copying",
    "copyright",
    "notice",
    "unlicense",
];

/// What a file of another kind ends with, whatever its name begins with.
const OTHER_KINDS: [&str; 6] = ["rs", "c", "h", "go", "py", "sh"];

/// The C library that is linked into the executables for Linux.
const GLIBC: &str = include_str!("../texts/glibc.txt");

/// The notices of `tree`: every crate with its licence, and every text once, with those that it is for.
///
/// # Errors
/// When a crate has no text and no reason for that, or a reason and a text.
pub fn notices(tree: &Tree) -> Result<String, Failure> {
    let mut list = String::new();
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in &tree.crates {
        let Crate {
            name,
            version,
            license,
            ..
        } = one;
        let from = one.repository.as_deref().unwrap_or("crates.io");
        // Writing to a String cannot fail.
        let _ = writeln!(list, "{name} {version}, {license}, {from}");
        for (file, text) in texts_of(one, tree)? {
            let whose = format!("{name} {version}: {file}");
            texts.entry(text).or_default().push(whose);
        }
    }
    let mut notices = format!(
        "terraform-provider-atlas {} for {} is under the licence in the file LICENSE. With it come, under their own licences,\n\
         the Rust standard library (the file NOTICES-rust.html), {}and the crates below: they are linked into the\n\
         executable, or made code that is. Their texts follow, each with the crates that it is from.\n\n{list}",
        tree.version,
        tree.platform,
        if tree.platform.os == "linux" {
            "the GNU C Library (at the end) "
        } else {
            ""
        },
    );
    // In the order of the first crate that has it.
    let mut texts: Vec<_> = texts
        .into_iter()
        .map(|(text, whose)| (whose, text))
        .collect();
    texts.sort();
    if tree.platform.os == "linux" {
        texts.push((vec!["GNU C Library".to_owned()], tidied(GLIBC)));
    }
    let line = "=".repeat(78);
    for (whose, text) in texts {
        let _ = write!(notices, "\n{line}\n{}\n{line}\n\n{text}", whose.join("\n"));
    }
    Ok(notices)
}

/// The notices of Rust's own library, which come with every toolchain.
///
/// # Errors
/// When this toolchain is without.
pub fn of_the_standard_library() -> Result<Vec<u8>, Failure> {
    let output = Command::new("rustc")
        .args(["--print", "sysroot"])
        .output()
        .map_err(Failure::because("rustc"))?;
    let root = String::from_utf8_lossy(&output.stdout);
    let file = Path::new(root.trim()).join("share/doc/rust/COPYRIGHT-library.html");
    std::fs::read(&file).map_err(Failure::because(format!(
        "the notices of Rust's standard library, {}",
        file.display()
    )))
}

/// The texts of a crate, each with the name of its file.
fn texts_of(one: &Crate, tree: &Tree) -> Result<Vec<(String, String)>, Failure> {
    let excused = WITHOUT_TEXT.iter().find(|(name, ..)| *name == one.name);
    let found = read_texts(&one.source)?;
    match (found.is_empty(), excused) {
        (false, None) => Ok(found),
        (true, Some((_, other, why))) => {
            let of_other = tree.crates.iter().find(|one| one.name == *other);
            let found = of_other
                .map(|other| read_texts(&other.source))
                .transpose()?;
            let found = found.unwrap_or_default();
            if found.is_empty() {
                let message = format!("{} has no text of a licence, and {other} neither", one.name);
                return Err(Failure::new(message));
            }
            let named = found.into_iter();
            Ok(named
                .map(|(file, text)| (format!("{file} of {other}, as {why}"), text))
                .collect())
        }
        (true, None) => Err(Failure::new(format!(
            "{} {} ({}) has no text of its licence in {}: look for one, and list the crate with the reason",
            one.name,
            one.version,
            one.license,
            one.source.display()
        ))),
        (false, Some(_)) => Err(Failure::new(format!(
            "{} {} has the text of its licence by now, and is listed as being without",
            one.name, one.version
        ))),
    }
}

/// Every file in `directory` that holds a licence, wherever it is: of what was taken from others it lies with what was taken.
fn read_texts(directory: &Path) -> Result<Vec<(String, String)>, Failure> {
    let mut files = Vec::new();
    collect(directory, &mut files)?;
    files.sort();
    let mut texts = Vec::new();
    for file in files {
        let bytes = std::fs::read(&file).map_err(Failure::because(file.display()))?;
        let name = file.strip_prefix(directory).unwrap_or(&file);
        let name = name.to_string_lossy().replace('\\', "/");
        texts.push((name, tidied(&String::from_utf8_lossy(&bytes))));
    }
    Ok(texts)
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let because = || Failure::because(directory.display());
    for entry in std::fs::read_dir(directory).map_err(because())? {
        let path = entry.map_err(because())?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if is_notice(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn is_notice(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_lowercase();
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    NAMES.iter().any(|prefix| name.starts_with(prefix)) && !OTHER_KINDS.contains(&&*extension)
}

/// The same text is the same bytes, whatever ends its lines, and ends with one line's end.
fn tidied(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    format!("{}\n", lines.join("\n").trim_matches('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::Platform;
    use std::collections::BTreeSet;

    fn one(name: &str, files: &[(&str, &str)]) -> (tempfile::TempDir, Crate) {
        let directory = tempfile::tempdir().unwrap();
        for (file, text) in files {
            let path = directory.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let one = Crate {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            license: "MIT".to_owned(),
            source: directory.path().to_owned(),
            repository: None,
            linked: true,
            uses: BTreeSet::new(),
        };
        (directory, one)
    }

    fn said(platform: &str, crates: Vec<Crate>) -> Result<String, String> {
        let tree = Tree {
            version: "0.0.0".to_owned(),
            platform: Platform::named(platform).unwrap(),
            uses: BTreeSet::new(),
            crates,
        };
        notices(&tree).map_err(|error| error.to_string())
    }

    #[test]
    fn a_text_of_two_is_there_once_and_one_of_a_part_is_there_too() {
        let (_a, a) = one("a", &[("LICENSE-MIT", "the words\r\n")]);
        let (_b, b) = one(
            "b",
            &[
                ("vendored/COPYING", "the words\n\n"),
                ("src/license.rs", "code"),
            ],
        );
        let said = said("linux_amd64", vec![a, b]).unwrap();
        assert_eq!(said.matches("the words").count(), 1, "{said}");
        assert!(
            said.contains("\na 1.0.0: LICENSE-MIT\nb 1.0.0: vendored/COPYING\n"),
            "{said}"
        );
        assert!(said.contains("\na 1.0.0, MIT, crates.io\n"), "{said}");
        assert!(!said.contains("code\n"), "{said}");
    }

    #[test]
    fn the_c_library_is_named_where_it_is_linked() {
        for (platform, is_there) in [("linux_arm64", true), ("darwin_arm64", false)] {
            let said = said(platform, Vec::new()).unwrap();
            assert_eq!(said.contains("LESSER GENERAL PUBLIC LICENSE"), is_there);
        }
    }

    #[test]
    fn a_crate_without_a_text_is_an_error_unless_it_has_a_reason() {
        let (_a, a) = one("a", &[("README.md", "MIT")]);
        let error = said("linux_amd64", vec![a]).unwrap_err();
        assert!(error.starts_with("a 1.0.0 (MIT) has no text"), "{error}");

        let (_tonic, tonic) = one("tonic", &[("LICENSE", "of tonic")]);
        let (_prost, prost) = one("tonic-prost", &[]);
        let notices = said("linux_amd64", vec![tonic, prost.clone()]).unwrap();
        assert!(
            notices.contains("tonic-prost 1.0.0: LICENSE of tonic, as both"),
            "{notices}"
        );
        let error = said("linux_amd64", vec![prost]).unwrap_err();
        assert!(error.contains("and tonic neither"), "{error}");
    }

    #[test]
    fn a_reason_that_is_none_any_more_is_an_error() {
        let (_prost, prost) = one("tonic-prost", &[("LICENSE", "its own")]);
        let error = said("linux_amd64", vec![prost]).unwrap_err();
        assert!(error.contains("by now"), "{error}");
    }
}
