//! Every failure that is documented, was observed or can be thought of, through the real client, as a person reads it.
//!
//! The words beside each case are the requirement: what happened, where, what to do. The snapshots only show the whole.

mod answers;
mod odd;
mod secrets;
mod silence;
mod tokens;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode, header};
use tokio::time::Instant;

use super::*;
use crate::atlas::{
    Client, Context, Exchange, ExchangeError, Flags, HttpRequest, HttpResponse, Settings,
    StartOptions, SystemClock,
};
use crate::framework::{CancellationToken, Severity};

/// One failure and what a person must be told of it.
struct Case {
    name: &'static str,
    credentials: CredentialKind,
    call: Call,
    answer: Answer,
    max_retries: u32,
    /// The attribute in the path of each diagnostic; empty for none.
    paths: &'static [&'static str],
    /// What must occur in summary or detail.
    words: &'static [&'static str],
}

/// What is called.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    Start,
    StartInEnvelope,
    Refresh,
}

/// What comes back, for every request but those for a token unless it is about them.
#[derive(Clone)]
enum Answer {
    Response {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Bytes,
        truncated: bool,
        broken_off: Option<ExchangeError>,
    },
    Silence(ExchangeError),
    Token(Box<Self>),
}

const GROUP_ID: &str = "0123456789abcdef01234567";
const REQUEST_TIMEOUT: Duration = Duration::from_secs(90);
const ACCESS_TOKEN: &str = "hush-access-token";
const CLIENT_SECRET: &str = "mdb_sa_sk_hush-client-secret";
const PRIVATE_KEY: &str = "hush0000-private-key";
const FETCHED_TOKEN: &str = "hush-fetched-token";

fn json(status: u16, body: &str) -> Answer {
    response(status, "application/json", body)
}

