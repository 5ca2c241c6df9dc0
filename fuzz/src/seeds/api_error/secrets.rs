//! Answers that echo a secret of ours, each in another spelling or another place.

use super::super::super::api_error::{SECRET, SERVICE_ACCOUNT};
use super::{JSON, Seed, answer, of_code};

pub(super) fn all() -> Vec<Seed> {
    vec![
        (
            "our_secret_in_words",
            answer(
                0,
                400,
                JSON,
                of_code("X", &format!("Bearer {SECRET} is wrong")),
            ),
        ),
        (
            "our_secret_in_no_json",
            answer(
                0,
                500,
                "",
                format!("Authorization: Bearer {SECRET}\r\n{SECRET}"),
            ),
        ),
        (
            "our_secret_percent_encoded",
            answer(
                SERVICE_ACCOUNT,
                400,
                JSON,
                of_code("X", "s3cret%2Dtoken%2Bof%2Fours%3D%3D"),
            ),
        ),
        (
            "our_secret_with_escapes_of_json",
            answer(0, 400, JSON, of_code("X", "\\u00733cret-token+of/ours==")),
        ),
        (
            "our_secret_in_headers",
            answer(
                0,
                400,
                &format!("Content-Type: {SECRET}\nX-Request-Id: {SECRET}\n"),
                "x",
            ),
        ),
        (
            "our_secret_in_the_headers_of_no_token",
            answer(
                SERVICE_ACCOUNT,
                206,
                &format!("Content-Type: {SECRET}\n"),
                "",
            ),
        ),
        (
            "our_secret_in_a_redirect",
            answer(
                0,
                307,
                &format!("Location: https://{SECRET}@example.com/{SECRET}?{SECRET}#{SECRET}\n"),
                "",
            ),
        ),
        (
            "our_secret_as_only_a_url_spells_it",
            answer(
                0,
                307,
                &format!(
                    "Location: /{}/{}\n",
                    SECRET.replace('/', "\\"),
                    SECRET.replace('-', "\t-")
                ),
                "",
            ),
        ),
        (
            "our_secret_in_a_field",
            answer(
                0,
                400,
                JSON,
                format!(
                    r#"{{"errorCode":"X","badRequestDetail":{{"fields":[{{"field":"{SECRET}","description":"{SECRET}"}}]}}}}"#
                ),
            ),
        ),
    ]
}
