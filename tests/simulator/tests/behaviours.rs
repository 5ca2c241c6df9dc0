//! Everything that Atlas may do, switched on as from outside: with requests to `/_sim/` and nothing else.

#![allow(
    clippy::expect_used,
    reason = "a test may panic, and so may what it calls"
)]

use std::fmt::Write;

use atlas_simulator::{Outcome, Simulator, known};
use bytes::Bytes;
use http::Request;
use serde_json::Value;

const BEHAVIOURS: &str = include_str!("behaviours.txt");

#[tokio::test(start_paused = true)]
async fn every_behaviour_can_be_switched_on_from_outside() {
    for behaviour in BEHAVIOURS.split("\n# ").skip(1) {
        let (title, lines) = behaviour.split_once('\n').expect("a title and lines");
        let simulator = Simulator::new();
        simulator.add_processor("orders", "STOPPED");
        let (mut asked, mut answer, mut first) = ("", String::new(), false);
        for line in lines.lines().filter(|line| !line.is_empty()) {
            if let Some(request) = line.strip_prefix("> ") {
                answer = send(&simulator, request).await;
                (asked, first) = (request, true);
                continue;
            }
            let expected = line.strip_prefix("< ").expect("a line of an answer");
            let holds = match expected.strip_prefix("not ") {
                Some(absent) => !answer.contains(absent),
                None if first && expected.starts_with(|c: char| c.is_ascii_digit()) => {
                    answer.lines().next() == Some(expected)
                }
                None => answer.contains(expected),
            };
            assert!(holds, "{title}\n> {asked}\n< {expected}\n\n{answer}");
            first = false;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_ready_answer_comes_by_its_name() {
    let simulator = Simulator::new();
    let listed = send(&simulator, "GET /_sim/ready").await;
    let (_, listed) = listed.split_once("\n\n").expect("a body");
    let ready: Value = serde_json::from_str(listed).expect("JSON");
    for (name, effect) in ready.as_object().expect("an object") {
        let fault = format!(r#"POST /_sim/faults {{"effect":{{"ready":"{name}"}}}}"#);
        send(&simulator, &fault).await;
        let seen = send(&simulator, "POST processor/orders:start").await;
        let status = effect["answer"]["status"].to_string();
        assert!(seen.starts_with(&status), "{name}: {seen}");
    }
}

/// Sends a request in memory; the answer as it is written in behaviours.txt.
async fn send(simulator: &Simulator, line: &str) -> String {
    let (anonymous, line) = match line.strip_prefix("anonymous ") {
        Some(line) => (true, line),
        None => (false, line),
    };
    let mut words = line.splitn(3, ' ');
    let method = words.next().expect("a method");
    let target = words.next().expect("a target");
    let target = if target.starts_with('/') {
        target.to_owned()
    } else {
        let (group, tenant) = (known::GROUP_ID, known::TENANT);
        format!("/api/atlas/v2/groups/{group}/streams/{tenant}/{target}")
    };
    let mut request = Request::builder()
        .method(method)
        .uri(target)
        .header("accept", "application/vnd.atlas.2025-03-12+json");
    if !anonymous {
        request = request.header("authorization", format!("Bearer {}", known::ACCESS_TOKEN));
    }
    let body = Bytes::from(words.next().unwrap_or_default().to_owned());
    let request = request.body(body).expect("a request");
    match simulator.handle(request).await {
        Outcome::Response(response) => written(&response),
        other => format!("{other:?}"),
    }
}

fn written(response: &http::Response<Bytes>) -> String {
    let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let mut text = response.status().as_u16().to_string();
    for member in ["errorCode", "state"] {
        if let Some(value) = body[member].as_str() {
            text = format!("{text} {value}");
        }
    }
    for (name, value) in response.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        write!(text, "\n{name}: {value}").expect("a string takes all");
    }
    format!("{text}\n\n{}", String::from_utf8_lossy(response.body()))
}
