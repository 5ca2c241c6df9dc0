//! An Atlas in memory that gives the answers it was told, and a client that asks it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use jiff::Timestamp;
use terraform_provider_atlas::atlas::{
    Client, Clock, Context, Credentials, Exchange, ExchangeError, HttpRequest, HttpResponse,
    ProcessorPath, Settings,
};
use tokio::runtime::Builder;
use tokio::time::Instant;
use url::Url;

/// Gives its answers in order, the last of them again and again, and remembers what it was asked.
pub struct Atlas {
    answers: Mutex<VecDeque<HttpResponse>>,
    asked: Mutex<Vec<HttpRequest>>,
}

impl Atlas {
    pub fn of(answers: impl IntoIterator<Item = HttpResponse>) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(answers.into_iter().collect()),
            asked: Mutex::default(),
        })
    }

    /// Every request, in order.
    pub fn asked(&self) -> Vec<HttpRequest> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.clone()
    }
}

#[async_trait]
impl Exchange for Atlas {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ExchangeError> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(request);
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = match answers.len() {
            0 | 1 => answers.front().cloned(),
            _ => answers.pop_front(),
        };
        answer.ok_or_else(lost)
    }
}

/// A connection that breaks.
pub fn lost() -> ExchangeError {
    ExchangeError::Lost {
        cause: Arc::new(std::io::Error::other("reset")),
    }
}

/// An answer; what can be no header of HTTP is left out, as the HTTP library would never hand it on.
pub fn answer(status: StatusCode, headers: &[(&[u8], &[u8])], body: &[u8]) -> HttpResponse {
    let headers: HeaderMap = headers
        .iter()
        .filter_map(|(name, value)| {
            let name = HeaderName::from_bytes(name).ok()?;
            Some((name, HeaderValue::from_bytes(value).ok()?))
        })
        .collect();
    HttpResponse {
        status,
        headers,
        body: body.to_vec().into(),
        truncated: false,
        broken_off: None,
    }
}

pub fn client(atlas: &Arc<Atlas>, credentials: Credentials) -> Client {
    let settings = Settings {
        base_url: Url::parse("https://cloud.mongodb.com").expect("it is a URL"),
        api_version: "2024-05-30".to_owned(),
        credentials: Some(credentials),
        request_timeout: Duration::from_secs(90),
        max_retries: 0,
        user_agent: "terraform-provider-atlas".to_owned(),
        ca: Arc::default(),
    };
    Client::new(settings, atlas.clone(), Arc::new(Standstill))
}

pub fn path() -> ProcessorPath {
    ProcessorPath {
        group_id: "0123456789abcdef01234567".to_owned(),
        tenant_name: "workspace".to_owned(),
        processor_name: "orders".to_owned(),
    }
}

/// One moment, for ever: what an input leads to is to depend on nothing but the input.
struct Standstill;

impl Clock for Standstill {
    fn now(&self) -> Timestamp {
        Timestamp::constant(1_792_567_680, 0)
    }
}

/// Runs a call to its end, with what surrounds it. Its time is its own, and passes only where nothing else happens.
pub fn call<T>(make: impl AsyncFnOnce(Context) -> T) -> T {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let context = Context {
            deadline: Instant::now() + Duration::from_secs(60),
            cancel: Default::default(),
            abandoned: Default::default(),
            purpose: "fuzz".to_owned(),
        };
        make(context).await
    })
}
