//! The debug form of whatever holds a secret: it is there to be logged one day, and shows none.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use atlas_simulator::{Simulator, known};
use itertools::iproduct;
use terraform_provider_atlas::atlas::{
    Client, Context, Exchange, ExchangeError, Flags, HttpRequest, HttpResponse, ProcessorPath,
    StartOptions, SystemClock,
};
use terraform_provider_atlas::framework::server::configure_provider;
use terraform_provider_atlas::framework::{CancellationToken, ConfigureRequest, Encoded, Provider};
use terraform_provider_atlas::provider::AtlasProvider;
use terraform_provider_atlas::provider::config::{Environment, resolve};

use super::exchange::InMemory;
use super::words::{ACCESS_TOKEN, API_KEY, Caller, NAME, SERVICE_ACCOUNT};

/// Everything that was shown, each with what it is.
type Shown = Arc<Mutex<Vec<(&'static str, String)>>>;

/// Shows every request and every answer.
struct Showing(InMemory, Shown);

#[async_trait]
impl Exchange for Showing {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ExchangeError> {
        let mut shown = vec![("a request", format!("{request:?}"))];
        let answer = self.0.exchange(request).await;
        shown.push(("an answer", format!("{answer:?}")));
        self.1.lock().unwrap().extend(shown);
        answer
    }
}

/// The variables of a caller, and the attributes of the same names in the provider block.
fn attribute(variable: &str) -> &'static str {
    match variable {
        "MONGODB_ATLAS_ACCESS_TOKEN" => "access_token",
        "MONGODB_ATLAS_CLIENT_ID" => "client_id",
        "MONGODB_ATLAS_CLIENT_SECRET" => "client_secret",
        "MONGODB_ATLAS_PUBLIC_API_KEY" => "public_key",
        "MONGODB_ATLAS_PRIVATE_API_KEY" => "private_key",
        other => panic!("{other}"),
    }
}

/// A client's whole life, with the debug form of all that it is made of.
async fn life(atlas: &Simulator, caller: Caller, from_block: bool) -> Vec<(&'static str, String)> {
    let shown = Shown::default();
    let show = |what, text| shown.lock().unwrap().push((what, text));

    let variables = caller.iter().copied().filter(|_| !from_block);
    let environment: Environment = variables.collect();
    show("the environment", format!("{environment:?}"));
    let (seen, simulator) = (Arc::clone(&shown), atlas.clone());
    let provider = AtlasProvider::new(environment.clone(), move |settings| {
        let mut shown = seen.lock().unwrap();
        shown.push(("the settings", format!("{settings:#?}")));
        let exchange = Showing(InMemory(simulator.clone()), Arc::clone(&seen));
        let client = Client::new(settings, Arc::new(exchange), Arc::new(SystemClock));
        shown.push(("the client", format!("{client:?}")));
        client
    });
    let schema = provider.schema();
    let mut config = schema.null_object();
    for (variable, value) in caller.iter().filter(|_| from_block) {
        config.set(attribute(variable), *value);
    }
    let encoded = configure_provider::Request {
        config: Encoded::encode(&config, &schema.ty()).unwrap(),
        terraform_version: "1.15.5".to_owned(),
    };
    show(
        "the encoded block",
        format!("{encoded:?} {:?}", encoded.config),
    );
    let (configuration, diagnostics) = resolve(&config, &environment, "1.15.5");
    show(
        "the configuration",
        format!("{configuration:?} {diagnostics:?}"),
    );
    let request = ConfigureRequest {
        config,
        terraform_version: "1.15.5".to_owned(),
    };
    show("the block", format!("{request:?}"));
    assert!(!provider.configure(request).has_error());
    show("the provider", format!("{provider:?}"));

    let terraform_provider_atlas::provider::config::Configuration::Ready(settings) = configuration
    else {
        panic!("{configuration:?}")
    };
    let exchange = Showing(InMemory(atlas.clone()), Arc::clone(&shown));
    let client = Client::new(settings, Arc::new(exchange), Arc::new(SystemClock));
    let path = ProcessorPath {
        group_id: known::GROUP_ID.to_owned(),
        tenant_name: known::TENANT.to_owned(),
        processor_name: NAME.to_owned(),
    };
    let context = Context {
        deadline: tokio::time::Instant::now() + Duration::from_secs(60),
        cancel: CancellationToken::new(),
        abandoned: CancellationToken::new(),
        purpose: "a test".to_owned(),
    };
    let (options, flags) = (StartOptions::default(), Flags::default());
    client.processor(&path, &context).await.unwrap();
    client
        .start(&path, &options, flags, &context)
        .await
        .unwrap();
    client.revoke().await;
    show("the client at last", format!("{client:?}"));
    std::mem::take(&mut *shown.lock().unwrap())
}

#[tokio::test(start_paused = true)]
async fn no_debug_form_shows_a_secret() {
    for ((caller, requests), from_block) in iproduct!(
        [(ACCESS_TOKEN, 2), (SERVICE_ACCOUNT, 4), (API_KEY, 3)],
        [false, true]
    ) {
        let atlas = Simulator::new();
        atlas.add_processor(NAME, "STOPPED");
        let shown = life(&atlas, caller, from_block).await;
        let count = |kind| shown.iter().filter(|(what, _)| *what == kind).count();
        assert_eq!(
            (count("a request"), count("an answer")),
            (requests, requests)
        );

        let mut secrets: Vec<String> = [
            known::ACCESS_TOKEN,
            known::CLIENT_SECRET,
            known::PRIVATE_KEY,
        ]
        .map(str::to_owned)
        .into();
        // What was fetched and what was computed, as it went over the wire.
        for request in atlas.record() {
            let header = request.header("authorization").unwrap_or_default();
            secrets.extend(header.split_once(' ').map(|(_, rest)| rest.to_owned()));
            assert!(!secrets.iter().any(|secret| request.path.contains(secret)));
        }
        for (what, text) in shown {
            for secret in &secrets {
                assert!(!text.contains(secret), "{what} shows a secret: {text}");
            }
            // Not the pairs' other halves either: people put values into the wrong argument.
            if !what.starts_with("an") && !what.starts_with("a ") {
                for (_, value) in caller {
                    assert!(!text.contains(value), "{what}: {text}");
                }
            }
        }
    }
}
