//! What the tests of this room share: an exchange that follows a script, and remembers what it was asked.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use jiff::Timestamp;
use secrecy::SecretString;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{
    Client, Clock, Context, Credentials, Exchange, ExchangeError, HttpRequest, HttpResponse,
    ProcessorPath, Settings,
};

/// A time of day that stands still.
pub(super) struct Still(pub(super) Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// One answer of the script, after a while.
pub(super) struct Step {
    pub(super) takes: Duration,
    pub(super) answer: Result<HttpResponse, ExchangeError>,
}

/// What answers when the script is over, or for each request by itself.
type Rule = Box<dyn Fn(&HttpRequest) -> Step + Send + Sync>;

/// An exchange in memory.
pub(super) struct Script {
    steps: Mutex<VecDeque<Step>>,
    rule: Option<Rule>,
    asked: Mutex<Vec<(Instant, HttpRequest)>>,
}

impl Script {
    /// Answers in this order, and panics when it is asked more often.
    pub(super) fn of(steps: impl IntoIterator<Item = Step>) -> Arc<Self> {
        Arc::new(Self {
            steps: Mutex::new(steps.into_iter().collect()),
            rule: None,
            asked: Mutex::default(),
        })
    }

    /// Answers every request by a rule.
    pub(super) fn by(rule: impl Fn(&HttpRequest) -> Step + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            steps: Mutex::default(),
            rule: Some(Box::new(rule)),
            asked: Mutex::default(),
        })
    }

    /// Every request, in order.
    pub(super) fn asked(&self) -> Vec<HttpRequest> {
        self.asked
            .lock()
            .unwrap()
            .iter()
            .map(|(_, request)| request.clone())
            .collect()
    }

    /// When every request was made.
    pub(super) fn times(&self) -> Vec<Instant> {
        self.asked
            .lock()
            .unwrap()
            .iter()
            .map(|(at, _)| *at)
            .collect()
    }
}

#[async_trait]
impl Exchange for Script {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ExchangeError> {
        let step = match &self.rule {
            Some(rule) => rule(&request),
            None => self
                .steps
                .lock()
                .unwrap()
                .pop_front()
                .expect("the script goes on"),
        };
        self.asked.lock().unwrap().push((Instant::now(), request));
        sleep(step.takes).await;
        step.answer
    }
}

/// An answer with a status, headers and a body, at once.
pub(super) fn answer(status: u16, headers: &[(&str, &str)], body: impl ToString) -> Step {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| {
            (
                name.parse::<HeaderName>().unwrap(),
                HeaderValue::from_str(value).unwrap(),
            )
        })
        .collect();
    let response = HttpResponse {
        status: StatusCode::from_u16(status).unwrap(),
        headers,
        body: body.to_string().into_bytes().into(),
        truncated: false,
        broken_off: None,
    };
    Step {
        takes: Duration::ZERO,
        answer: Ok(response),
    }
}

/// The same answer, whose connection is reset after so many bytes of the body.
pub(super) fn broken_off(mut step: Step, after: usize) -> Step {
    if let Ok(response) = &mut step.answer {
        response.body.truncate(after);
        response.broken_off = Some(reset());
    }
    step
}

fn reset() -> ExchangeError {
    ExchangeError::Lost {
        cause: Arc::new(std::io::Error::other("reset")),
    }
}

/// No answer.
pub(super) fn failure(error: ExchangeError) -> Step {
    Step {
        takes: Duration::ZERO,
        answer: Err(error),
    }
}

/// The connection is reset after the request was sent.
pub(super) fn lost() -> Step {
    failure(reset())
}

/// The connection is refused.
pub(super) fn not_sent() -> Step {
    failure(ExchangeError::NotSent {
        cause: Arc::new(std::io::Error::other("refused")),
    })
}

impl Step {
    /// The same after a while.
    pub(super) fn after(self, takes: Duration) -> Self {
        Self { takes, ..self }
    }
}

/// A processor that is STARTED.
pub(super) fn started() -> Step {
    answer(
        200,
        &[],
        r#"{"_id":"66f0","name":"orders","state":"STARTED"}"#,
    )
}

pub(super) const SECRET_TOKEN: &str = "secret-access-token";

pub(super) fn settings() -> Settings {
    Settings {
        base_url: Url::parse("https://cloud.mongodb.com").unwrap(),
        api_version: "2024-05-30".to_owned(),
        credentials: Some(Credentials::AccessToken(SecretString::from(SECRET_TOKEN))),
        request_timeout: Duration::from_secs(90),
        max_retries: 5,
        user_agent: "terraform-provider-atlas/1.0.0 Terraform/1.15.5".to_owned(),
        ca: Arc::default(),
    }
}

/// A client at a fixed time of day.
pub(super) fn client(settings: Settings, script: &Arc<Script>) -> Client {
    client_over(settings, script.clone())
}

/// The same over another exchange.
pub(super) fn client_over(settings: Settings, exchange: Arc<dyn Exchange>) -> Client {
    let clock = Still("2026-10-21T07:28:00Z".parse().unwrap());
    Client::new(settings, exchange, Arc::new(clock))
}

pub(super) fn context(time: Duration) -> Context {
    Context {
        deadline: Instant::now() + time,
        cancel: CancellationToken::new(),
        abandoned: CancellationToken::new(),
        purpose: "atlas_stream_processor_start create".to_owned(),
    }
}

pub(super) fn path() -> ProcessorPath {
    ProcessorPath {
        group_id: "0123456789abcdef01234567".to_owned(),
        tenant_name: "workspace-1".to_owned(),
        processor_name: "orders".to_owned(),
    }
}

/// An address on loopback that refuses connections; it stays taken, and nobody listens, as long as the socket is kept.
pub(super) fn refusing() -> (tokio::net::TcpSocket, std::net::SocketAddr) {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}
