//! Seeds for [`crate::api_error`]: how it was asked, and the answer as HTTP writes it.

mod locations;
mod many;
mod secrets;
mod values;

use super::super::api_error::{
    API_KEY, BROKEN_OFF, ENVELOPE, LOOK, OPTIONS, SECRET, SERVICE_ACCOUNT, STOP, TRUNCATED,
};
use super::{Seed, TERMINAL_ORDERS, joined, many};

const JSON: &str = "Content-Type: application/json\n";

fn answer(how: u8, status: u16, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let head = format!("{status}\n{headers}\n");
    joined(&[&[how], head.as_bytes(), body.as_ref()])
}

fn of_code(code: &str, detail: &str) -> String {
    format!(
        r#"{{"error":400,"errorCode":"{code}","detail":"{detail}","parameters":["a","b",0,1e-308,1e308]}}"#
    )
}

pub fn all() -> Vec<Seed> {
    let mut seeds = answers();
    seeds.extend(secrets::all());
    seeds.extend(locations::all());
    seeds.extend(many::all());
    seeds.extend(values::all());
    seeds
}

fn answers() -> Vec<Seed> {
    let orders = serde_json::to_string(TERMINAL_ORDERS).expect("a text is JSON");
    let full = format!(
        r#"{{"error":400,"errorCode":"STREAM_PROCESSOR_GENERIC_ERROR","reason":{orders},"detail":{orders},"parameters":["p",{orders},3,{{"k":null}}],"badRequestDetail":{{"fields":[{{"field":"tier","description":{orders}}},{{"field":{orders},"description":"x"}}]}}}}"#
    );
    let fields = format!(
        r#"{{"error":400,"errorCode":"X","detail":"{}","badRequestDetail":{{"fields":[{}{{}}]}}}}"#,
        "d".repeat(500),
        r#"{"field":"f"},"#.repeat(200)
    );
    let headers = format!(
        "Content-Type: text/\u{9b}31m\nX-Request-Id: {0}\nX-MongoDB-Service-Version: \u{85}\u{202e}\nRetry-After: 99999999999999999999\nLocation: https://example.com/\u{9b}?token={SECRET}\n",
        "\u{61c}\u{9d}0;title"
    );
    vec![
        ("a_success", answer(0, 200, JSON, "{}")),
        ("a_success_without_a_body", answer(0, 202, "", "")),
        (
            "a_dry_run_of_terminal_orders_and_our_secret",
            answer(
                OPTIONS,
                200,
                JSON,
                format!(r#"{{{orders}:[{orders},"{SECRET}"]}}"#),
            ),
        ),
        (
            "a_processor",
            answer(
                LOOK,
                200,
                JSON,
                r#"{"_id":"66f0","name":"orders","state":"STARTED","tier":"SP10"}"#,
            ),
        ),
        (
            "a_processor_in_a_state_of_terminal_orders",
            answer(
                LOOK,
                200,
                JSON,
                format!(r#"{{"_id":{orders},"state":{orders},"tier":{orders}}}"#),
            ),
        ),
        (
            "a_processor_in_a_state_of_our_secret",
            answer(LOOK, 200, JSON, format!(r#"{{"state":"{SECRET}"}}"#)),
        ),
        ("a_processor_without_a_state", answer(LOOK, 200, JSON, "{}")),
        (
            "a_processor_cut_short",
            answer(LOOK | TRUNCATED, 200, JSON, r#"{"state":"#),
        ),
        ("terminal_orders_everywhere", answer(0, 400, JSON, &full)),
        (
            "terminal_orders_in_headers",
            answer(0, 404, &headers, "<html>\u{1b}[2J\u{9b}"),
        ),
        (
            "terminal_orders_in_a_redirect",
            answer(0, 307, &headers, ""),
        ),
        (
            "a_redirect_to_no_url",
            answer(0, 302, "Location: http://[\u{9b}\u{202e}?a\n", ""),
        ),
        (
            "terminal_orders_in_a_token_s_refusal",
            answer(
                SERVICE_ACCOUNT,
                401,
                JSON,
                format!(
                    r#"{{"error":{orders},"error_description":{orders},"errorCode":{orders}}}"#
                ),
            ),
        ),
        (
            "a_token",
            answer(
                SERVICE_ACCOUNT,
                200,
                JSON,
                r#"{"access_token":"t","token_type":"Bearer","expires_in":3600}"#,
            ),
        ),
        (
            "a_token_with_a_line_break",
            answer(
                SERVICE_ACCOUNT,
                200,
                JSON,
                r#"{"access_token":"t\r\nX-Evil: 1","token_type":"Bearer","expires_in":1e999999999}"#,
            ),
        ),
        (
            "a_token_for_ever",
            answer(
                SERVICE_ACCOUNT,
                200,
                JSON,
                r#"{"access_token":"t","token_type":"Bearer","expires_in":99999999999999999999}"#,
            ),
        ),
        (
            "an_oauth_error",
            answer(
                SERVICE_ACCOUNT,
                401,
                JSON,
                r#"{"error":"invalid_client","error_description":"Invalid credentials."}"#,
            ),
        ),
        (
            "an_envelope",
            answer(ENVELOPE, 200, JSON, r#"{"status":200,"content":{"a":1}}"#),
        ),
        (
            "an_envelope_with_a_failure",
            answer(
                ENVELOPE,
                200,
                JSON,
                r#"{"status":"403","content":{"error":403,"errorCode":"ACCESS_FORBIDDEN","detail":"No."}}"#,
            ),
        ),
        (
            "an_envelope_with_an_impossible_status",
            answer(
                ENVELOPE,
                200,
                JSON,
                r#"{"status":99999999999,"content":[]}"#,
            ),
        ),
        (
            "an_envelope_that_is_no_json",
            answer(ENVELOPE | STOP, 200, JSON, "<html>"),
        ),
        (
            "an_envelope_that_breaks_off",
            answer(ENVELOPE | BROKEN_OFF, 200, JSON, r#"{"status":2"#),
        ),
        (
            "a_refusal_that_breaks_off",
            answer(BROKEN_OFF, 403, JSON, r#"{"error":40"#),
        ),
        (
            "a_wrong_group",
            answer(0, 404, JSON, of_code("GROUP_NOT_FOUND", "No such group.")),
        ),
        (
            "a_wrong_processor",
            answer(
                LOOK,
                404,
                JSON,
                of_code("STREAM_PROCESSOR_NOT_FOUND", "Gone."),
            ),
        ),
        (
            "an_address_that_is_not_allowed",
            answer(
                API_KEY,
                403,
                JSON,
                of_code("IP_ADDRESS_NOT_ON_ACCESS_LIST", "IP 1.2.3.4"),
            ),
        ),
        (
            "a_tier_too_small",
            answer(
                OPTIONS,
                400,
                JSON,
                of_code(
                    "STREAM_PROCESSOR_GENERIC_ERROR",
                    "Minimum tier for this workload: SP30 or larger.",
                ),
            ),
        ),
        (
            "a_minimum_tier_beside_odd_letters",
            answer(
                0,
                400,
                JSON,
                of_code("X", "İİ minimum tier ſK SP99999999999 SP10"),
            ),
        ),
        (
            "a_rate_limit_beyond_all_time",
            answer(
                0,
                429,
                "Retry-After: 18446744073709551615\nRateLimit-Remaining: 18446744073709551616\n",
                of_code("RATE_LIMITED_TOKEN_BUCKET", "Slow down."),
            ),
        ),
        (
            "a_retry_after_of_a_past_date",
            answer(0, 503, "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\n", ""),
        ),
        (
            "a_retry_after_of_no_date",
            answer(0, 503, "Retry-After: \u{9b}-1\n", ""),
        ),
        (
            "no_json",
            answer(
                0,
                502,
                "Content-Type: text/html\n",
                "<html>Bad Gateway</html>",
            ),
        ),
        ("no_body", answer(0, 500, "", "")),
        (
            "invalid_utf8",
            answer(0, 500, JSON, b"\xff\xfe{\"error\":500,\"detail\":\"\xff\"}"),
        ),
        (
            "invalid_utf8_in_json",
            answer(0, 500, JSON, b"{\"error\":500,\"detail\":\"\xff\xc3\"}"),
        ),
        (
            "a_letter_mark_in_no_json",
            answer(0, 403, "", "{\"e\u{61c}\u{2028}\u{2029}"),
        ),
        ("deep_nesting", answer(0, 400, JSON, many("[", 4000))),
        (
            "deep_but_readable",
            answer(
                0,
                400,
                JSON,
                format!(
                    r#"{{"error":400,"detail":"d","parameters":{}{}}}"#,
                    "[".repeat(120),
                    "]".repeat(120)
                ),
            ),
        ),
        (
            "a_huge_number",
            answer(
                ENVELOPE,
                400,
                JSON,
                r#"{"error":1e999999999,"status":1e400,"errorCode":"X"}"#,
            ),
        ),
        (
            "the_library_s_own_name_for_a_number",
            answer(
                0,
                400,
                JSON,
                r#"{"error":{"$serde_json::private::Number":"1e5"},"errorCode":"X"}"#,
            ),
        ),
        (
            "keys_twice",
            answer(
                0,
                400,
                JSON,
                r#"{"error":400,"error":"x","errorCode":"A","errorCode":"B","detail":null,"detail":"d"}"#,
            ),
        ),
        (
            "types_mixed_up",
            answer(
                0,
                400,
                JSON,
                r#"{"error":"400","errorCode":7,"reason":[],"detail":{},"parameters":{"a":1},"badRequestDetail":[{"fields":1}]}"#,
            ),
        ),
        ("two_hundred_fields", answer(0, 400, JSON, &fields)),
        (
            "a_long_detail",
            answer(0, 400, JSON, of_code("X", &"ä".repeat(1900))),
        ),
        (
            "a_field_of_every_kind",
            answer(
                OPTIONS,
                400,
                JSON,
                r#"{"errorCode":"X","badRequestDetail":{"fields":[{"field":"$.failover.region"},{"field":"/failover/clearCheckpoint","description":"x"},{"field":"groupId"},{"description":"y"},7]}}"#,
            ),
        ),
        ("a_status_beyond_all_names", answer(0, 799, "", "")),
        ("a_status_of_an_interim_answer", answer(0, 101, "", "")),
    ]
}
