//! Who may use the control API from a browser: the simulator's own page, and no other.
//!
//! It needs no credentials, and every page that somebody has open can send requests to loopback. Two headers tell them apart:
//! the name under which a browser came here, which a foreign site can point at loopback but not change (DNS rebinding), and the
//! origin of the page that asks. What is no browser may leave out both.

use std::net::IpAddr;

use http::{header, uri::Authority};

use crate::call::Call;

/// Refuses those who came by another name than one of loopback, and pages from elsewhere. The error says why.
pub(crate) fn admit(call: &Call) -> Result<(), String> {
    let hosts: Vec<&str> = call
        .authority
        .as_deref()
        .into_iter()
        .chain(texts(call, header::HOST))
        .collect();
    if let Some(host) = hosts.iter().find(|host| !is_loopback(host)) {
        return Err(format!(
            "{host:?} is not a name of loopback, such as 127.0.0.1 or localhost"
        ));
    }
    for origin in texts(call, header::ORIGIN) {
        let own = |host: &&str| origin.eq_ignore_ascii_case(&format!("http://{host}"));
        if !hosts.iter().any(own) {
            return Err(format!("a page of {origin:?} is not the simulator's own"));
        }
    }
    Ok(())
}

/// All values of a header; one that is no text is no name either.
fn texts(call: &Call, name: header::HeaderName) -> impl Iterator<Item = &str> {
    let values = call.headers.get_all(name).into_iter();
    values.map(|value| value.to_str().unwrap_or_default())
}

fn is_loopback(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host().trim_matches(['[', ']']);
    name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use crate::{
        Simulator,
        testing::{bare, with_orders},
    };

    #[tokio::test(start_paused = true)]
    async fn only_loopback_and_the_own_page_are_let_in() {
        for (headers, status) in [
            (&[][..], 200),
            (&[("host", "127.0.0.1:8380")], 200),
            (&[("host", "localhost")], 200),
            (&[("host", "[::1]:8380")], 200),
            (&[("host", "evil.example:8380")], 403),
            (&[("host", "127.0.0.1.evil.example")], 403),
            (&[("host", "192.0.2.7")], 403),
            (&[("host", "")], 403),
            (&[("host", "localhost"), ("host", "evil.example")], 403),
            (
                &[
                    ("host", "127.0.0.1:8380"),
                    ("origin", "http://127.0.0.1:8380"),
                ],
                200,
            ),
            (
                &[
                    ("host", "127.0.0.1:8380"),
                    ("origin", "http://127.0.0.1:8381"),
                ],
                403,
            ),
            (
                &[
                    ("host", "127.0.0.1:8380"),
                    ("origin", "http://localhost:8380"),
                ],
                403,
            ),
            (
                &[
                    ("host", "127.0.0.1:8380"),
                    ("origin", "https://evil.example"),
                ],
                403,
            ),
            // A file, or a frame in a sandbox.
            (&[("host", "127.0.0.1:8380"), ("origin", "null")], 403),
            (&[("origin", "http://127.0.0.1:8380")], 403),
        ] {
            for (line, body) in [
                ("GET /_sim/", ""),
                ("GET /_sim/all", ""),
                ("GET /_sim/record", ""),
                (
                    "POST /_sim/processors",
                    r#"{"name":"orders","state":"FAILED"}"#,
                ),
                ("DELETE /_sim/processors", r#"{"name":"orders"}"#),
                ("DELETE /_sim/record", ""),
                ("PATCH /_sim/settings", "{}"),
            ] {
                let simulator = with_orders("STOPPED");
                let seen = bare(&simulator, line, headers, body).await;
                assert_eq!(seen.status, status, "{line} {headers:?}: {}", seen.text);
                if status == 403 {
                    assert!(seen.json()["problem"].is_string(), "{}", seen.text);
                    assert_eq!(simulator.state("orders").as_deref(), Some("STOPPED"));
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_name_in_the_target_counts_too() {
        for (authority, status) in [("127.0.0.1:8380", 200), ("evil.example", 403)] {
            let request = http::Request::get(format!("http://{authority}/_sim/faults"));
            let request = request.header("host", "127.0.0.1:8380");
            let request = request.body(bytes::Bytes::new()).unwrap();
            let outcome = Simulator::new().handle(request).await;
            assert_eq!(outcome.status(), Some(status), "{authority}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn atlas_itself_goes_by_any_name() {
        let headers = [
            ("host", "cloud.example"),
            ("origin", "https://evil.example"),
        ];
        let seen = bare(&with_orders("STOPPED"), "GET processors", &headers, "").await;
        assert_eq!(seen.status, 401);
    }
}
