//! Answers with much of something: what the libraries that read them tell apart by number and order, so that the fuzzer need not
//! find it out letter by letter.

use super::super::super::api_error::{LOOK, OPTIONS};
use super::{JSON, Seed, answer};

/// The headers that the HTTP library has names of its own for.
const HEADERS: &[&str] = &[
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "accept-ranges",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "access-control-request-headers",
    "access-control-request-method",
    "age",
    "allow",
    "alt-svc",
    "authorization",
    "cache-control",
    "cache-status",
    "cdn-cache-control",
    "connection",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-range",
    "content-security-policy",
    "content-security-policy-report-only",
    "content-type",
    "cookie",
    "date",
    "dnt",
    "etag",
    "expect",
    "expires",
    "forwarded",
    "from",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "last-modified",
    "link",
    "location",
    "max-forwards",
    "origin",
    "pragma",
    "proxy-authenticate",
    "proxy-authorization",
    "public-key-pins",
    "public-key-pins-report-only",
    "range",
    "referer",
    "referrer-policy",
    "refresh",
    "retry-after",
    "sec-websocket-accept",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-protocol",
    "sec-websocket-version",
    "server",
    "set-cookie",
    "strict-transport-security",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "upgrade-insecure-requests",
    "user-agent",
    "vary",
    "via",
    "warning",
    "www-authenticate",
    "x-content-type-options",
    "x-dns-prefetch-control",
    "x-frame-options",
    "x-xss-protection",
];

/// As much as fits into what the fuzzer tries.
const HEADERS_AT_ONCE: usize = 27;
const KEYS_AT_ONCE: usize = 120;

pub(super) fn all() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for names in HEADERS.chunks(HEADERS_AT_ONCE) {
        let headers: String = names.iter().map(|name| format!("{name}: 1\n")).collect();
        seeds.push((
            "headers_with_names_of_their_own",
            answer(0, 503, &headers, "x"),
        ));
        let twice: String = names
            .iter()
            .map(|name| format!("{name}:a\n{name}:b\n"))
            .collect();
        seeds.push(("headers_twice", answer(LOOK, 403, &twice, "")));
    }
    for number in [2, 8, 20, 21, 33, 50, 64, 65, KEYS_AT_ONCE] {
        for (name, step) in [
            ("keys_in_order", 1),
            ("keys_backwards", number - 1),
            ("keys_mixed", 37),
        ] {
            let keys = (0..number).map(|index| format!("\"{:02x}\":0", (index * step) % number));
            let object = format!("{{{}}}", keys.collect::<Vec<_>>().join(","));
            seeds.push((name, answer(OPTIONS, 200, JSON, &object)));
        }
        let runs = (0..number).map(|index| format!("\"{:02x}\":0", (index % 7) * 16 + index / 7));
        let object = format!("{{{}}}", runs.collect::<Vec<_>>().join(","));
        seeds.push(("keys_in_runs", answer(OPTIONS, 200, JSON, &object)));
    }
    seeds
}
