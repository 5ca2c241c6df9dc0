//! What a provider block and an environment come to, case by case.

mod base_url;
mod credentials;
mod refusals;

use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::ExposeSecret;
use tracing::field::Field;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{self, Layer, SubscriberExt};

use super::*;
use crate::atlas::Credentials;
use crate::framework::{Diagnostic, Number, Path};

type Pairs<'a> = &'a [(&'a str, &'a str)];

/// What stands for a value that is known only after an apply.
const UNKNOWN: &str = "(known after apply)";

fn block(pairs: Pairs<'_>) -> Value {
    let mut config = schema().null_object();
    for (name, text) in pairs {
        let value = match (*name, *text) {
            (_, UNKNOWN) => Value::Unknown,
            ("max_retries", text) => Value::Number(text.parse::<Number>().unwrap()),
            (_, text) => Value::from(text),
        };
        config.set(name, value);
    }
    config
}

fn environment(pairs: Pairs<'_>) -> Environment {
    pairs.iter().copied().collect()
}

fn ready(config: Pairs<'_>, env: Pairs<'_>) -> atlas::Settings {
    let (configuration, diagnostics) = resolve(&block(config), &environment(env), "1.15.5");
    assert!(
        diagnostics.is_empty(),
        "{config:?} {env:?}: {diagnostics:?}"
    );
    match configuration {
        Configuration::Ready(settings) => settings,
        Configuration::Unknown { attributes } => panic!("{config:?} {env:?}: {attributes:?}"),
    }
}

/// The credentials in one line, secrets and all: these are not real.
fn spelled(settings: &atlas::Settings) -> String {
    match &settings.credentials {
        None => "none".to_owned(),
        Some(Credentials::AccessToken(token)) => format!("token {}", token.expose_secret()),
        Some(Credentials::ServiceAccount {
            client_id,
            client_secret,
        }) => {
            format!("account {client_id} {}", client_secret.expose_secret())
        }
        Some(Credentials::ApiKey {
            public_key,
            private_key,
        }) => {
            format!("key {public_key} {}", private_key.expose_secret())
        }
    }
}

fn only(config: Pairs<'_>, env: Pairs<'_>) -> Diagnostic {
    let diagnostics = validate(&block(config), &environment(env));
    assert_eq!(diagnostics.len(), 1, "{config:?} {env:?}: {diagnostics:?}");
    diagnostics.into_iter().next().unwrap()
}

#[test]
fn unknown_values_count_as_set_and_put_the_api_off() {
    let cases: &[(Pairs<'_>, Pairs<'_>, &[&str])] = &[
        (
            &[("access_token", UNKNOWN)],
            &[("MONGODB_ATLAS_ACCESS_TOKEN", "t")],
            &["access_token"],
        ),
        // Half of a pair may still come, or go.
        (&[("client_id", UNKNOWN)], &[], &["client_id"]),
        (
            &[("client_id", "i"), ("client_secret", UNKNOWN)],
            &[],
            &["client_secret"],
        ),
        (
            &[("base_url", UNKNOWN), ("access_token", "t")],
            &[("MONGODB_ATLAS_BASE_URL", "nonsense")],
            &["base_url"],
        ),
        (
            &[
                ("api_version", UNKNOWN),
                ("request_timeout", UNKNOWN),
                ("max_retries", UNKNOWN),
                ("public_key", UNKNOWN),
            ],
            &[],
            &[
                "public_key",
                "api_version",
                "request_timeout",
                "max_retries",
            ],
        ),
    ];
    for (config, env, expected) in cases {
        assert!(
            validate(&block(config), &environment(env)).is_empty(),
            "{config:?}"
        );
        let (configuration, diagnostics) = resolve(&block(config), &environment(env), "1.15.5");
        assert!(diagnostics.is_empty(), "{config:?}: {diagnostics:?}");
        let Configuration::Unknown { attributes } = configuration else {
            panic!("{config:?} is not ready")
        };
        assert_eq!(attributes, *expected);
    }
}

#[test]
fn what_is_not_given_has_its_default() {
    let settings = ready(&[], &[]);
    assert_eq!(settings.api_version, "2024-05-30");
    assert_eq!(settings.request_timeout, Duration::from_secs(90));
    assert_eq!(settings.max_retries, 5);
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        settings.user_agent,
        format!("terraform-provider-atlas/{version} Terraform/1.15.5")
    );

    let settings = ready(
        &[
            ("api_version", "2025-03-12"),
            ("request_timeout", "1m30s"),
            ("max_retries", "0"),
        ],
        &[],
    );
    assert_eq!(settings.api_version, "2025-03-12");
    assert_eq!(settings.request_timeout, Duration::from_secs(90));
    assert_eq!(settings.max_retries, 0);
}

#[test]
fn the_hosts_version_cannot_break_the_header() {
    assert!(user_agent("1.9.0-alpha\r\nX: y").ends_with("Terraform/1.9.0-alphaX:y"));
    assert!(user_agent("").ends_with("Terraform/unknown"));
}

#[test]
fn secrets_are_marked_and_every_attribute_is_described() {
    let schema = schema();
    let sensitive: Vec<&str> = schema
        .block
        .attributes
        .iter()
        .filter(|attribute| attribute.sensitive)
        .map(|attribute| attribute.name.as_str())
        .collect();
    assert_eq!(sensitive, ["access_token", "client_secret", "private_key"]);
    for attribute in &schema.block.attributes {
        assert!(attribute.description.ends_with('.'), "{}", attribute.name);
    }
}

#[test]
fn the_log_names_the_sources_and_no_value() {
    let log = Log::default();
    // With one dispatcher alone, tracing asks the thread that reaches a callsite first whether anybody listens,
    // and that may be another test's; with two it asks both.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let subscriber = tracing_subscriber::registry().with(log.clone());
    tracing::subscriber::with_default(subscriber, || {
        let config: Pairs<'_> = &[("client_id", "hushid"), ("client_secret", "hushsecret")];
        let env: Pairs<'_> = &[
            ("MONGODB_ATLAS_ACCESS_TOKEN", "hushtoken"),
            ("MCLI_OPS_MANAGER_URL", "https://hushhost.test"),
        ];
        let debug = format!("{:?}", ready(config, env));
        assert!(!debug.contains("hushsecret"), "{debug}");
        ready(
            &[],
            &[
                env[0],
                ("MONGODB_ATLAS_PUBLIC_KEY", "hushp"),
                ("MCLI_PRIVATE_API_KEY", "hushq"),
            ],
        );
    });
    let text = log.0.lock().unwrap().clone();
    for words in [
        "service account from the provider block (`client_id`, `client_secret`)",
        "the environment (`MCLI_OPS_MANAGER_URL`)",
        "access token from the environment (`MONGODB_ATLAS_ACCESS_TOKEN`)",
        "Several kinds of Atlas credentials are set",
        "the default",
        "INFO",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("hush"), "{text}");
}

/// What was logged, a line for each event: its level and its fields.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl<S: Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &Event<'_>, _: layer::Context<'_, S>) {
        let mut log = self.0.lock().unwrap();
        log.push_str(event.metadata().level().as_str());
        event.record(&mut |field: &Field, value: &dyn Debug| {
            log.push_str(&format!(" {}={value:?}", field.name()));
        });
        log.push('\n');
    }
}
