//! Where credentials come from.

use super::*;

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
