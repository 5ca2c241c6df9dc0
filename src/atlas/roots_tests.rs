//! Which bundle is read, when, and what the log says of a file that is of no use.
#![cfg(all(unix, not(target_os = "macos")))]

use std::ffi::OsString;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tracing_subscriber::layer::SubscriberExt;

use super::{super::log_tests::Kept, *};

fn pem() -> String {
    let CertifiedKey { cert, .. } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    cert.pem()
}

/// What is no certificate in PEM of the right form, and what is no Base64.
const DAMAGED: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n\
                       -----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n";

/// How many certificates of `bundles` are trusted with these variables.
fn trusted(file: Option<&str>, directories: Option<&str>, bundles: &[PathBuf]) -> usize {
    let mut roots = Roots::new(Arc::new(CaVariables {
        file: file.map(OsString::from),
        directories: directories.map(OsString::from),
    }));
    roots.bundles = bundles.to_vec();
    roots.of_system().count()
}

#[test]
fn the_bundle_is_read_where_the_environment_names_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle.pem");
    std::fs::write(&bundle, pem() + &pem()).unwrap();
    let bundles = [bundle];
    for (file, directories, expected) in [
        (None, None, 0),
        (Some("/nowhere"), None, 2),
        (None, Some("/nowhere"), 2),
        (Some(""), None, 2),
        (None, Some(""), 2),
    ] {
        assert_eq!(
            trusted(file, directories, &bundles),
            expected,
            "{file:?} {directories:?}"
        );
    }
}

#[test]
fn the_first_bundle_with_certificates_is_the_systems() {
    let folder = tempfile::tempdir().unwrap();
    let [absent, empty, two, three] =
        ["absent", "empty", "two", "three"].map(|name| folder.path().join(name));
    std::fs::write(&empty, "").unwrap();
    // A damaged one costs the others nothing.
    std::fs::write(&two, pem() + DAMAGED + &pem()).unwrap();
    std::fs::write(&three, pem() + &pem() + &pem()).unwrap();
    let directory = folder.path().to_owned();
    let bundles = [absent, directory, empty, two, three];
    assert_eq!(trusted(Some(""), None, &bundles), 2);
    assert_eq!(trusted(Some(""), None, &bundles[..3]), 0);
}

#[test]
fn a_file_of_no_use_is_warned_of_by_its_name_and_one_of_use_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let [good, absent, empty, damaged] =
        ["good", "absent", "empty", "damaged"].map(|name| folder.path().join(name));
    std::fs::write(&good, pem()).unwrap();
    std::fs::write(&empty, "").unwrap();
    std::fs::write(&damaged, DAMAGED).unwrap();
    let said = |file: &Path| {
        let kept = Kept::default();
        let subscriber = tracing_subscriber::registry().with(kept.clone());
        tracing::subscriber::with_default(subscriber, || {
            trusted(file.to_str(), None, std::slice::from_ref(&good))
        });
        let said = kept.0.lock().unwrap();
        said.clone()
    };
    for (file, why) in [
        (&absent, "could not be read (No such file or directory"),
        (&folder.path().to_owned(), "could not be read (Is a dir"),
        (&empty, "holds no certificate in PEM"),
        (&damaged, "holds no certificate in PEM"),
    ] {
        let said = said(file);
        assert!(said.starts_with("WARN "), "{said}");
        let expected = format!(
            "the file {}, which the environment variable `SSL_CERT_FILE` names, {why}",
            file.display()
        );
        assert!(said.contains(&expected), "{said}");
    }
    assert_eq!(said(&good), "");
    assert_eq!(said(Path::new("")), "");
}
