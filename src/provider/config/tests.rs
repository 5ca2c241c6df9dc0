//! What a provider block and an environment come to, case by case.

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
fn credentials_come_whole_from_one_source_and_the_strongest_kind_wins() {
    let cases: &[(Pairs<'_>, Pairs<'_>, &str)] = &[
        (&[], &[], "none"),
        (&[("access_token", "t")], &[], "token t"),
        (
            &[("client_id", "i"), ("client_secret", "s")],
            &[],
            "account i s",
        ),
        (&[("public_key", "p"), ("private_key", "q")], &[], "key p q"),
        (&[], &[("MONGODB_ATLAS_ACCESS_TOKEN", "t")], "token t"),
        (
            &[],
            &[
                ("MONGODB_ATLAS_CLIENT_ID", "i"),
                ("MONGODB_ATLAS_CLIENT_SECRET", "s"),
            ],
            "account i s",
        ),
        (
            &[],
            &[
                ("MONGODB_ATLAS_PUBLIC_API_KEY", "p"),
                ("MONGODB_ATLAS_PRIVATE_API_KEY", "q"),
            ],
            "key p q",
        ),
        (
            &[],
            &[
                ("MONGODB_ATLAS_PUBLIC_KEY", "p"),
                ("MONGODB_ATLAS_PRIVATE_KEY", "q"),
            ],
            "key p q",
        ),
        (
            &[],
            &[("MCLI_PUBLIC_API_KEY", "p"), ("MCLI_PRIVATE_API_KEY", "q")],
            "key p q",
        ),
        // The first name wins.
        (
            &[],
            &[
                ("MCLI_PUBLIC_API_KEY", "no"),
                ("MONGODB_ATLAS_PUBLIC_KEY", "no"),
                ("MONGODB_ATLAS_PUBLIC_API_KEY", "p"),
                ("MCLI_PRIVATE_API_KEY", "no"),
                ("MONGODB_ATLAS_PRIVATE_KEY", "q"),
            ],
            "key p q",
        ),
        // The block's weakest kind goes before the environment's strongest.
        (
            &[("public_key", "p"), ("private_key", "q")],
            &[("MONGODB_ATLAS_ACCESS_TOKEN", "t")],
            "key p q",
        ),
        // Empty is unset, in the block and in the environment.
        (
            &[("access_token", ""), ("public_key", "")],
            &[
                ("MONGODB_ATLAS_ACCESS_TOKEN", ""),
                ("MONGODB_ATLAS_CLIENT_ID", "i"),
                ("MONGODB_ATLAS_CLIENT_SECRET", "s"),
            ],
            "account i s",
        ),
        // Several kinds in one source.
        (
            &[
                ("public_key", "p"),
                ("private_key", "q"),
                ("client_id", "i"),
                ("client_secret", "s"),
                ("access_token", "t"),
            ],
            &[],
            "token t",
        ),
        (
            &[
                ("public_key", "p"),
                ("private_key", "q"),
                ("client_id", "i"),
                ("client_secret", "s"),
            ],
            &[],
            "account i s",
        ),
    ];
    for (config, env, expected) in cases {
        assert_eq!(
            spelled(&ready(config, env)),
            *expected,
            "{config:?} {env:?}"
        );
    }
}

#[test]
fn several_kinds_are_a_warning_that_validation_alone_gives() {
    let config: Pairs<'_> = &[
        ("public_key", "the-public"),
        ("private_key", "the-private"),
        ("client_id", "the-id"),
        ("client_secret", "the-secret"),
    ];
    let warning = only(config, &[]);
    assert_eq!(warning.severity, Severity::Warning);
    assert_eq!(warning.path, Some(Path::root("public_key")));
    for word in [
        "service account (`client_id`)",
        "API key (`public_key`)",
        "ignores an API key",
    ] {
        assert!(warning.detail.contains(word), "{word}: {}", warning.detail);
    }
    assert!(
        !warning.detail.contains("the-"),
        "no value: {}",
        warning.detail
    );
    ready(config, &[]);

    let warning = only(
        &[],
        &[
            ("MONGODB_ATLAS_ACCESS_TOKEN", "t"),
            ("MCLI_PUBLIC_API_KEY", "p"),
            ("MCLI_PRIVATE_API_KEY", "q"),
        ],
    );
    assert_eq!((warning.severity, warning.path), (Severity::Warning, None));
    for word in [
        "The environment",
        "MONGODB_ATLAS_ACCESS_TOKEN",
        "MCLI_PUBLIC_API_KEY",
    ] {
        assert!(warning.detail.contains(word), "{word}: {}", warning.detail);
    }
}

