//! Answers that keep to no schema.

use super::*;

#[tokio::test(start_paused = true)]
async fn odd_answers() {
    let long = "x".repeat(2_000);
    let cases = vec![
        Case::new("no errorCode", json(403, r#"{"error":403,"reason":"Forbidden","detail":"No."}"#), &[
            "HTTP 403 Forbidden, without errorCode",
            "Atlas said: No.",
            "Project Stream Processing Owner",
        ])
        .at(&["group_id"]),
        Case::new("a code that nobody knows", json(404, r#"{"error":404,"errorCode":"STREAM_THING_MISSING","reason":"Not Found","detail":"No thing."}"#), &[
            "errorCode STREAM_THING_MISSING",
            "`processor_name` (\"orders\")",
        ])
        .at(&["processor_name"]),
        Case::new("null everywhere", json(500, r#"{"error":500,"errorCode":"UNEXPECTED_ERROR","reason":null,"detail":null,"parameters":null,"badRequestDetail":null}"#), &[
            "HTTP 500 Internal Server Error, errorCode UNEXPECTED_ERROR",
            "says nothing about the reason",
            "apply again",
        ]),
        Case::new("parameters of mixed types", json(403, r#"{"error":403,"errorCode":"IP_ADDRESS_NOT_ON_ACCESS_LIST","reason":"Forbidden","detail":"IP address ? is not allowed.","parameters":[7,null,{"a":[]},"x"]}"#), &[
            "sees as the one in its message",
            "access list of the API key or service account itself",
        ]),
        Case::new("a second parameter that is no text", json(400, r#"{"error":400,"errorCode":"STREAM_PROCESSOR_GENERIC_ERROR","reason":"Bad Request","detail":"Streams Processor with this name (orders) had a problem occur: 7.","parameters":["orders",7]}"#), &[
            "had a problem occur: 7.",
            "Atlas UI",
        ])
        .at(&["processor_name"]),
        Case::new("HTML", response(502, "text/html", "<html><head><title>502 Bad Gateway</title></head>\n<body>nginx</body></html>"), &[
            "HTTP 502 Bad Gateway",
            "(text/html)",
            "<title>502 Bad Gateway</title>",
            "apply again",
        ]),
        Case::new("empty", response(502, "", ""), &["HTTP 502 Bad Gateway", "says nothing about the reason", "apply again"]),
        Case::new("truncated JSON", json(500, r#"{"error":500,"errorCode":"UNEX"#), &[
            "application/json",
            "It begins: {\"error\":500,\"errorCode\":\"UNEX",
            "apply again",
        ]),
        Case::new("broken off", response(400, "application/json", r#"{"error":400,"errorCode":"STREAM_PROCESSOR_GEN"#), &[
            "The body of the answer broke off",
            "end of file before message length reached",
            "STREAM_PROCESSOR_GEN",
            "HTTP 400 Bad Request",
            "Check the start options",
        ])
        .broken_off(),
        Case::new("broken off before its first byte", response(403, "application/json", ""), &[
            "The body of the answer broke off",
            "HTTP 403 Forbidden",
            "Project Stream Processing Owner",
        ])
        .at(&["group_id"])
        .broken_off(),
        Case::new("JSON by another name", response(404, "text/plain", r#"{"error":404,"errorCode":"GROUP_NOT_FOUND","reason":"Not Found","detail":"No group."}"#), &[
            "errorCode GROUP_NOT_FOUND",
            "Check `group_id`",
        ])
        .at(&["group_id"]),
        Case::new("too long", response(503, "text/plain", long), &["It begins: xxxx", "apply again"]),
        Case::new("terminal escapes", json(404, "{\"error\":404,\"errorCode\":\"GROUP_NOT_FOUND\",\"reason\":\"Not\\u0007 Found\",\"detail\":\"\\u001b[2J\\u001b]0;owned\\u0007gone\\u202e\"}"), &["gone", "Check `group_id`"])
            .at(&["group_id"]),
        Case::new("escapes in plain text", response(500, "text/plain", "\u{1b}[31mred\u{1b}[0m"), &["red", "apply again"]),
        Case::new("bytes", response(500, "application/octet-stream", vec![0xff, 0xfe, 0, 1]), &["application/octet-stream", "apply again"]),
        Case::new("404 of something else", response(404, "text/html", "<html>nothing here</html>"), &["does not look like Atlas'", "`base_url`"]),
        Case::new("403 of a proxy", response(403, "text/html", "<html>blocked by policy</html>"), &["proxy or firewall", "`HTTPS_PROXY`"]),
        Case::new("407", response(407, "text/html", "who are you"), &["proxy", "`HTTPS_PROXY`", "`NO_PROXY`"]),
        Case::new("redirect", response(302, "text/html", ""), &["HTTP 302 Found", "It is https://login.example.com/.", "`base_url`"])
            .header("location", "https://login.example.com/?secret=hush"),
        Case::new("a status from nowhere", json(418, r#"{"error":418,"reason":"I'm a teapot"}"#), &["HTTP 418", "`base_url`"]),
        Case::new("411", response(411, "text/html", "Length Required"), &["proxy", "`base_url`"]),
        Case::new("504 of a proxy", response(504, "text/html", "gateway time-out"), &["did not answer in time", "leaves open whether the request took effect", "sends no start"]),
        Case::new("in an envelope", json(200, r#"{"status":404,"content":{"error":404,"errorCode":"STREAM_TENANT_NOT_FOUND_FOR_NAME","reason":"Not Found","detail":"Stream instance for project and name workspace-1 not found."}}"#), &[
            "HTTP 404 Not Found, errorCode STREAM_TENANT_NOT_FOUND_FOR_NAME",
            "?envelope=true",
            "Check `tenant_name`",
        ])
        .at(&["tenant_name"])
        .by(Call::StartInEnvelope),
        Case::new("in an envelope of another form", json(200, r#"{"status":404,"body":{"error":404,"errorCode":"GROUP_NOT_FOUND","reason":"Not Found","detail":"No group."}}"#), &[
            "HTTP 404 Not Found, errorCode GROUP_NOT_FOUND",
            "Check `group_id`",
        ])
        .at(&["group_id"])
        .by(Call::StartInEnvelope),
        Case::new("an envelope that is none", response(200, "text/html", "<html>log in</html>"), &["cannot be understood", "leaves open whether the request took effect", "<html>log in</html>", "`base_url`"])
            .by(Call::StartInEnvelope),
        Case::new("a processor that is none", response(200, "text/html", "<html>log in</html>"), &["cannot be understood", "HTTP 200", "`base_url`"])
            .by(Call::Refresh),
        Case::new("a refresh that is refused", json(401, r#"{"error":401,"reason":"Unauthorized","detail":"You are not authorized for this resource."}"#), &[
            "Cannot read stream processor \"orders\"",
            "Request: GET ",
            "`access_token` in the provider block",
        ])
        .by(Call::Refresh),
    ];
    let text = all(cases).await;
    assert!(
        !text.contains(&"x".repeat(501)),
        "no more than 500 characters are shown"
    );
    golden("odd", &text);
}

#[tokio::test(start_paused = true)]
async fn a_body_over_the_limit_is_shown_by_its_start() {
    let mut case = Case::new(
        "oversized",
        response(500, "text/plain", "y".repeat(9_000)),
        &["It begins: yyy", "apply again"],
    );
    if let Answer::Response { truncated, .. } = &mut case.answer {
        *truncated = true;
    }
    let shown = case.shown().await;
    assert!(
        shown.contains(&"y".repeat(500)) && !shown.contains(&"y".repeat(501)),
        "{shown}"
    );
    golden("oversized", &shown);
}

#[tokio::test(start_paused = true)]
async fn every_attempt_is_counted() {
    let words = &["(3 attempts in ", "apply again"];
    let mut case = Case::new("repeated", response(503, "", ""), words).by(Call::Refresh);
    case.max_retries = 2;
    case.shown().await;
}

#[tokio::test(start_paused = true)]
async fn words_that_mean_something_else_elsewhere_mislead_nobody() {
    let cases = [
        (
            json(
                401,
                r#"{"error":401,"reason":"Unauthorized","detail":"Authentication failed."}"#,
            ),
            "connection registry",
        ),
        (
            json(
                403,
                r#"{"error":403,"errorCode":"SOMETHING","reason":"Forbidden","detail":"RBAC: access denied"}"#,
            ),
            "Inside Atlas",
        ),
        (
            response(502, "text/html", "<html>the backend is not running</html>"),
            "does not run",
        ),
        (response(502, "text/html", "<html></html>"), "errorCode"),
        (
            json(
                404,
                r#"{"error":404,"errorCode":"GROUP_NOT_FOUND","detail":"no checkpoint, no failover"}"#,
            ),
            "checkpoint = false",
        ),
    ];
    for (answer, misleading) in cases {
        let case = Case::new("misleading", answer, &[]);
        let whole: String = case.diagnostics().await.iter().map(show).collect();
        assert!(!whole.contains(misleading), "{whole}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_gateway_says_in_json_of_its_own_is_shown() {
    for (status, body, words) in [
        (
            403,
            r#"{"error":"Forbidden","message":"Blocked by policy 17"}"#,
            "HTTP 403 Forbidden",
        ),
        (
            404,
            r#"{"error":404,"message":"no route to host"}"#,
            "HTTP 404 Not Found",
        ),
    ] {
        let case = Case::new("a gateway", json(status, body), &[]);
        let whole: String = case.diagnostics().await.iter().map(show).collect();
        for words in [body, words, "does not look like Atlas'"] {
            assert!(whole.contains(words), "{words} in: {whole}");
        }
        assert!(!whole.contains("OAuth"), "{whole}");
    }
}
