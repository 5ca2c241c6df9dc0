//! What is wrong with a provider block or an environment, and what a person is told.

use super::*;

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