#[test]
fn what_is_wrong_is_an_error_on_its_attribute_that_names_what_to_do() {
    let cases: &[(Pairs<'_>, Pairs<'_>, &str, &[&str])] = &[
        (
            &[("client_id", "i")],
            &[],
            "client_secret",
            &["`client_id`", "Set `client_secret`"],
        ),
        (
            &[("client_secret", "s")],
            &[],
            "client_id",
            &["Set `client_id`"],
        ),
        (
            &[("public_key", "p")],
            &[],
            "private_key",
            &["API key", "Set `private_key`"],
        ),
        (
            &[("private_key", "q")],
            &[],
            "public_key",
            &["Set `public_key`"],
        ),
        // The environment does not complete the block.
        (
            &[("client_id", "i")],
            &[("MONGODB_ATLAS_CLIENT_SECRET", "s")],
            "client_secret",
            &[
                "`MONGODB_ATLAS_CLIENT_SECRET` does not complete it",
                "whole",
            ],
        ),
        (
            &[],
            &[("MONGODB_ATLAS_CLIENT_ID", "i")],
            "client_secret",
            &[
                "The environment has `MONGODB_ATLAS_CLIENT_ID`",
                "`MONGODB_ATLAS_CLIENT_SECRET`",
            ],
        ),
        (
            &[],
            &[("MCLI_PRIVATE_API_KEY", "q")],
            "public_key",
            &[
                "`MCLI_PRIVATE_API_KEY`",
                "`MONGODB_ATLAS_PUBLIC_API_KEY`",
                "`public_key`",
            ],
        ),
        (
            &[
                ("public_key", "mdb_sa_id_1"),
                ("private_key", "mdb_sa_sk_1"),
            ],
            &[],
            "public_key",
            &[
                "`public_key`",
                "mdb_sa",
                "into `client_id`",
                "`client_secret`",
            ],
        ),
        (
            &[("public_key", "mdb_sa_id_1")],
            &[],
            "public_key",
            &["into `client_id`"],
        ),
        (
            &[("public_key", "abcdefgh"), ("private_key", "mdb_sa_sk_1")],
            &[],
            "private_key",
            &["into `client_secret`"],
        ),
        (
            &[],
            &[
                ("MONGODB_ATLAS_PUBLIC_KEY", "mdb_sa_id_1"),
                ("MONGODB_ATLAS_PRIVATE_KEY", "q"),
            ],
            "public_key",
            &[
                "`MONGODB_ATLAS_PUBLIC_KEY`",
                "into `MONGODB_ATLAS_CLIENT_ID`",
            ],
        ),
        (
            &[("access_token", "secret\n")],
            &[],
            "access_token",
            &["`access_token`", "line break", "trimspace"],
        ),
        (
            &[],
            &[("MONGODB_ATLAS_ACCESS_TOKEN", "secret\r\n")],
            "access_token",
            &["`MONGODB_ATLAS_ACCESS_TOKEN`"],
        ),
        (
            &[("base_url", "cloud.mongodb.com")],
            &[],
            "base_url",
            &["`base_url`", "https://"],
        ),
        (
            &[("base_url", "ftp://cloud.mongodb.com")],
            &[],
            "base_url",
            &["https://"],
        ),
        (
            &[("base_url", "cloud.mongodb.com:443")],
            &[],
            "base_url",
            &["https://"],
        ),
        (&[("base_url", "https://")], &[], "base_url", &["not a URL"]),
        (
            &[("base_url", "https://u:secret@cloud.mongodb.com")],
            &[],
            "base_url",
            &["user name or a password"],
        ),
        (
            &[("base_url", "https://x.test/?secret=1")],
            &[],
            "base_url",
            &["query"],
        ),
        (
            &[("base_url", "https://x.test/#secret")],
            &[],
            "base_url",
            &["fragment"],
        ),
        (
            &[],
            &[("MCLI_OPS_MANAGER_URL", "nonsense")],
            "base_url",
            &["`MCLI_OPS_MANAGER_URL`", "`base_url`"],
        ),
        (
            &[("api_version", "2024-02-30")],
            &[],
            "api_version",
            &["2024-02-30", "2024-05-30"],
        ),
        (
            &[("api_version", "20240530")],
            &[],
            "api_version",
            &["2024-05-30"],
        ),
        (
            &[("api_version", "2024-05-30T00:00:00")],
            &[],
            "api_version",
            &["dates"],
        ),
        (
            &[("api_version", "preview")],
            &[],
            "api_version",
            &["\"preview\""],
        ),
        (
            &[("request_timeout", "90")],
            &[],
            "request_timeout",
            &["`request_timeout`", "\"90s\""],
        ),
        (
            &[("request_timeout", "0s")],
            &[],
            "request_timeout",
            &["greater than zero"],
        ),
        (
            &[("max_retries", "-1")],
            &[],
            "max_retries",
            &["`max_retries`", "from 0", "to 100"],
        ),
        (
            &[("max_retries", "1.5")],
            &[],
            "max_retries",
            &["whole number"],
        ),
        (&[("max_retries", "101")], &[], "max_retries", &["to 100"]),
        (
            &[("max_retries", "99999999999999999999")],
            &[],
            "max_retries",
            &["to 100"],
        ),
    ];
    for (config, env, attribute, words) in cases {
        let error = only(config, env);
        let text = format!("{}\n{}", error.summary, error.detail);
        assert_eq!(error.severity, Severity::Error, "{text}");
        assert_eq!(error.path, Some(Path::root(*attribute)), "{text}");
        assert!(!error.summary.ends_with('.'), "{text}");
        assert!(
            !text.contains("secret\n") && !text.contains("secret@"),
            "{text}"
        );
        assert!(
            !text.contains("secret=1") && !text.contains("#secret"),
            "{text}"
        );
        for word in *words {
            assert!(error.detail.contains(word), "{word:?} in: {text}");
        }

        let (configuration, diagnostics) = resolve(&block(config), &environment(env), "1.15.5");
        assert!(
            diagnostics.has_error(),
            "resolve refuses it too: {config:?} {env:?}"
        );
        assert!(matches!(configuration, Configuration::Unknown { .. }));
    }
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
fn the_base_url_is_resolved_by_itself() {
    let cases: &[(Pairs<'_>, Pairs<'_>, &str)] = &[
        (&[], &[], "https://cloud.mongodb.com/"),
        (
            &[("base_url", "")],
            &[("MONGODB_ATLAS_BASE_URL", "")],
            "https://cloud.mongodb.com/",
        ),
        (
            &[("base_url", "https://a.test")],
            &[("MONGODB_ATLAS_BASE_URL", "x")],
            "https://a.test/",
        ),
        (
            &[("access_token", "t")],
            &[("MONGODB_ATLAS_BASE_URL", "https://b.test/")],
            "https://b.test/",
        ),
        (
            &[],
            &[
                ("MCLI_OPS_MANAGER_URL", "https://no.test"),
                ("MONGODB_ATLAS_OPS_MANAGER_URL", "https://c.test//"),
            ],
            "https://c.test/",
        ),
        (
            &[("base_url", "HTTPS://D.test:8443/prefix/more//")],
            &[],
            "https://d.test:8443/prefix/more",
        ),
        (
            &[("base_url", "http://localhost:8080")],
            &[],
            "http://localhost:8080/",
        ),
        (
            &[("base_url", "http://127.0.0.2/")],
            &[],
            "http://127.0.0.2/",
        ),
        (
            &[("base_url", "http://[::1]:1/x/")],
            &[],
            "http://[::1]:1/x",
        ),
        (
            &[("base_url", "http://atlas.localhost")],
            &[],
            "http://atlas.localhost/",
        ),
    ];
    for (config, env, expected) in cases {
        assert_eq!(
            ready(config, env).base_url.as_str(),
            *expected,
            "{config:?} {env:?}"
        );
        assert!(
            validate(&block(config), &environment(env)).is_empty(),
            "{config:?}"
        );
    }
}

#[test]
fn http_to_another_machine_is_a_warning() {
    for host in [
        "cloud.mongodb.com",
        "localhost.example.com",
        "10.0.0.1",
        "[2001:db8::1]",
    ] {
        let url = format!("http://{host}");
        let warning = only(&[("base_url", &url)], &[]);
        assert_eq!(warning.severity, Severity::Warning);
        assert_eq!(warning.path, Some(Path::root("base_url")));
        assert!(warning.detail.contains("`base_url`") && warning.detail.contains("https://"));
        ready(&[("base_url", &url)], &[]);
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
