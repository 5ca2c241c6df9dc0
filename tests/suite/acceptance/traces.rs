//! What runs leave behind: everything that a person or a machine could read afterwards, searched for secrets.

use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use plugin_host::terraform::{Run, Workdir};
use serde_json::Value;

/// One thing to read: where it was found, and its text; what is no text in it is replaced, and secrets are text.
struct Trace {
    place: String,
    text: String,
}

/// All that was left until now.
#[derive(Default)]
pub(super) struct Traces(Vec<Trace>);

impl Traces {
    pub(super) fn of_run(&mut self, run: &Run) {
        self.add(format!("the output of {}", run.command), run.to_string());
    }

    /// The plan in the file `name`, as its entries and as JSON. The value of a root variable that is not ephemeral is in
    /// both: Terraform's own doing, whatever the provider. It is taken out, once each, so that the rest can be judged.
    pub(super) fn of_plan(
        &mut self,
        workdir: &Workdir,
        name: &str,
        json: &Run,
        variable: Option<&str>,
    ) {
        let unpacked = workdir.path().join("unpacked");
        unzip(&workdir.path().join(name), &unpacked);
        for (place, mut text) in files_below(&unpacked) {
            if let Some(value) = variable.filter(|_| place.ends_with("/tfplan")) {
                assert!(
                    text.contains(value),
                    "a plan has the values of its variables"
                );
                text = text.replacen(value, "", 1);
            }
            self.add(place, text);
        }
        let mut shown: Value = serde_json::from_str(&json.stdout).unwrap();
        if variable.is_some() {
            shown["variables"].take();
        }
        self.add(format!("the output of {}", json.command), shown.to_string());
        std::fs::remove_dir_all(unpacked).unwrap();
        std::fs::remove_file(workdir.path().join(name)).unwrap();
    }

    /// Every file in the working directory, the log and what is left in the temporary directory included.
    pub(super) fn of_directory(&mut self, workdir: &Workdir) {
        for (place, text) in files_below(workdir.path()) {
            self.add(place, text);
        }
    }

    /// Text with the name of where it was found.
    pub(super) fn add(&mut self, place: impl Into<String>, text: String) {
        self.0.push(Trace {
            place: place.into(),
            text,
        });
    }

    /// Whether any place holds this text.
    pub(super) fn hold(&self, text: &str) -> bool {
        self.0.iter().any(|trace| trace.text.contains(text))
    }

    /// The places that hold a secret, in whatever spelling; the secret itself is not told.
    pub(super) fn places_of(&self, secrets: &[String]) -> Vec<&str> {
        let mut spellings: Vec<String> = secrets.iter().flat_map(|one| spellings(one)).collect();
        spellings.sort();
        spellings.dedup();
        let betrays = |trace: &&Trace| {
            spellings
                .iter()
                .any(|spelling| trace.text.contains(spelling))
        };
        let places = self.0.iter().filter(betrays);
        places.map(|trace| trace.place.as_str()).collect()
    }
}

fn unzip(archive: &Path, directory: &Path) {
    let unzip = Command::new("python3")
        .args(["-I", "-m", "zipfile", "-e"])
        .args([archive, directory])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&unzip.stderr);
    assert!(unzip.status.success(), "{said}");
}

/// Every file below a directory, and its text. Links are not followed: one leads to the provider itself.
fn files_below(directory: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        if kind.is_dir() {
            files.extend(files_below(&path));
        } else if kind.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            files.push((path.display().to_string(), text));
        }
    }
    files
}

/// The secret as it is, percent-encoded, and inside base64 at each of the three places where it can begin.
fn spellings(secret: &str) -> Vec<String> {
    let percent = |unreserved: &[u8]| -> String {
        let encoded = secret.bytes().map(|byte| {
            if byte.is_ascii_alphanumeric() || unreserved.contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        });
        encoded.collect()
    };
    let mut spellings = vec![secret.to_owned(), percent(b""), percent(b"-_.~")];
    for skipped in 0..3 {
        // What comes before shifts the encoding; the characters that depend on neighbours are left out.
        let shifted: Vec<u8> = [vec![b' '; skipped], secret.as_bytes().to_vec()].concat();
        let whole = shifted.len() / 3 * 3;
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let encoded = engine.encode(&shifted[..whole]);
            spellings.push(encoded[if skipped == 0 { 0 } else { 4 }..].to_owned());
        }
    }
    spellings
}

#[test]
fn a_secret_is_found_in_each_of_its_spellings_and_nothing_else_is() {
    let secret = "mdb_sa_sk_a-secret_/of+some~length?".to_owned();
    let percent = "mdb%5Fsa%5Fsk%5Fa%2Dsecret%5F%2Fof%2Bsome%7Elength%3F";
    let url = "mdb_sa_sk_a-secret_%2Fof%2Bsome~length%3F";
    let mut planted = vec![secret.clone(), percent.to_owned(), url.to_owned()];
    for before in ["", "a", "ab", "id:"] {
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            planted.push(engine.encode(format!("{before}{secret} and more")));
        }
    }
    for spelling in planted {
        let mut traces = Traces::default();
        traces.add("clean", format!("{}x", &secret[..secret.len() - 1]));
        let bytes = [b"\x00\xff", spelling.as_bytes(), b"\xff"].concat();
        traces.add("planted", String::from_utf8_lossy(&bytes).into_owned());
        assert_eq!(
            traces.places_of(std::slice::from_ref(&secret)),
            ["planted"],
            "{spelling}"
        );
    }
}
