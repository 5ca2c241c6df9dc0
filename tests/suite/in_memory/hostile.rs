//! Orders to a terminal in every name and in every answer: none of them is told, whatever the provider has to tell of it.

mod servers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use atlas_simulator::known;
use terraform_provider_atlas::atlas::{Client, SystemClock};
use terraform_provider_atlas::framework::{
    ApplyRequest, CancellationToken, ConfigureRequest, Diagnostics, ImportRequest, InvokeRequest,
    PlanRequest, Progress, Provider, ReadRequest, Value,
};
use terraform_provider_atlas::provider::AtlasProvider;
use terraform_provider_atlas::provider::config::Environment;

use servers::{Answers, HOSTILE, Server, servers};

use super::invoking::failover;
use super::rules::{create_plan, proposed};
use super::words::{ACCESS_TOKEN, API_KEY, Caller, SERVICE_ACCOUNT, configuration};
use crate::hostile::targets::shown::assert_fit_to_be_shown;

/// A provider of a caller, with this server for Atlas.
fn provider(caller: Caller, answers: &Answers) -> AtlasProvider {
    let answers = Arc::clone(answers);
    let variables = caller
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let provider = AtlasProvider::new(Environment::from_iter(variables), move |settings| {
        Client::new(
            settings,
            Arc::new(Server(Arc::clone(&answers))),
            Arc::new(SystemClock),
        )
    });
    let mut config = provider.schema().null_object();
    config.set("max_retries", Value::from(0));
    let diagnostics = provider.configure(ConfigureRequest {
        config,
        terraform_version: HOSTILE.to_owned(),
    });
    assert!(!diagnostics.has_error(), "{diagnostics:?}");
    provider
}

/// What was told, and the letters of [`HOSTILE`] that show that it was about it.
#[derive(Default)]
struct Told(Vec<String>);

impl Told {
    fn all(&mut self, diagnostics: Diagnostics) {
        for diagnostic in diagnostics {
            self.one(&diagnostic.summary);
            self.one(&diagnostic.detail);
            let path = diagnostic.path.map(|path| path.to_string());
            self.one(&path.unwrap_or_default());
        }
    }

    fn one(&mut self, text: &str) {
        assert_fit_to_be_shown(text);
        self.0.push(text.to_owned());
    }

    fn is_about_it(&self) -> bool {
        self.0
            .iter()
            .any(|text| text.contains("mark") || text.contains("er\""))
    }
}

/// Everything that one run of the resource and the action has to say.
async fn run(provider: &AtlasProvider, arguments: &[(&str, Value)]) -> Told {
    let mut told = Told::default();
    let resource = &provider.resources()[0];
    let config = configuration(arguments);
    told.all(resource.validate(&config));
    let plan = create_plan(resource, &config, &[], &[]);
    told.all(plan.diagnostics);
    let apply = |prior: Value, planned: Value, config: Value, private: Vec<u8>| ApplyRequest {
        prior,
        planned,
        config,
        private,
        identity: None,
        cancel: CancellationToken::new(),
        abandoned: CancellationToken::new(),
    };
    let created = resource
        .create(apply(
            Value::Null,
            plan.planned,
            config.clone(),
            plan.private,
        ))
        .await;
    told.all(created.diagnostics);

    let mut state = config.clone();
    state.set("id", "a/b/c");
    state.set("state", HOSTILE);
    state.set("processor_id", HOSTILE);
    let read = resource
        .read(ReadRequest {
            state: state.clone(),
            private: created.private,
            identity: None,
            cancel: CancellationToken::new(),
        })
        .await;
    told.all(read.diagnostics);

    let mut edited = config.clone();
    edited.set("tier", "SP30");
    edited.set("stop_on_destroy", true);
    let plan = resource.plan(PlanRequest {
        prior: &state,
        config: &edited,
        proposed: &proposed(&edited, &state),
        private: &[],
        planned_private: &[],
        identity: None,
    });
    told.all(plan.diagnostics);
    let updated = resource
        .update(apply(state, plan.planned.clone(), edited, plan.private))
        .await;
    told.all(updated.diagnostics);
    let deleted = resource
        .delete(apply(
            plan.planned,
            Value::Null,
            Value::Null,
            updated.private,
        ))
        .await;
    told.all(deleted.diagnostics);

    let names: Vec<(&str, Value)> = ["group_id", "tenant_name", "processor_name"]
        .map(|name| (name, config.attribute(name).clone()))
        .into();
    for more in [
        vec![],
        vec![("envelope", true.into())],
        vec![failover(&[
            ("region", HOSTILE.into()),
            ("dry_run", true.into()),
        ])],
    ] {
        let action = &provider.actions()[0];
        let mut config = action.schema().null_object();
        for (name, value) in names.iter().cloned().chain(more) {
            config.set(name, value);
        }
        config.set("timeout", "1m");
        told.all(action.plan(&config));
        let (progress, mut messages) = Progress::channel();
        let cancel = CancellationToken::new();
        told.all(
            action
                .invoke(InvokeRequest {
                    config,
                    progress,
                    cancel,
                    abandoned: CancellationToken::new(),
                })
                .await,
        );
        while let Ok(message) = messages.try_recv() {
            told.one(&message);
        }
    }
    told
}