fn response(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Answer {
    let headers = match content_type {
        "" => Vec::new(),
        some => vec![("content-type", some.to_owned())],
    };
    Answer::Response {
        status,
        headers,
        body: Bytes::from(body.into()),
        truncated: false,
        broken_off: None,
    }
}

impl Case {
    fn new(name: &'static str, answer: Answer, words: &'static [&'static str]) -> Self {
        let credentials = CredentialKind::AccessToken;
        Self {
            name,
            credentials,
            call: Call::Start,
            answer,
            max_retries: 0,
            paths: &[""],
            words,
        }
    }

    fn at(mut self, paths: &'static [&'static str]) -> Self {
        self.paths = paths;
        self
    }

    fn with(mut self, credentials: CredentialKind) -> Self {
        self.credentials = credentials;
        self
    }

    fn by(mut self, call: Call) -> Self {
        self.call = call;
        self
    }

    fn header(mut self, name: &'static str, value: &str) -> Self {
        self.answer = self.answer.header(name, value);
        self
    }

    /// The same answer, whose body broke off after what there is.
    fn broken_off(mut self) -> Self {
        if let Answer::Response { broken_off, .. } = &mut self.answer {
            *broken_off = Some(ExchangeError::Lost {
                cause: Arc::new(std::io::Error::other(
                    "end of file before message length reached",
                )),
            });
        }
        self
    }

    fn path(&self) -> ProcessorPath {
        ProcessorPath {
            group_id: GROUP_ID.to_owned(),
            tenant_name: "workspace-1".to_owned(),
            processor_name: "orders".to_owned(),
        }
    }

    /// The diagnostics, by way of the real client.
    async fn diagnostics(&self) -> Diagnostics {
        let credentials = match self.credentials {
            CredentialKind::AccessToken => Credentials::AccessToken(ACCESS_TOKEN.into()),
            CredentialKind::ServiceAccount => Credentials::ServiceAccount {
                client_id: "mdb_sa_id_0123".to_owned(),
                client_secret: CLIENT_SECRET.into(),
            },
            CredentialKind::ApiKey => Credentials::ApiKey {
                public_key: "abcdefgh".to_owned(),
                private_key: PRIVATE_KEY.into(),
            },
        };
        let error = self.fails(Some(credentials)).await;
        self.diagnose(&error)
    }

    fn diagnose(&self, error: &atlas::Error) -> Diagnostics {
        let subject = Subject::new(self.path(), Some(self.credentials), REQUEST_TIMEOUT);
        match self.call {
            Call::Refresh => diagnose(
                "Cannot read stream processor \"orders\"",
                error,
                &subject.while_refreshing(),
            ),
            _ => diagnose("Cannot start stream processor \"orders\"", error, &subject),
        }
    }

    async fn fails(&self, credentials: Option<Credentials>) -> atlas::Error {
        let context = Context {
            deadline: Instant::now() + Duration::from_secs(600),
            cancel: CancellationToken::new(),
            abandoned: CancellationToken::new(),
            purpose: "test".to_owned(),
        };
        self.fails_within(credentials, &context).await
    }

    async fn fails_within(
        &self,
        credentials: Option<Credentials>,
        context: &Context,
    ) -> atlas::Error {
        let settings = Settings {
            base_url: "https://cloud.mongodb.com".parse().unwrap(),
            api_version: "2024-05-30".to_owned(),
            credentials,
            request_timeout: REQUEST_TIMEOUT,
            max_retries: self.max_retries,
            user_agent: "test".to_owned(),
            ca: Arc::default(),
        };
        let line = Arc::new(Line {
            answer: self.answer.clone(),
            seen: Mutex::default(),
        });
        let client = Client::new(settings, line, Arc::new(SystemClock));
        let path = self.path();
        let result = match self.call {
            Call::Refresh => client.processor(&path, context).await.map(drop),
            Call::Start | Call::StartInEnvelope => {
                let envelope = (self.call == Call::StartInEnvelope).then_some(true);
                let flags = Flags {
                    envelope,
                    pretty: None,
                };
                let options = StartOptions::default();
                client
                    .start(&path, &options, flags, context)
                    .await
                    .map(drop)
            }
        };
        result.expect_err(self.name)
    }

    /// Checks the words, and shows the diagnostics as a host would.
    async fn shown(&self) -> String {
        let diagnostics = self.diagnostics().await;
        self.check(&diagnostics)
    }

    fn check(&self, diagnostics: &Diagnostics) -> String {
        let shown: Vec<String> = diagnostics.iter().map(show).collect();
        let whole = shown.join("\n\n");
        let paths: Vec<String> = diagnostics
            .iter()
            .map(|one| {
                one.path
                    .as_ref()
                    .map_or_else(String::new, ToString::to_string)
            })
            .collect();
        assert_eq!(paths, self.paths, "{}: {whole}", self.name);
        for diagnostic in diagnostics {
            assert_eq!(diagnostic.severity, Severity::Error);
            let (summary, detail) = (&diagnostic.summary, &diagnostic.detail);
            assert!(
                summary.contains("\"orders\"") && !summary.ends_with('.'),
                "{summary}"
            );
            if let Some(path) = &diagnostic.path {
                let name = format!("`{path}");
                assert!(detail.contains(&name), "{}: {name} in: {whole}", self.name);
            }
            assert!(detail.contains("Request: "), "{}: {whole}", self.name);
            assert_eq!(unfilled(detail), None, "{}: {whole}", self.name);
            assert!(!detail.contains('\u{1b}'), "{}: {whole}", self.name);
            assert!(
                !detail.contains("\n\n\n") && !detail.contains("  "),
                "{}: {whole}",
                self.name
            );
        }
        for word in self.words {
            assert!(whole.contains(word), "{}: {word:?} in: {whole}", self.name);
        }
        assert!(!whole.contains("hush"), "{}: {whole}", self.name);
        format!("=== {}\n{whole}\n", self.name)
    }
}

/// The name of a `{name}` of the table of hints that nothing was filled into; the JSON of an answer has no such thing.
fn unfilled(text: &str) -> Option<&str> {
    text.split('{').skip(1).find_map(|rest| {
        let (name, _) = rest.split_once('}')?;
        let letters = |c: char| c.is_ascii_lowercase() || c == '_';
        (!name.is_empty() && name.chars().all(letters)).then_some(name)
    })
}

fn show(diagnostic: &Diagnostic) -> String {
    let path = match &diagnostic.path {
        Some(path) => format!("  with {path},\n"),
        None => String::new(),
    };
    format!(
        "Error: {}\n{path}\n{}",
        diagnostic.summary, diagnostic.detail
    )
}

/// Checks all cases and makes one text of them.
async fn all(cases: Vec<Case>) -> String {
    let mut text = String::new();
    for case in cases {
        text.push_str(&case.shown().await);
        text.push('\n');
    }
    text
}

/// Holds the text against its snapshot.
fn golden(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// A line to Atlas on which everything ends in the same way.
struct Line {
    answer: Answer,
    seen: Mutex<Vec<String>>,
}

#[async_trait]
impl Exchange for Line {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ExchangeError> {
        let for_token = request.url.path().ends_with("/api/oauth/token");
        self.seen
            .lock()
            .unwrap()
            .push(request.url.path().to_owned());
        match (&self.answer, for_token) {
            (Answer::Token(answer), true) => answer.give(&request),
            (Answer::Token(_), false) => panic!("the call itself must not be sent"),
            (_, true) => {
                let body = format!(
                    "{{\"access_token\":\"{FETCHED_TOKEN}\",\"expires_in\":3600,\"token_type\":\"Bearer\"}}"
                );
                json(200, &body).give(&request)
            }
            (answer, false) => answer.give(&request),
        }
    }
}

impl Answer {
    fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Response { headers, .. } = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }

    fn give(&self, request: &HttpRequest) -> Result<HttpResponse, ExchangeError> {
        match self {
            Self::Silence(error) => Err(error.clone()),
            Self::Token(_) => unreachable!("a token within a token"),
            Self::Response {
                status,
                headers,
                body,
                truncated,
                broken_off,
            } => {
                let mut all = HeaderMap::new();
                for (name, value) in headers {
                    all.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
                }
                let challenged = request.headers.get(header::AUTHORIZATION).is_none();
                if *status == 401 && challenged {
                    let challenge = "Digest realm=\"MMS Public API\", domain=\"\", nonce=\"n0nce\", algorithm=MD5, qop=\"auth\", stale=false";
                    all.insert(header::WWW_AUTHENTICATE, challenge.parse().unwrap());
                }
                Ok(HttpResponse {
                    status: StatusCode::from_u16(*status).unwrap(),
                    headers: all,
                    body: body.clone(),
                    truncated: *truncated,
                    broken_off: broken_off.clone(),
                })
            }
        }
    }
}
