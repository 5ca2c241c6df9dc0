//! An answer of the API: a byte that says how it was asked for, and then, as HTTP writes them, a status, headers, an empty
//! line and a body.

use std::time::Duration;

use http::StatusCode;
use terraform_provider_atlas::atlas::{
    self, Credentials, Failover, Flags, HttpResponse, StartOptions,
};
use terraform_provider_atlas::provider::api_error::{CredentialKind, Subject, diagnose};

use super::atlas::{Atlas, answer, call, client, lost, path};
use super::shown::assert_fit_to_be_shown;

/// What an answer may echo, and nobody may be shown.
pub const SECRET: &str = "s3cret-token+of/ours==";

/// The bits of the first byte.
pub const ENVELOPE: u8 = 1;
pub const LOOK: u8 = 2;
pub const STOP: u8 = 4;
pub const OPTIONS: u8 = 8;
pub const BROKEN_OFF: u8 = 16;
pub const SERVICE_ACCOUNT: u8 = 32;
pub const API_KEY: u8 = 64;
pub const TRUNCATED: u8 = 128;

/// However little the answer keeps to any rule, all that is told of it is fit to be shown, has an end, is told as an error,
/// and holds no secret. A success is no less so: its state and body may be shown as well.
pub fn check(bytes: &[u8]) {
    let Some((&how, rest)) = bytes.split_first() else {
        return;
    };
    let Some(mut answer) = read(rest) else { return };
    let is = |bit: u8| how & bit != 0;
    answer.truncated = is(TRUNCATED);
    answer.broken_off = is(BROKEN_OFF).then(lost);
    // Challenges have a target of their own, where the random numbers of an answer to one are no new paths.
    answer.headers.remove(http::header::WWW_AUTHENTICATE);
    let (credentials, kind) = if is(SERVICE_ACCOUNT) {
        let credentials = Credentials::ServiceAccount {
            client_id: "mdb_sa_id_0".to_owned(),
            client_secret: SECRET.into(),
        };
        (credentials, CredentialKind::ServiceAccount)
    } else if is(API_KEY) {
        let credentials = Credentials::ApiKey {
            public_key: "abcdefgh".to_owned(),
            private_key: SECRET.into(),
        };
        (credentials, CredentialKind::ApiKey)
    } else {
        let credentials = Credentials::AccessToken(SECRET.into());
        (credentials, CredentialKind::AccessToken)
    };
    let client = client(&Atlas::of([answer]), credentials);
    let flags = Flags {
        envelope: is(ENVELOPE).then_some(true),
        pretty: None,
    };
    let options = StartOptions {
        failover: is(OPTIONS).then(Failover::default),
        ..StartOptions::default()
    };
    let path = path();
    // What a success has to say: a state, or the answer to a dry run.
    let body = |accepted: atlas::Accepted| accepted.body.map(|body| body.to_string());
    let outcome: Result<String, atlas::Error> = call(async |context| {
        if is(LOOK) {
            let processor = client.processor(&path, &context).await;
            processor.map(|processor| processor.state)
        } else if is(STOP) {
            let accepted = client.stop(&path, flags, &context).await;
            accepted.map(|accepted| body(accepted).unwrap_or_default())
        } else {
            let accepted = client.start(&path, &options, flags, &context).await;
            accepted.map(|accepted| body(accepted).unwrap_or_default())
        }
    });
    match outcome {
        Ok(told) => shown(&told),
        Err(error) => {
            let subject = Subject {
                path,
                credentials: Some(kind),
                refreshing: is(LOOK),
                moving: is(OPTIONS),
                stopping: is(STOP),
                acting: is(ENVELOPE),
                listing: false,
                request_timeout: Duration::from_secs(90),
                more_time: "with `timeouts.read` of the resource",
            };
            told(&error.after(1, Duration::from_secs(1)), &subject);
        }
    }
}

fn told(error: &atlas::Error, subject: &Subject) {
    let diagnostics = diagnose("Cannot start stream processor \"orders\"", error, subject);
    assert!(diagnostics.has_error(), "a failure is told as none");
    assert!(diagnostics.len() <= 16, "{} at once", diagnostics.len());
    let mut length = 0;
    for diagnostic in &diagnostics {
        shown(&diagnostic.summary);
        shown(&diagnostic.detail);
        length += diagnostic.summary.len() + diagnostic.detail.len();
    }
    assert!(length <= 1024 * 1024, "{length} bytes are shown");
    // What goes into the log.
    shown(&error.to_string());
    shown(&format!("{error:?}"));
    let _ = error.verdict();
}

fn shown(text: &str) {
    assert_fit_to_be_shown(text);
    assert!(!text.contains(SECRET), "the secret is shown");
}

/// The answer as it is written in the input, if it has a status.
fn read(bytes: &[u8]) -> Option<HttpResponse> {
    let (status, mut rest) = line(bytes);
    let status = StatusCode::from_bytes(status).ok()?;
    let mut headers = Vec::new();
    loop {
        let (header, after) = line(rest);
        rest = after;
        let Some(colon) = header.iter().position(|byte| *byte == b':') else {
            break;
        };
        headers.push((&header[..colon], header[colon + 1..].trim_ascii_start()));
    }
    Some(answer(status, &headers, rest))
}

fn line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &[]),
    }
}