#[tokio::test(start_paused = true)]
async fn no_answer_gives_orders_to_the_terminal() {
    let mut unheard = BTreeSet::new();
    for (name, answers) in servers() {
        let mut told = Told::default();
        for caller in [ACCESS_TOKEN, SERVICE_ACCOUNT, API_KEY] {
            told.0.extend(run(&provider(caller, &answers), &[]).await.0);
        }
        if !told.is_about_it() {
            unheard.insert(name);
        }
    }
    assert!(unheard.is_empty(), "nothing was told of {unheard:?}");
}

#[tokio::test(start_paused = true)]
async fn no_name_gives_orders_to_the_terminal() {
    let names = [
        ("tenant_name", HOSTILE.into()),
        ("processor_name", HOSTILE.into()),
    ];
    for (name, answers) in servers() {
        let told = run(&provider(ACCESS_TOKEN, &answers), &names).await;
        assert!(told.is_about_it(), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_argument_gives_orders_to_the_terminal() {
    let provider = AtlasProvider::new(Environment::default(), Client::over_http);
    let (resource, action) = (&provider.resources()[0], &provider.actions()[0]);
    let block = |name: &str| Value::Object(BTreeMap::from([(name.to_owned(), HOSTILE.into())]));
    let arguments: Vec<(&str, Value)> = vec![
        ("group_id", HOSTILE.into()),
        ("tier", HOSTILE.into()),
        ("if_started", HOSTILE.into()),
        ("start_at_operation_time", HOSTILE.into()),
        ("timeouts", block("create")),
        ("timeout", HOSTILE.into()),
        ("failover", block("mode")),
    ];
    for (name, value) in arguments {
        let mut told = Told::default();
        let config = configuration(&[(name, value.clone())]);
        told.all(resource.validate(&config));
        told.all(action.validate(&config));
        assert!(told.is_about_it(), "{name}");
    }
    for name in [
        "access_token",
        "client_id",
        "client_secret",
        "public_key",
        "private_key",
        "base_url",
        "api_version",
        "request_timeout",
    ] {
        let mut config = provider.schema().null_object();
        config.set(name, HOSTILE);
        let mut told = Told::default();
        told.all(provider.validate(&config));
        told.all(provider.configure(ConfigureRequest {
            config,
            terraform_version: HOSTILE.to_owned(),
        }));
        assert!(!told.0.is_empty(), "{name}");
    }
    for variable in [
        "MONGODB_ATLAS_CLIENT_ID",
        "MONGODB_ATLAS_PUBLIC_API_KEY",
        "MONGODB_ATLAS_BASE_URL",
        "MCLI_OPS_MANAGER_URL",
    ] {
        let environment = Environment::from_iter([(variable.to_owned(), HOSTILE.to_owned())]);
        let provider = AtlasProvider::new(environment, Client::over_http);
        let mut told = Told::default();
        told.all(provider.validate(&provider.schema().null_object()));
        assert!(!told.0.is_empty(), "{variable}");
    }
    let mut told = Told::default();
    let ids = [
        HOSTILE.to_owned(),
        format!("{}/{HOSTILE}/%1B%C2%9B", known::GROUP_ID),
        format!("{HOSTILE}/a/b"),
        format!("{}/%FF/{HOSTILE}", known::GROUP_ID),
    ];
    for id in ids {
        if let Err(refusals) = resource.import(ImportRequest::Id(id)) {
            told.all(refusals);
        }
    }
    let mut identity = Value::Null;
    for name in ["group_id", "tenant_name", "processor_name"] {
        identity.set(name, HOSTILE);
    }
    if let Err(refusals) = resource.import(ImportRequest::Identity(identity)) {
        told.all(refusals);
    }
    assert!(told.is_about_it());
}
