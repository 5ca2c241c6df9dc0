//! The ways on which a provider's requests come to Atlas: at once, over real HTTP, or far, and in a crowd of others.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use atlas_simulator::{Recorded, Simulator};
use terraform_provider_atlas::atlas::{
    Client, Exchange, ExchangeError, HttpRequest, HttpResponse, SystemClock,
};
use terraform_provider_atlas::framework::{
    CancellationToken, Provider as _, ReadRequest, Resource, Value,
};
use terraform_provider_atlas::provider::AtlasProvider;

use tokio::task::JoinSet;

use super::exchange::InMemory;
use super::words::{Caller, NAME, configuration, configure, environment, provider_through};

/// Those whom others look at all the time. Fewer would hardly ever be worth a list.
pub(super) const OTHERS: [&str; 2] = ["invoices", "payments"];

/// How long a request is under way, and its answer.
const FAR: Duration = Duration::from_millis(700);

#[derive(Clone, Debug, Default)]
pub(crate) enum Way {
    /// In memory, and nobody else is there.
    #[default]
    Alone,
    /// To the Atlas at this URL.
    OverHttp(String),
    /// In memory, and the same process looks at others of the workspace all the time, so that looks share lists.
    InACrowd(Arc<Crowd>),
}

/// Those who look at others, in the process that was made last.
#[derive(Debug, Default)]
pub(crate) struct Crowd(Mutex<JoinSet<()>>);

impl Way {
    /// A provider process that was configured to talk to this Atlas, asking as this caller and with these arguments in its block.
    pub(crate) fn provider(
        &self,
        atlas: &Simulator,
        caller: Caller,
        block: &[(&str, Value)],
    ) -> AtlasProvider {
        let near = InMemory(atlas.clone());
        let clock = Arc::new(SystemClock);
        let provider = match self {
            Self::OverHttp(url) => AtlasProvider::new(environment(caller, url), Client::over_http),
            Self::Alone => provider_through(Arc::new(near), clock, caller),
            Self::InACrowd(_) => provider_through(Arc::new(Far(near)), clock, caller),
        };
        configure(&provider, block);
        if let Self::InACrowd(crowd) = self {
            let mut looks = JoinSet::new();
            for name in OTHERS {
                if atlas.state(name).is_none() {
                    atlas.add_processor(name, "STOPPED");
                }
                let resource = provider.resources().swap_remove(0);
                looks.spawn(look_on(resource, name));
            }
            *crowd.0.lock().expect("nobody panics") = looks;
        }
        provider
    }

    /// Whoever looks on goes home.
    pub(crate) fn disperses(&self) {
        if let Self::InACrowd(crowd) = self {
            crowd.0.lock().expect("nobody panics").abort_all();
        }
    }
}

/// Refreshes this one again and again.
async fn look_on(resource: Arc<dyn Resource>, name: &str) {
    let state = configuration(&[("processor_name", Value::from(name))]);
    loop {
        // Nobody is in step with anybody.
        tokio::time::sleep(Duration::from_millis(fastrand::u64(1..700))).await;
        let request = ReadRequest {
            state: state.clone(),
            private: Vec::new(),
            identity: None,
            cancel: CancellationToken::new(),
        };
        resource.read(request).await;
    }
}

/// Whether this request is of the trial, or of the crowd around it.
pub(crate) fn is_of_the_crowd(request: &Recorded) -> bool {
    let name = request.processor.as_deref();
    name.is_some_and(|name| name != NAME)
}

/// An Atlas to which every request takes a while, and every answer back.
struct Far(InMemory);

#[async_trait]
impl Exchange for Far {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ExchangeError> {
        let after = request.timeout;
        let there_and_back = async {
            tokio::time::sleep(FAR).await;
            let answer = self.0.exchange(request).await;
            tokio::time::sleep(FAR).await;
            answer
        };
        let answer = tokio::time::timeout(after, there_and_back).await;
        answer.unwrap_or(Err(ExchangeError::TimedOut { after, sent: true }))
    }
}
