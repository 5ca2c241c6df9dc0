//! Where the API is.

use super::*;

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
