//! Which CA certificates are trusted beside those that the environment names: the system's own.

use std::{
    fmt,
    fs::File,
    io::{self, BufReader},
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::Duration,
};

use reqwest::Certificate;
use rustls::{
    RootCertStore,
    pki_types::{
        CertificateDer,
        pem::{self, PemObject as _},
    },
};

use super::{exchange::Cause, harmless::harmless, settings::CaVariables};

/// Where systems keep all their CA certificates in one file; the same places that Go looks at, in its order.
const BUNDLES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Elsewhere certificates are the operating system's affair, and these variables mean nothing.
const CERTIFICATES_ARE_FILES: bool = cfg!(all(unix, not(target_os = "macos")));

/// What is trusted beside the certificates that the TLS library finds by itself.
///
/// The library reads `SSL_CERT_FILE` and `SSL_CERT_DIR` itself, but in place of the system's certificates, and even where they are
/// empty or lead nowhere. Whoever names the CA of a company's proxy there still expects public servers to be trusted.
#[derive(Debug)]
pub(super) struct Roots {
    variables: Arc<CaVariables>,
    pub(super) bundles: Vec<PathBuf>,
    found: OnceLock<Found>,
}

#[derive(Debug, Default)]
struct Found {
    /// Of the system's bundle.
    certificates: Vec<Certificate>,
    unusable: Option<(PathBuf, String)>,
}

impl Roots {
    /// Nothing is looked at yet.
    pub(super) fn new(variables: Arc<CaVariables>) -> Self {
        Self {
            variables,
            bundles: BUNDLES.map(PathBuf::from).to_vec(),
            found: OnceLock::new(),
        }
    }

    /// The certificates of the system, where the variables keep the TLS library from them.
    pub(super) fn of_system(&self) -> impl Iterator<Item = Certificate> {
        self.found().certificates.iter().cloned()
    }

    /// The cause of a failure to trust anybody, which may lie in the file that `SSL_CERT_FILE` names.
    pub(super) fn cause(&self, error: reqwest::Error) -> Cause {
        let error = Arc::new(error);
        match &self.found().unusable {
            None => error,
            Some((path, why)) => Arc::new(UnusableCaFile {
                path: path.clone(),
                why: why.clone(),
                then: error,
            }),
        }
    }

    /// The cause of a failure to find out in this time whom to trust.
    pub(super) fn unread(&self, within: Duration) -> Cause {
        let named = self.variables.file.as_ref().filter(|file| !file.is_empty());
        Arc::new(HangingCaFiles {
            within,
            named: named.map(PathBuf::from),
        })
    }

    fn found(&self) -> &Found {
        self.found.get_or_init(|| {
            let CaVariables { file, directories } = &*self.variables;
            if !CERTIFICATES_ARE_FILES || (file.is_none() && directories.is_none()) {
                return Found::default();
            }
            let named = file.as_ref().filter(|file| !file.is_empty());
            let unusable = named.map(PathBuf::from).and_then(|path| {
                let why = certificates(&path).err()?;
                tracing::warn!(
                    "CA certificates: {}. Nothing that it should hold is trusted.",
                    OfNoUse(&path, &why)
                );
                Some((path, why))
            });
            let bundle = self
                .bundles
                .iter()
                .find_map(|path| certificates(path).ok())
                .unwrap_or_default();
            Found {
                certificates: bundle,
                unusable,
            }
        })
    }
}

/// The certificates of a file in PEM, or why there are none. One that cannot be understood must not keep the others from use.
fn certificates(path: &Path) -> Result<Vec<Certificate>, String> {
    let unreadable = |error: io::Error| format!("could not be read ({error})");
    let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
    let mut found = Vec::new();
    for certificate in CertificateDer::pem_reader_iter(&mut file) {
        match certificate {
            Ok(der) if RootCertStore::empty().add(der.clone()).is_ok() => {
                found.extend(Certificate::from_der(&der));
            }
            Err(pem::Error::Io(error)) => return Err(unreadable(error)),
            _ => {}
        }
    }
    if found.is_empty() {
        return Err("holds no certificate in PEM".to_owned());
    }
    Ok(found)
}

/// Nobody, or too few, could be trusted, and the file that `SSL_CERT_FILE` names is of no use.
#[derive(Debug, thiserror::Error)]
#[error("{}", OfNoUse(path, why))]
pub struct UnusableCaFile {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it, as the rest of a sentence about it.
    pub why: String,
    /// What the TLS library said.
    #[source]
    pub then: Cause,
}

/// Nobody knows yet who could be trusted: a file of CA certificates does not come to an end, as on a disk that is gone, or as a pipe
/// that nobody writes to.
#[derive(Debug)]
pub struct HangingCaFiles {
    /// How long they were waited for.
    pub within: Duration,
    /// What `SSL_CERT_FILE` names, if it is set.
    pub named: Option<PathBuf>,
}

impl fmt::Display for HangingCaFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let within = self.within.as_secs_f32();
        write!(
            f,
            "the CA certificates could not be read within {within:.2} s"
        )?;
        match &self.named {
            Some(path) => write!(f, "; look at {}", OfNoUse(path, "among others")),
            None => f.write_str("; the disk that they are on may not answer"),
        }
    }
}

impl std::error::Error for HangingCaFiles {}

struct OfNoUse<'a>(&'a Path, &'a str);

impl fmt::Display for OfNoUse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = harmless(&self.0.to_string_lossy(), &[]);
        write!(
            f,
            "the file {path}, which the environment variable `SSL_CERT_FILE` names, {}",
            self.1
        )
    }
}

#[cfg(test)]
#[path = "roots_tests.rs"]
mod tests;
