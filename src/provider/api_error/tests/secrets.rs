//! No secret gets out, not even one that an answer echoes.

use super::*;

#[tokio::test(start_paused = true)]
async fn what_an_answer_echoes_is_blotted_out() {
    let secrets = [ACCESS_TOKEN, CLIENT_SECRET, PRIVATE_KEY, FETCHED_TOKEN];
    let echo = secrets.join(" ");
    for (kind, own) in [
        (CredentialKind::AccessToken, vec![ACCESS_TOKEN]),
        (
            CredentialKind::ServiceAccount,
            vec![CLIENT_SECRET, FETCHED_TOKEN],
        ),
        (CredentialKind::ApiKey, vec![PRIVATE_KEY]),
    ] {
        let body = serde_json::json!({
            "error": 400, "errorCode": "STREAM_PROCESSOR_GENERIC_ERROR", "reason": echo, "detail": echo,
            "parameters": [echo, echo],
            "badRequestDetail": {"fields": [{"field": echo, "description": echo}]},
        });
        for answer in [
            json(400, &body.to_string()),
            response(500, "text/html", echo.clone()),
            response(403, &echo, echo.clone()),
        ] {
            let case = Case::new("echo", answer, &[])
                .with(kind)
                .header("x-request-id", &echo);
            let whole: String = case.diagnostics().await.iter().map(show).collect();
            for secret in &own {
                assert!(!whole.contains(secret), "{secret}: {whole}");
            }
            assert!(
                whole.contains("(secret)"),
                "the echo got here at all: {whole}"
            );
        }
    }
}
