//! Seeds for [`crate::handshake_environment`]: the variables that hosts set, as they should and should not be.

use super::super::handshake_environment::COOKIE;
use super::{Seed, TERMINAL_ORDERS};

/// Self-signed, as hosts make them, and of no use: its key was thrown away.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIBgDCCASWgAwIBAgIUKEJOnuFNL8ytVnut7IXFERI9oLkwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDE4MjcxM1oYDzIxMjYxMDMx
MTgyNzEzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATELXIIfd3asD0XLar26sagszqJ+JNYWEuxEVFk0NNxUl6drgRfzZVz
0lOBQvgBFrAN2bjWIyxxpGL/5VSpmq5ko1MwUTAdBgNVHQ4EFgQUdZ0W8YIEu2h6
TjdznnVf3UvUhfIwHwYDVR0jBBgwFoAUdZ0W8YIEu2h6TjdznnVf3UvUhfIwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAy3xvhOROUi4XjA6YfXYb
7mP4gVmeqj+NWBr1FvAh7KYCIQCb6H06bR/I7QFcMn+mlqGeax3l8e2YZbZJ75pH
PqL/Eg==
-----END CERTIFICATE-----
";

pub fn all() -> Vec<Seed> {
    let hosted = |variables: &[&str]| {
        let all: Vec<&str> = [COOKIE].iter().chain(variables).copied().collect();
        all.join("\0").into_bytes()
    };
    let directory = |name: &str| format!("PLUGIN_UNIX_SOCKET_DIR={name}");
    let temporary = |name: &str| format!("TMPDIR={name}");
    let certificate = |pem: &str| format!("PLUGIN_CLIENT_CERT={pem}");
    let cut = &CERTIFICATE[..CERTIFICATE.len() / 2];
    let spoiled = CERTIFICATE.replacen('M', "N", 3);
    vec![
        ("nothing_at_all", vec![]),
        ("the_cookie_alone", hosted(&[])),
        ("another_cookie", b"TF_PLUGIN_MAGIC_COOKIE=d602".to_vec()),
        ("an_empty_cookie", b"TF_PLUGIN_MAGIC_COOKIE=".to_vec()),
        (
            "a_cookie_that_is_no_utf8",
            b"TF_PLUGIN_MAGIC_COOKIE=\xff\xfe".to_vec(),
        ),
        (
            "as_hosts_set_it",
            hosted(&[
                "PLUGIN_PROTOCOL_VERSIONS=5,6",
                "PLUGIN_MIN_PORT=10000",
                "PLUGIN_MAX_PORT=25000",
                "TF_LOG=trace",
                "PLUGIN_UNIX_SOCKET_DIR=",
                "PLUGIN_UNIX_SOCKET_GROUP=",
                "PLUGIN_MULTIPLEX_GRPC=true",
                &certificate(CERTIFICATE),
            ]),
        ),
        ("a_certificate", hosted(&[&certificate(CERTIFICATE)])),
        ("a_certificate_cut_short", hosted(&[&certificate(cut)])),
        (
            "a_certificate_that_is_spoiled",
            hosted(&[&certificate(&spoiled)]),
        ),
        (
            "two_certificates",
            hosted(&[&certificate(&CERTIFICATE.repeat(2))]),
        ),
        (
            "a_certificate_of_nothing",
            hosted(&[&certificate(
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            )]),
        ),
        (
            "a_certificate_that_never_ends",
            hosted(&[&certificate(&format!(
                "-----BEGIN CERTIFICATE-----\n{}",
                "AAAA".repeat(700)
            ))]),
        ),
        (
            "a_key_for_a_certificate",
            hosted(&[&certificate(
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            )]),
        ),
        (
            "terminal_orders_for_a_certificate",
            hosted(&[&certificate(&format!(
                "-----BEGIN {TERMINAL_ORDERS}-----\n"
            ))]),
        ),
        (
            "versions_that_are_no_numbers",
            hosted(&["PLUGIN_PROTOCOL_VERSIONS=x, 6 ,,-1,99999999999999999999,\u{1b}[2J"]),
        ),
        (
            "ports_the_wrong_way_round",
            hosted(&["PLUGIN_MIN_PORT=25000", "PLUGIN_MAX_PORT=10000"]),
        ),
        (
            "ports_beyond_all_ports",
            hosted(&["PLUGIN_MIN_PORT=0", "PLUGIN_MAX_PORT=4294967296"]),
        ),
        ("a_directory", hosted(&[&directory("/run/plugin")])),
        (
            "a_directory_with_a_line_break",
            hosted(&[&directory("/tmp/a\n1|6|tcp|evil:1|grpc|")]),
        ),
        (
            "a_directory_with_a_field_s_end",
            hosted(&[&directory("/tmp/a|grpc|b")]),
        ),
        (
            "a_directory_with_terminal_orders",
            hosted(&[&directory(TERMINAL_ORDERS)]),
        ),
        (
            "a_directory_that_is_no_utf8",
            [&hosted(&[]), &b"\0PLUGIN_UNIX_SOCKET_DIR=/tmp/\xff"[..]].concat(),
        ),
        (
            "a_directory_that_is_long",
            hosted(&[&directory(&"/d".repeat(1000))]),
        ),
        ("a_temporary_directory", hosted(&[&temporary("/var/tmp")])),
        (
            "a_temporary_directory_with_a_line_break",
            hosted(&[&temporary("/tmp/a\nb")]),
        ),
        (
            "a_temporary_directory_with_a_field_s_end",
            hosted(&[&temporary("/tmp/a|b")]),
        ),
        (
            "a_temporary_directory_that_is_no_utf8",
            [&hosted(&[]), &b"\0TMPDIR=/tmp/\xff"[..]].concat(),
        ),
        (
            "a_temporary_directory_that_is_long",
            hosted(&[&temporary(&"/d".repeat(1000))]),
        ),
        ("multiplexing", hosted(&["PLUGIN_MULTIPLEX_GRPC=\u{1b}"])),
        (
            "a_log_level_of_nothing_known",
            hosted(&["TF_LOG_PROVIDER_ATLAS=ünïcode", "TF_LOG=off"]),
        ),
        ("a_variable_twice", hosted(&["TF_PLUGIN_MAGIC_COOKIE=no"])),
        ("a_variable_without_a_name", hosted(&["=x", "no equals"])),
    ]
}
