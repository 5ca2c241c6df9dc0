//! The signature by which registries know whose checksums they have.

use crate::failure::Failure;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A key of gpg.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Key {
    /// Its fingerprint, or whatever else gpg knows it by.
    pub name: String,
    /// The directory in which gpg has it, where that is not the user's own.
    pub home: Option<PathBuf>,
}

impl Key {
    fn gpg(&self) -> Command {
        let mut gpg = Command::new("gpg");
        gpg.arg("--batch");
        if let Some(home) = &self.home {
            gpg.arg("--homedir").arg(home);
        }
        gpg
    }
}

/// Signs `content`; the signature is binary, as registries want it.
pub(crate) fn sign(content: &[u8], key: &Key) -> Result<Vec<u8>, Failure> {
    let mut gpg = key
        .gpg()
        .args(["--no-armor", "--local-user", &key.name, "--detach-sign"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Failure::because("gpg"))?;
    // gpg reads no further once it knows that it has no such key, and says that; closed, its input is at its end.
    let given = gpg.stdin.take().map(|mut input| input.write_all(content));
    let output = gpg.wait_with_output().map_err(Failure::because("gpg"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let message = format!("gpg cannot sign with {}: {said}", key.name);
        return Err(Failure::new(message));
    }
    given.transpose().map_err(Failure::because("gpg"))?;
    Ok(output.stdout)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    /// A directory of keys with one that was made for this; its agent ends with it.
    pub(crate) struct Keys(tempfile::TempDir, pub(crate) Key);

    impl Keys {
        /// `None` where there is no gpg.
        pub(crate) fn new() -> Option<Self> {
            let home = tempfile::tempdir().unwrap();
            let key = Key {
                name: "A Key of Tests <tests@example.com>".to_owned(),
                home: Some(home.path().to_owned()),
            };
            let mut gpg = key.gpg();
            gpg.args(["--passphrase", "", "--quick-generate-key", &key.name]);
            let made = match gpg.args(["ed25519", "sign", "never"]).output() {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    // The harness of the tests captures what the print macros write; this is for the reader of a green run too.
                    let _ = writeln!(
                        std::io::stderr(),
                        "release: nothing was signed: there is no gpg here"
                    );
                    return None;
                }
                made => made.unwrap(),
            };
            assert!(made.status.success(), "{made:?}");
            Some(Self(home, key))
        }

        pub(crate) fn verifies(&self, signature: &Path, file: &Path) -> bool {
            let mut gpg = self.1.gpg();
            let verified = gpg.arg("--verify").args([signature, file]).output();
            verified.unwrap().status.success()
        }
    }

    impl Drop for Keys {
        fn drop(&mut self) {
            let mut agent = Command::new("gpgconf");
            agent.arg("--homedir").arg(self.0.path());
            // One that has not been started is as good.
            let _ = agent.args(["--kill", "gpg-agent"]).output();
        }
    }

    #[test]
    fn a_file_is_signed_with_the_key_that_was_named() {
        let Some(keys) = Keys::new() else { return };
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("SHA256SUMS");
        fs::write(&file, "the sums\n").unwrap();
        let signed = sign(b"the sums\n", &keys.1).unwrap();
        assert!(!signed.starts_with(b"-----"), "it is binary");
        let signature = directory.path().join("SHA256SUMS.sig");
        fs::write(&signature, signed).unwrap();
        assert!(keys.verifies(&signature, &file));
        fs::write(&file, "other sums\n").unwrap();
        assert!(!keys.verifies(&signature, &file));

        let nobody = Key {
            name: "nobody@example.com".to_owned(),
            ..keys.1.clone()
        };
        let error = sign(b"", &nobody).unwrap_err().to_string();
        assert!(error.starts_with("gpg cannot sign with nobody@"), "{error}");
    }
}
