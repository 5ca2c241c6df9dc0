//! The operations as requests and answers, over an exchange in memory.

use std::time::Duration;

use super::{
    Failover, Flags, Kind, StartOptions, Verdict,
    testing::{Script, answer, client, context, path, settings, started},
};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn calls_can_be_made_from_any_task() {
    let script = Script::by(|_| started());
    let client = std::sync::Arc::new(client(settings(), &script));
    let context = context(MINUTE);
    let call = async move {
        client.processor(&path(), &context).await.unwrap();
        client
            .start(
                &path(),
                &StartOptions::default(),
                Flags::default(),
                &context,
            )
            .await
            .unwrap();
        client
            .stop(&path(), Flags::default(), &context)
            .await
            .unwrap();
        client.revoke().await;
    };
    tokio::spawn(call).await.unwrap();
    assert_eq!(script.asked().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_start_is_one_post_without_a_body() {
    let script = Script::of([answer(200, &[], "")]);
    let client = client(settings(), &script);
    let accepted = client
        .start(
            &path(),
            &StartOptions::default(),
            Flags::default(),
            &context(MINUTE),
        )
        .await
        .unwrap();
    assert_eq!(
        (accepted.body, accepted.at),
        (None, "2026-10-21T07:28:00Z".parse().unwrap())
    );
    let [request] = &script.asked()[..] else {
        panic!("one request")
    };
    assert_eq!(request.method, "POST");
    assert_eq!(
        request.url.as_str(),
        "https://cloud.mongodb.com/api/atlas/v2/groups/0123456789abcdef01234567/streams/workspace-1/processor/orders:start"
    );
    assert_eq!(request.body, None);
    let header = |name: &str| {
        request
            .headers
            .get(name)
            .map(|value| value.to_str().unwrap())
    };
    assert_eq!(header("content-length"), Some("0"));
    assert_eq!(header("content-type"), None);
    assert_eq!(
        header("accept"),
        Some("application/vnd.atlas.2024-05-30+json")
    );
    assert_eq!(
        header("user-agent"),
        Some(
            "terraform-provider-atlas/1.0.0 Terraform/1.15.5 (atlas_stream_processor_start create)"
        )
    );
    assert_eq!(header("authorization"), Some("Bearer secret-access-token"));
    assert!(request.headers["authorization"].is_sensitive());
}

#[tokio::test(start_paused = true)]
async fn a_start_with_options_is_another_operation() {
    let script = Script::of([answer(200, &[], r#"{"dryRun":"ok"}"#)]);
    let options = StartOptions {
        failover: Some(Failover {
            region: "VIRGINIA_USA".to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let flags = Flags {
        envelope: Some(false),
        pretty: Some(true),
    };
    let accepted = client(settings(), &script)
        .start(&path(), &options, flags, &context(MINUTE))
        .await
        .unwrap();
    assert_eq!(accepted.body, Some(serde_json::json!({"dryRun": "ok"})));
    let [request] = &script.asked()[..] else {
        panic!("one request")
    };
    assert!(
        request
            .url
            .as_str()
            .ends_with("/orders:startWith?envelope=false&pretty=true"),
        "{}",
        request.url
    );
    assert_eq!(
        request.body.as_deref(),
        Some(br#"{"failover":{"region":"VIRGINIA_USA"}}"#.as_slice())
    );
    for name in ["accept", "content-type"] {
        assert_eq!(
            request.headers[name],
            "application/vnd.atlas.2025-03-12+json"
        );
    }
    assert!(!request.headers.contains_key("content-length"));
}

#[tokio::test(start_paused = true)]
async fn any_body_of_a_plain_success_is_tolerated_that_atlas_may_have_written() {
    for (body, tolerated) in [
        ("", true),
        (" \n", true),
        ("{}", true),
        ("null", true),
        ("{\"status\": 409}", true),
        ("<html>", false),
        ("OK", false),
    ] {
        let script = Script::of([answer(200, &[], body)]);
        let stopped = client(settings(), &script)
            .stop(&path(), Flags::default(), &context(MINUTE))
            .await;
        let refused = stopped.err().map(|error| error.kind());
        assert_eq!(refused, (!tolerated).then_some(Kind::BadAnswer), "{body:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn with_an_envelope_the_status_inside_counts() {
    let flags = Flags {
        envelope: Some(true),
        pretty: None,
    };
    let good = [
        ("", None),
        (r#"{"status":200}"#, None),
        (
            r#"{"status":200,"content":{"a":1}}"#,
            Some(serde_json::json!({"a": 1})),
        ),
    ];
    for (body, content) in good {
        let script = Script::of([answer(200, &[], body)]);
        let accepted = client(settings(), &script)
            .start(&path(), &StartOptions::default(), flags, &context(MINUTE))
            .await
            .unwrap();
        assert_eq!(accepted.body, content);
    }
    let script = Script::of([answer(
        200,
        &[],
        r#"{"status":504,"content":{"error":504,"errorCode":"STREAM_PROCESSOR_TIMEOUT","detail":"timed out"}}"#,
    )]);
    let error = client(settings(), &script)
        .start(&path(), &StartOptions::default(), flags, &context(MINUTE))
        .await
        .unwrap_err();
    assert_eq!(
        (
            error.kind(),
            error.status(),
            error.error_code(),
            error.message()
        ),
        (
            Kind::Api,
            Some(504),
            Some("STREAM_PROCESSOR_TIMEOUT"),
            Some("timed out")
        )
    );
    assert_eq!(
        (
            error.verdict(),
            error.may_have_been_processed(),
            error.attempts()
        ),
        (Verdict::LookLong, true, 1)
    );
    let script = Script::of([answer(200, &[], "<html>")]);
    let error = client(settings(), &script)
        .start(&path(), &StartOptions::default(), flags, &context(MINUTE))
        .await
        .unwrap_err();
    assert_eq!(
        (
            error.kind(),
            error.verdict(),
            error.may_have_been_processed()
        ),
        (Kind::BadAnswer, Verdict::Look, true)
    );
}

#[tokio::test(start_paused = true)]
async fn a_post_is_never_repeated() {
    for status in [429, 500, 502, 503, 504, 401, 409] {
        let script = Script::of([answer(status, &[("retry-after", "1")], "")]);
        let error = client(settings(), &script)
            .start(
                &path(),
                &StartOptions::default(),
                Flags::default(),
                &context(MINUTE),
            )
            .await
            .unwrap_err();
        assert_eq!(
            (error.status(), error.attempts(), script.asked().len()),
            (Some(status), 1, 1)
        );
        assert_eq!(error.may_have_been_processed(), status >= 500, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_tells_everything() {
    let headers = [
        ("content-type", "text/html"),
        ("x-mongodb-service-version", "gitHash=1"),
        ("x-request-id", "r\u{9}1"),
        ("set-cookie", "hidden"),
    ];
    let script = Script::of([answer(
        503,
        &headers,
        format!(
            "<h1>\u{1b}[31mno</h1> Bearer secret-access-token {}",
            "x".repeat(1_000)
        ),
    )]);
    let error = client(settings(), &script)
        .stop(&path(), Flags::default(), &context(MINUTE))
        .await
        .unwrap_err();
    assert_eq!(error.content_type(), Some("text/html"));
    let excerpt = error.excerpt().unwrap();
    assert!(
        excerpt.starts_with("<h1>\u{fffd}[31mno</h1> Bearer (secret) xxx"),
        "{excerpt}"
    );
    assert_eq!(excerpt.chars().count(), 500);
    assert_eq!(
        error.headers(),
        [
            (
                "x-mongodb-service-version".to_owned(),
                "gitHash=1".to_owned()
            ),
            ("x-request-id".to_owned(), "r 1".to_owned())
        ]
    );
    assert_eq!((error.method(), error.has_atlas_body()), ("POST", false));
    assert!(error.url().ends_with("/orders:stop"));
    assert!(
        error
            .to_string()
            .ends_with("/orders:stop: the answer is no success, HTTP 503"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn only_atlas_speaks_as_atlas() {
    let cases = [
        (
            r#"{"error":404,"errorCode":"GROUP_NOT_FOUND","detail":"no"}"#,
            true,
        ),
        (r#"{"error":404,"reason":"Not Found","detail":null}"#, true),
        (r#"{"errorCode":"GROUP_NOT_FOUND"}"#, true),
        // Nobody asked for an envelope.
        (
            r#"{"status":404,"content":{"errorCode":"GROUP_NOT_FOUND"}}"#,
            false,
        ),
        (r#"{"error":404}"#, false),
        (r#"{"detail":"Not Found"}"#, false),
        (r#"{"error":"not found"}"#, false),
        ("<h1>404</h1>", false),
        ("", false),
    ];
    for (body, atlas) in cases {
        let script = Script::of([answer(404, &[], body)]);
        let error = client(settings(), &script)
            .processor(&path(), &context(MINUTE))
            .await
            .unwrap_err();
        assert_eq!(error.has_atlas_body(), atlas, "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_redirect_is_an_error_that_says_where_it_pointed() {
    for (location, shown) in [
        (
            "https://u:p@login.example/x?token=hidden#y",
            "https://login.example/x",
        ),
        ("/login?next=hidden", "https://cloud.mongodb.com/login"),
    ] {
        let script = Script::of([answer(302, &[("location", location)], "")]);
        let error = client(settings(), &script)
            .processor(&path(), &context(MINUTE))
            .await
            .unwrap_err();
        assert_eq!(
            (
                error.kind(),
                error.status(),
                error.location(),
                error.verdict()
            ),
            (Kind::Api, Some(302), Some(shown), Verdict::Final)
        );
        assert!(!format!("{error} {error:?}").contains("hidden"));
    }
}

#[tokio::test(start_paused = true)]
async fn what_can_not_be_sent_fails_before_anything_is_sent() {
    let script = Script::of([]);
    let mut unknown = settings();
    unknown.credentials = None;
    let client_without = client(unknown, &script);
    assert!(!client_without.has_credentials());
    let error = client_without
        .processor(&path(), &context(MINUTE))
        .await
        .unwrap_err();
    assert_eq!(
        (
            error.kind(),
            error.attempts(),
            error.may_have_been_processed()
        ),
        (Kind::NoCredentials, 0, false)
    );

    let mut dots = path();
    dots.processor_name = "..".to_owned();
    let error = client(settings(), &script)
        .start(
            &dots,
            &StartOptions::default(),
            Flags::default(),
            &context(MINUTE),
        )
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.verdict()),
        (Kind::BadRequest, Verdict::Final)
    );
    assert_eq!(
        std::error::Error::source(&error).unwrap().to_string(),
        "the processor_name \"..\" can not be part of a URL"
    );

    let mut odd = settings();
    odd.api_version = "2024\n".to_owned();
    let error = client(odd, &script)
        .stop(&path(), Flags::default(), &context(MINUTE))
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::BadRequest, 0));
}

#[tokio::test(start_paused = true)]
async fn debug_forms_hold_no_secret() {
    let script = Script::of([]);
    let client = client(settings(), &script);
    assert!(!format!("{client:?} {:?}", settings()).contains("secret-access-token"));
    assert!(format!("{client:?}").contains("AccessToken(..)"));
}
