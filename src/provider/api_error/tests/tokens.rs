//! Failures of the request for an access token.

use super::*;

fn token(answer: Answer) -> Answer {
    Answer::Token(Box::new(answer))
}

#[tokio::test(start_paused = true)]
async fn refused_tokens() {
    let cases = [
        Case::new(
            "invalid_client",
            token(json(
                401,
                r#"{"error_description":"Invalid credentials provided.","error":"invalid_client"}"#,
            )),
            &[
                "no access token for the service account",
                "Atlas said: Invalid credentials provided.",
                "HTTP 401 Unauthorized, OAuth error invalid_client",
                "`client_id`",
                "`client_secret`",
                "Request: POST https://cloud.mongodb.com/api/oauth/token",
            ],
        ),
        Case::new(
            "access_denied",
            token(json(
                403,
                r#"{"error_description":"Access Token limit reached. Please use the existing Access Token or create a new Service Account.","error":"access_denied"}"#,
            )),
            &[
                "Access Token limit reached",
                "100",
                "Wait until old ones have expired",
            ],
        ),
        Case::new(
            "invalid_request",
            token(json(400, r#"{"error":"invalid_request"}"#)),
            &[
                "OAuth error invalid_request",
                "https://cloud.mongodb.com/api/oauth/token",
                "`base_url`",
            ],
        ),
        Case::new(
            "server_error",
            token(json(
                500,
                r#"{"error":"server_error","error_description":"Unexpected error."}"#,
            )),
            &[
                "OAuth error server_error",
                "nothing was done with the processor",
                "Apply again",
            ],
        ),
        Case::new(
            "429",
            token(json(
                429,
                r#"{"error":429,"errorCode":"RATE_LIMITED","reason":"Too Many Requests","detail":"Resource /api/oauth/token is limited to 50 requests every 1 minutes.","parameters":["/api/oauth/token",50,1]}"#,
            )),
            &[
                "limited to 50 requests every 1 minutes",
                "HTTP 429 Too Many Requests",
                "service account from this address",
                "Wait a minute",
            ],
        ),
        Case::new(
            "401 without a word",
            token(response(401, "", "")),
            &[
                "no access token for the service account",
                "Atlas does not accept the service account",
                "`client_id` and `client_secret`",
            ],
        ),
        Case::new(
            "403 without a code",
            token(json(
                403,
                r#"{"error":403,"reason":"Forbidden","detail":"No."}"#,
            )),
            &[
                "Atlas refuses an access token",
                "the service account still exists",
                "access list is no cause of this as far as is known",
            ],
        ),
        Case::new(
            "404 of Atlas",
            token(json(
                404,
                r#"{"error":404,"reason":"Not Found","detail":"No."}"#,
            )),
            &[
                "not understood where it arrived",
                "`base_url`",
                "https://cloud.mongodb.com/api/oauth/token",
            ],
        ),
        Case::new(
            "429 without a code",
            token(response(429, "", "").header("retry-after", "30")),
            &[
                "those of the service account from this address",
                "Atlas asks to wait 30s.",
                "Wait a minute",
            ],
        ),
        Case::new(
            "HTML",
            token(response(503, "text/html", "<html>down</html>")),
            &["HTTP 503", "<html>down</html>", "Apply again"],
        ),
        Case::new(
            "no token in it",
            token(json(200, "[]")),
            &["no access token", "cannot be understood", "`base_url`"],
        ),
        Case::new(
            "no answer",
            token(Answer::Silence(ExchangeError::NotSent {
                cause: Arc::new(std::io::Error::other("dns error")),
            })),
            &[
                "no access token",
                "cloud.mongodb.com could not be reached",
                "dns error",
                "`HTTPS_PROXY`",
            ],
        ),
        Case::new(
            "no answer in time",
            token(Answer::Silence(ExchangeError::TimedOut {
                after: Duration::from_secs(90),
                sent: true,
            })),
            &["no access token", "within 1m30s", "`request_timeout`"],
        ),
    ];
    let cases = cases
        .map(|case| case.with(CredentialKind::ServiceAccount))
        .into();
    let text = all(cases).await;
    for misleading in [
        "that it gave to",
        "everybody who works in the project",
        "state in the Atlas UI",
    ] {
        assert!(!text.contains(misleading), "{misleading} in: {text}");
    }
    golden("tokens", &text);
}
