//! The operations on a stream processor.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use jiff::Timestamp;
use tokio::time::Instant;

use super::{
    allowance::Allowances,
    answer::Accepted,
    api::{Api, Asked},
    auth::Authenticator,
    backoff::Backoff,
    clock::{Clock, SystemClock},
    context::{Context, Ended},
    courier::{Courier, Effect},
    description::{Description, List, Listing, Page},
    error::Error,
    exchange::{Exchange, HttpRequest},
    http::HttpExchange,
    look,
    looks::{Looked, Looks},
    options::{Flags, StartOptions},
    path::{Operation, ProcessorPath, WorkspacePath},
    processor::Processor,
    settings::Settings,
};

/// How often a list is read at most until two readings name the same processors.
const READINGS: u64 = 4;

/// How many processors of a workspace are asked for at once. Of an answer 16 MiB are read: each may be described by 160 KiB.
const PAGE: usize = 100;

/// The client of the Atlas Administration API, for stream processors. Cheap to share behind an `Arc`; nothing is sent before the first call.
pub struct Client {
    api: Arc<Api>,
    looks: Looks,
}

impl Client {
    /// A client that sends its requests through `exchange`.
    pub fn new(settings: Settings, exchange: Arc<dyn Exchange>, clock: Arc<dyn Clock>) -> Self {
        let courier = Courier {
            exchange,
            clock,
            request_timeout: settings.request_timeout,
            max_retries: settings.max_retries,
        };
        let authenticator = settings
            .credentials
            .clone()
            .map(|credentials| Authenticator::new(credentials, &settings));
        Self {
            api: Arc::new(Api {
                settings,
                courier,
                authenticator,
                allowances: Allowances::default(),
            }),
            looks: Looks::default(),
        }
    }

    /// A client over real HTTP; connections, TLS and certificates are only looked at when the first request is sent.
    pub fn over_http(settings: Settings) -> Self {
        let exchange = HttpExchange::new(settings.ca.clone());
        Self::new(settings, Arc::new(exchange), Arc::new(SystemClock))
    }

    /// The processor (OpenAPI operation `getGroupStreamProcessor`). Repeated by policy: `max_retries`, `Retry-After`, backoff,
    /// deadline, cancellation. Many at once share lists of their workspace (`getGroupStreamProcessors`).
    ///
    /// # Errors
    /// The last failure, with the number of attempts.
    pub async fn processor(
        &self,
        path: &ProcessorPath,
        context: &Context,
    ) -> Result<Processor, Error> {
        let _on_its_way = match self.looks.look(&self.api, path, context).await {
            Looked::Together(processor) => return Ok(processor),
            Looked::Alone(on_its_way) => on_its_way,
        };
        let name = path.processor_name.as_str();
        let request = self.get(path, context)?;
        let read = |asked: &Asked<'_>, response: &_| look::processor(asked, response, name);
        self.api.look(&request, &path.group_id, context, read).await
    }

