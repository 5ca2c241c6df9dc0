//! The page and the request with which it keeps up; `tests/browser.rs` looks at both in a browser.

use serde_json::json;

use super::*;
use crate::{
    Effect, known,
    testing::{bare, outcome, send, with_orders},
};

async fn all_since(simulator: &Simulator, since: &Value) -> Value {
    let line = format!("GET /_sim/all?since={since}");
    bare(simulator, &line, &[], "").await.json()
}

#[tokio::test(start_paused = true)]
async fn the_page_may_run_itself_and_nothing_else() {
    let seen = bare(&Simulator::new(), "GET /_sim/", &[], "").await;
    assert_eq!((seen.status, seen.text.as_str()), (200, PAGE));
    assert_eq!(seen.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(seen.header("cache-control"), "no-store");
    assert_eq!(seen.header("x-content-type-options"), "nosniff");
    let policy = seen.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    for one in ["<script", "<style"] {
        assert_eq!(PAGE.matches(one).count(), 1, "each {one} has to be allowed");
    }
    // A hash for each, of a text that is not empty.
    assert_eq!(policy.matches("'sha256-").count(), 2, "{policy}");
    assert!(!policy.contains(&source("")), "{policy}");
    for never in [
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        " style=",
        "src=",
    ] {
        assert!(!PAGE.contains(never), "{never} on the page");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_looks_for_the_page_is_shown_to_it() {
    for line in ["GET /", "GET /_sim"] {
        let seen = bare(&Simulator::new(), line, &[], "").await;
        assert_eq!(
            (seen.status, seen.header("location")),
            (303, "/_sim/"),
            "{line}"
        );
    }
    // What is not for the page is for Atlas.
    for line in ["POST /", "GET /api", "GET /_simulated"] {
        let seen = bare(&Simulator::new(), line, &[], "").await;
        assert_eq!(seen.status, 401, "{line}");
    }
}

#[test]
fn the_page_has_no_second_list_of_words() {
    let (head, rest) = PAGE.split_once("<style>").unwrap();
    let (_, form) = rest.split_once("</style>").unwrap();
    let shown = format!("{head}{form}");
    assert!(
        !shown.contains("<option"),
        "options come from the simulator"
    );
    for empty in ["<select", "<datalist"] {
        for list in shown.split(empty).skip(1) {
            let (_, list) = list.split_once('>').unwrap();
            assert!(
                list.starts_with("</"),
                "{empty} has something in it: {list}"
            );
        }
    }
    let words = crate::words::all();
    let states = [&words["states"]["lasting"], &words["states"]["passing"]];
    let states = states.into_iter().flat_map(|list| list.as_array().unwrap());
    let texts = states.chain(words["operations"].as_array().unwrap());
    let texts = texts.map(|word| word.as_str().unwrap());
    let names = [&words["ready"], &words["effects"]];
    let names = names
        .into_iter()
        .flat_map(|map| map.as_object().unwrap().keys());
    // Words that are English too, such as "stop", may be in a sentence.
    let is_telling = |word: &str| word.contains(|c: char| c == '_' || c.is_ascii_uppercase());
    let telling: Vec<&str> = texts
        .chain(names.map(String::as_str))
        .filter(|word| is_telling(word))
        .collect();
    assert!(telling.len() > 40, "{telling:?}");
    for word in telling {
        assert!(!shown.contains(word), "{word} is written on the page");
    }
}

#[tokio::test(start_paused = true)]
async fn one_request_tells_all_that_is_to_be_seen() {
    let simulator = with_orders("STOPPED");
    tokio::time::advance(Duration::from_secs(2)).await;
    simulator.settings(|settings| {
        settings.start = crate::StartBehaviour::slow("STARTING", crate::Lag::Polls(1))
    });
    for fault in [
        r#"{"operation":"start","effect":{"ready":"service_unavailable","processed":true}}"#,
        r#"{"processor":"orders","skip":3,"times":4294967295,"effect":{"after":[9,{"ready":"conflict"}]}}"#,
    ] {
        bare(&simulator, "POST /_sim/faults", &[], fault).await;
    }
    let told = all_since(&simulator, &json!(0)).await;
    assert_eq!(
        told["faults"],
        json!([
            { "number": 1, "operation": "start", "processor": null, "skip": 0, "times": 1, "on_challenge": false,
              "effect": { "ready": "service_unavailable", "processed": true } },
            { "number": 2, "operation": null, "processor": "orders", "skip": 3, "times": null, "on_challenge": false,
              "effect": { "after": [9, { "ready": "conflict" }] } },
        ])
    );
    let token = format!("bearer {}", known::ACCESS_TOKEN);
    let headers = [
        ("authorization", token.as_str()),
        ("user-agent", "somebody/1"),
    ];
    let headers = [
        headers[0],
        headers[1],
        ("accept", "application/vnd.atlas.2024-05-30+json"),
    ];
    bare(
        &simulator,
        "POST processor/orders:start?pretty=true",
        &headers,
        "{}",
    )
    .await;
    let told = all_since(&simulator, &told["changes"]).await;
    let path = format!("{}/processor/orders:start", crate::testing::WORKSPACE);
    assert_eq!(
        told["record"],
        json!([{
            "sequence": 0, "at_ms": 2000, "operation": "start", "method": "POST", "path": path, "query": "pretty=true", "body": "{}",
            "status": 503, "state_before": "STOPPED", "state_after": "STARTING", "agent": "somebody/1", "credential": "Bearer",
            "faults": [{ "ready": "service_unavailable", "processed": true }],
        }])
    );
    assert_eq!(told["faults"][0]["number"], 2, "the first has worn off");
    let one = &told["processors"][0];
    assert_eq!(
        (&one["name"], &one["tenant"]),
        (&json!("orders"), &json!(known::TENANT))
    );
    assert_eq!(
        (&one["state"], &one["ahead"]),
        (&json!("STARTING"), &json!(["STARTED"]))
    );
    assert_eq!(
        (&one["since_ms"], &one["starts"]),
        (&json!(2000), &json!([null]))
    );
}

#[tokio::test(start_paused = true)]
async fn only_what_is_new_travels_and_what_is_forgotten_is_known() {
    let simulator = with_orders("STOPPED");
    let sequences = |told: &Value| -> Vec<u64> {
        let record = told["record"].as_array().unwrap().iter();
        record
            .map(|entry| entry["sequence"].as_u64().unwrap())
            .collect()
    };
    send(&simulator, "GET processor/orders", "").await;
    simulator.fault(Fault::on(
        Operation::Get,
        Effect::Delay(Duration::from_secs(5)),
    ));
    let other = simulator.clone();
    let slow = tokio::spawn(async move { send(&other, "GET processor/orders", "").await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let first = all_since(&simulator, &json!(0)).await;
    assert_eq!(sequences(&first), [1, 0]);
    assert_eq!(first["record"][0]["status"], json!(null));
    assert_eq!(first["record"][0]["faults"], json!([{ "delay": 5000 }]));
    let idle = all_since(&simulator, &first["changes"]).await;
    assert_eq!(
        (sequences(&idle), &idle["changes"]),
        (vec![], &first["changes"])
    );
    slow.await.unwrap();
    let answered = all_since(&simulator, &first["changes"]).await;
    assert_eq!(
        (sequences(&answered), &answered["record"][0]["status"]),
        (vec![1], &json!(200))
    );
    assert_eq!(answered["first"], 0);
    simulator.clear_record();
    assert_eq!(all_since(&simulator, &json!(0)).await["first"], 2);
    for _ in 0..MOST + 1 {
        send(&simulator, "GET processor/orders", "").await;
    }
    let many = all_since(&simulator, &answered["changes"]).await;
    assert_eq!(
        (sequences(&many).len(), sequences(&many)[0]),
        (MOST, MOST as u64 + 2)
    );
    for wrong in ["-1", "x"] {
        let seen = bare(&simulator, &format!("GET /_sim/all?since={wrong}"), &[], "").await;
        assert_eq!(seen.status, 400, "{wrong}: {}", seen.text);
    }
}

#[tokio::test(start_paused = true)]
async fn one_fault_is_removed_by_its_number() {
    let simulator = with_orders("STOPPED");
    for _ in 0..3 {
        simulator.fault(Fault::on_any(Effect::empty(503)));
    }
    for (body, left) in [
        (r#"{"number":2}"#, vec![1, 3]),
        (r#"{"number":2}"#, vec![1, 3]),
        ("", vec![]),
    ] {
        let seen = bare(&simulator, "DELETE /_sim/faults", &[], body)
            .await
            .json();
        let numbers = seen.as_array().unwrap().iter();
        let numbers: Vec<u64> = numbers
            .map(|fault| fault["number"].as_u64().unwrap())
            .collect();
        assert_eq!(numbers, left, "{body}");
    }
    simulator.fault(Fault::on_any(Effect::empty(503)));
    let seen = bare(&simulator, "DELETE /_sim/faults", &[], r#"{"nummer":4}"#).await;
    assert_eq!(
        seen.status, 400,
        "what is misspelt does not remove all: {}",
        seen.text
    );
    assert_eq!(simulator.world().faults.waiting().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn no_credential_gets_to_the_page() {
    let simulator = with_orders("STOPPED");
    for (line, authorization, body, credential) in [
        ("GET processors", "Bearer aSecret", "", "Bearer"),
        (
            "GET processors",
            "Digest username=\"aSecret\"",
            "",
            "Digest",
        ),
        (
            "POST /api/oauth/token",
            "Basic aSecret",
            "client_secret=aSecret",
            "Basic",
        ),
        (
            "POST /api/oauth/revoke",
            "Basic aSecret",
            "token=aSecret",
            "Basic",
        ),
        ("GET processors", "aSecret", "", "unknown scheme"),
    ] {
        simulator.clear_record();
        outcome(&simulator, line, &[("authorization", authorization)], body).await;
        let told = all_since(&simulator, &json!(0)).await;
        assert_eq!(told["record"][0]["credential"], credential, "{line}");
        assert!(!told.to_string().contains("aSecret"), "{told}");
    }
}
