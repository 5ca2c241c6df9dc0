//! What a server demands in `WWW-Authenticate`: each line of the input is a header of its answer.

use http::StatusCode;
use terraform_provider_atlas::atlas::{Credentials, Flags, StartOptions};

use super::atlas::{Atlas, answer, call, client, path};

const PRIVATE_KEY: &str = "private-key-of-ours";

/// Whatever is demanded, there are two requests at most and one refusal. Where the second is made, it is signed in the one
/// scheme that we know, names our public key, never holds the private one, and is what HTTP allows in a header.
pub fn check(bytes: &[u8]) {
    let headers: Vec<(&[u8], &[u8])> = bytes
        .split(|byte| *byte == b'\n')
        .map(|value| (&b"www-authenticate"[..], value))
        .collect();
    let atlas = Atlas::of([answer(StatusCode::UNAUTHORIZED, &headers, b"")]);
    let credentials = Credentials::ApiKey {
        public_key: "abcdefgh".to_owned(),
        private_key: PRIVATE_KEY.into(),
    };
    let client = client(&atlas, credentials);
    let outcome = call(async |context| {
        let (options, flags) = (StartOptions::default(), Flags::default());
        client.start(&path(), &options, flags, &context).await
    });
    let refusal = outcome.expect_err("a 401 is a refusal");
    assert!(!refusal.may_have_been_processed());
    let asked = atlas.asked();
    assert!((1..=2).contains(&asked.len()), "{} requests", asked.len());
    assert!(!asked[0].headers.contains_key("authorization"));
    if let Some(signed) = asked.get(1) {
        let value = &signed.headers["authorization"];
        assert!(value.is_sensitive());
        // A nonce goes back as it came, whatever HTTP allows in it.
        let value = String::from_utf8_lossy(value.as_bytes());
        assert!(value.starts_with("Digest "), "{value}");
        assert!(
            value.contains("abcdefgh") || value.contains("userhash=true"),
            "{value}"
        );
        let echoed = bytes
            .windows(PRIVATE_KEY.len())
            .any(|part| part == PRIVATE_KEY.as_bytes());
        assert!(echoed || !value.contains(PRIVATE_KEY));
    }
}