    /// The processor with all that Atlas tells of it: the same request as [`processor`](Self::processor).
    ///
    /// # Errors
    /// The last failure, with the number of attempts.
    pub async fn description(
        &self,
        path: &ProcessorPath,
        context: &Context,
    ) -> Result<Description, Error> {
        let name = path.processor_name.as_str();
        let request = self.get(path, context)?;
        let read = |asked: &Asked<'_>, response: &_| {
            look::read(asked, response, |raw| {
                Description::read(raw, name, asked.secrets)
            })
        };
        self.api.look(&request, &path.group_id, context, read).await
    }

    /// All processors of a workspace (OpenAPI operation `getGroupStreamProcessors`), in the order of their names: one request for
    /// each page, repeated by policy as with [`processor`](Self::processor). One that moves up a page between two requests is on
    /// neither, and so a list of several pages is read until two readings name the same; one of a single page only where Atlas counts
    /// more than that has.
    ///
    /// # Errors
    /// The last failure, with the number of attempts. There is no part of a list.
    pub async fn descriptions(
        &self,
        workspace: &WorkspacePath,
        context: &Context,
    ) -> Result<Listing, Error> {
        let mut list = self.list(workspace, context).await?;
        let mut holds_still = true;
        for pause in 1..READINGS {
            if list.is_surely_whole() {
                break;
            }
            if list.is_short() {
                // The count, or the list, may lag; where there is no time to see, what is known so far says more than that.
                if context.pause(Duration::from_secs(pause)).await == Err(Ended::Deadline) {
                    break;
                }
            }
            let again = match self.list(workspace, context).await {
                Err(_) if list.is_short() && Instant::now() >= context.deadline => break,
                again => again?,
            };
            let before = std::mem::replace(&mut list, again);
            holds_still = list.names().eq(before.names());
            if holds_still && !list.is_short() {
                break;
            }
        }
        Ok(list.settled(holds_still))
    }

    async fn list(&self, workspace: &WorkspacePath, context: &Context) -> Result<List, Error> {
        let mut list = List::default();
        for page in 1.. {
            let url = workspace.url(&self.api.settings.base_url, page, PAGE);
            let request = self
                .api
                .request(Method::GET, url, Operation::List, None, context)?;
            let read = |asked: &Asked<'_>, response: &_| {
                look::read(asked, response, |raw| Page::read(raw, asked.secrets))
            };
            let page = self
                .api
                .look(&request, &workspace.group_id, context, read)
                .await?;
            let full = page.results.len() >= PAGE;
            let has_next = page.has_next;
            // A page with nothing new is the last, whatever its links say; a full one is not, whatever is counted.
            if !list.grows_by(page) || (!full && !has_next) {
                break;
            }
        }
        Ok(list)
    }

    /// Starts a processor: one POST of `:start` (`startGroupStreamProcessor`), or of `:startWith` (`startGroupStreamProcessorWith`)
    /// when there are options. It is never repeated in here, except after a 401 that asks for a new nonce or token.
    ///
    /// # Errors
    /// [`Error::may_have_been_processed`] and [`Error::verdict`] say what may follow.
    pub async fn start(
        &self,
        path: &ProcessorPath,
        options: &StartOptions,
        flags: Flags,
        context: &Context,
    ) -> Result<Accepted, Error> {
        let (operation, body) = if options.is_empty() {
            (Operation::Start, None)
        } else {
            (Operation::StartWith, Some(options.to_body()))
        };
        self.post(path, operation, body, flags, context).await
    }

    /// Stops a processor: one POST of `:stop` (`stopGroupStreamProcessor`), never repeated in here, as with [`start`](Self::start).
    ///
    /// # Errors
    /// As with [`start`](Self::start).
    pub async fn stop(
        &self,
        path: &ProcessorPath,
        flags: Flags,
        context: &Context,
    ) -> Result<Accepted, Error> {
        self.post(path, Operation::Stop, None, flags, context).await
    }

    /// Revokes the OAuth token that was fetched, if any. Best effort: a failure is only logged, since the token expires by itself.
    pub async fn revoke(&self) {
        if let Some(authenticator) = &self.api.authenticator {
            authenticator.revoke(&self.api.courier).await;
        }
    }

    /// How often one request may be repeated after a failed answer.
    pub fn max_retries(&self) -> u32 {
        self.api.settings.max_retries
    }

    /// The time of day.
    pub fn now(&self) -> Timestamp {
        self.api.courier.clock.now()
    }

    /// A new sequence of waits between tries.
    pub fn backoff(&self) -> Backoff {
        Backoff::new()
    }

    /// Whether calls can be made at all.
    pub fn has_credentials(&self) -> bool {
        self.api.authenticator.is_some()
    }

    fn get(&self, path: &ProcessorPath, context: &Context) -> Result<HttpRequest, Error> {
        let base_url = &self.api.settings.base_url;
        let url = path.url(base_url, Operation::Get, Flags::default());
        self.api
            .request(Method::GET, url, Operation::Get, None, context)
    }

    async fn post(
        &self,
        path: &ProcessorPath,
        operation: Operation,
        body: Option<Bytes>,
        flags: Flags,
        context: &Context,
    ) -> Result<Accepted, Error> {
        let started = Instant::now();
        let url = path.url(&self.api.settings.base_url, operation, flags);
        let request = self
            .api
            .request(Method::POST, url, operation, body, context)?;
        let enveloped = flags.envelope == Some(true);
        let answer = self
            .api
            .ask(
                &request,
                &path.group_id,
                Effect::Possible,
                context,
                |asked, response| Accepted::read(asked, response, enveloped),
            )
            .await;
        answer.map_err(|error| error.after(1, started.elapsed()))
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("settings", &self.api.settings)
            .finish_non_exhaustive()
    }
}
