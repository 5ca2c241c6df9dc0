//! The two hashes by which Terraform and OpenTofu know a package.

use crate::package::Entry;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// SHA-256 in hexadecimal digits: what `SHA256SUMS` has, and lock files after `zh:`.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// The hash of Go's checksum databases over the files of a package, which does not depend on how they are packed: that of a
/// list of their hashes and names, in the order of the names.
pub(crate) fn h1(entries: &[Entry]) -> String {
    let mut entries: Vec<&Entry> = entries.iter().collect();
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let mut list = Sha256::new();
    for entry in entries {
        let hash = sha256(&entry.content);
        list.update(format!("{hash}  {}\n", entry.name));
    }
    format!("h1:{}", STANDARD.encode(list.finalize()))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_is_that_of_the_standard() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc"), expected);
    }

    #[test]
    fn h1_is_that_of_go() {
        // The files that golang.org/x/mod/sumdb/dirhash is tested with, and what its Hash1 says of them.
        let entry = |name: &str, content: &str| Entry {
            name: name.to_owned(),
            executable: false,
            content: content.into(),
        };
        let entries = [entry("xyz", "data for xyz"), entry("abc", "data for abc")];
        assert_eq!(
            h1(&entries),
            "h1:EP6WfDoQTSk9klnxcjriWJOGztueJUywHNmWeq+efB8="
        );
    }
}
