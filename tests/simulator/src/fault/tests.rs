//! What faults hit, and what they do.

use serde_json::json;
use tokio::time::Instant;

use super::*;
use crate::{
    Outcome, known,
    testing::{bare, outcome, send, with_orders},
};

#[tokio::test(start_paused = true)]
async fn a_fault_hits_what_it_is_for_and_as_often_as_it_says() {
    let simulator = with_orders("STARTED");
    simulator.add_processor("other", "STARTED");
    simulator.fault(
        Fault::on(Operation::Get, Effect::empty(503))
            .of("orders")
            .skip(1)
            .times(2),
    );
    simulator.fault(Fault::on(Operation::Get, Effect::empty(502)));
    for (line, status) in [
        ("GET processors", 200),
        ("GET processor/orders", 502),
        ("GET processor/other", 200),
        ("GET processor/orders", 503),
        ("GET processor/orders", 503),
        ("GET processor/orders", 200),
    ] {
        assert_eq!(send(&simulator, line, "").await.status, status, "{line}");
    }
    simulator.fault(Fault::on_any(Effect::empty(500)).always());
    for _ in 0..3 {
        assert_eq!(send(&simulator, "GET processors", "").await.status, 500);
    }
    simulator.clear_faults();
    assert_eq!(send(&simulator, "GET processors", "").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn whether_a_failed_start_took_effect() {
    let timeout = |processed| Effect::stream_processor_timeout(known::TENANT, "orders", processed);
    for (effect, status, after) in [
        (timeout(true), Some(504), "STARTED"),
        (timeout(false), Some(504), "STOPPED"),
        (Effect::unexpected_error(true), Some(500), "STARTED"),
        (Effect::NoAnswer { processed: true }, None, "STARTED"),
        (Effect::NoAnswer { processed: false }, None, "STOPPED"),
        (Effect::Reset { processed: true }, None, "STARTED"),
        (Effect::Reset { processed: false }, None, "STOPPED"),
        (Effect::SlowDrip, Some(200), "STARTED"),
        (Effect::Truncate, Some(200), "STARTED"),
        (Effect::CloseConnection, Some(200), "STARTED"),
        (Effect::Oversize(1000), Some(200), "STARTED"),
        (
            Effect::Redirect("http://127.0.0.1:1/".to_owned()),
            Some(307),
            "STOPPED",
        ),
        (Effect::Delay(Duration::from_secs(1)), Some(200), "STARTED"),
    ] {
        let simulator = with_orders("STOPPED");
        simulator.fault(Fault::on(Operation::Start, effect.clone()));
        let token = format!("Bearer {}", known::ACCESS_TOKEN);
        let headers = [
            ("authorization", token.as_str()),
            ("accept", "application/vnd.atlas.2024-05-30+json"),
        ];
        let seen = outcome(&simulator, "POST processor/orders:start", &headers, "").await;
        assert_eq!(
            (seen.status(), simulator.record()[0].status),
            (status, status),
            "{effect:?}"
        );
        assert_eq!(
            simulator.state("orders").as_deref(),
            Some(after),
            "{effect:?}"
        );
        assert_eq!(
            simulator.record()[0].state_after.as_deref(),
            Some(after),
            "{effect:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_after_a_while_took_effect_before() {
    let simulator = with_orders("STOPPED");
    let effect = Effect::stream_processor_timeout(known::TENANT, "orders", true)
        .after(Duration::from_secs(30));
    simulator.fault(Fault::on(Operation::Start, effect));
    let (began, other) = (Instant::now(), simulator.clone());
    let start = tokio::spawn(async move { send(&other, "POST processor/orders:start", "").await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(
        send(&simulator, "GET processor/orders", "").await.state(),
        "STARTED"
    );
    let seen = start.await.expect("no panic");
    assert_eq!(
        (seen.verdict().as_str(), began.elapsed().as_secs()),
        ("504 STREAM_PROCESSOR_TIMEOUT", 30)
    );
    assert_eq!(seen.json()["parameters"], json!([known::TENANT, "orders"]));
}

#[tokio::test(start_paused = true)]
async fn atlas_may_still_be_at_it_after_its_answer() {
    let timeout = Effect::stream_processor_timeout(known::TENANT, "orders", false);
    let (wait, patience) = (Duration::from_secs(20), Duration::from_secs(1));
    for (effect, answered) in [
        (timeout, true),
        (Effect::NoAnswer { processed: false }, true),
        (Effect::empty(502).after(Duration::from_secs(60)), false),
    ] {
        let simulator = with_orders("STOPPED");
        simulator.fault(Fault::on(Operation::Start, effect.processed_late(wait)));
        let token = format!("Bearer {}", known::ACCESS_TOKEN);
        let headers = [
            ("authorization", token.as_str()),
            ("accept", "application/vnd.atlas.2024-05-30+json"),
        ];
        let start = outcome(&simulator, "POST processor/orders:start", &headers, "");
        assert_eq!(
            tokio::time::timeout(patience, start).await.is_ok(),
            answered
        );
        assert_eq!(simulator.state("orders").as_deref(), Some("STOPPED"));
        tokio::time::advance(wait).await;
        assert_eq!(simulator.state("orders").as_deref(), Some("STARTED"));
        assert_eq!(simulator.starts("orders").len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn faults_wait_for_good_credentials_unless_they_spoil_them() {
    let simulator = with_orders("STOPPED");
    simulator.fault(Fault::on_any(Effect::html(503)));
    assert_eq!(
        bare(&simulator, "GET processor/orders", &[], "")
            .await
            .status,
        401
    );
    assert_eq!(
        send(&simulator, "GET processor/orders", "").await.status,
        503
    );
    simulator.fault(Fault::on_any(Effect::ExpireTokens).skip(1));
    assert_eq!(
        send(&simulator, "GET processor/orders", "").await.status,
        200
    );
    let seen = send(&simulator, "GET processor/orders", "").await;
    assert_eq!(seen.verdict(), "401");
    simulator.set_access_token_is_good(true);
    assert_eq!(
        send(&simulator, "GET processor/orders", "").await.status,
        200
    );
}

#[tokio::test(start_paused = true)]
async fn the_token_endpoint_fails_too() {
    let simulator = with_orders("STOPPED");
    simulator.fault(Fault::on(Operation::Token, Effect::token_limit_reached()));
    let seen = bare(&simulator, "POST /api/oauth/token", &[], "").await;
    assert_eq!(
        (seen.status, &seen.json()["error"]),
        (403, &json!("access_denied"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_given_up_leaves_no_status() {
    let simulator = with_orders("STOPPED");
    simulator.fault(Fault::on(
        Operation::Get,
        Effect::Delay(Duration::from_secs(60)),
    ));
    let patience = Duration::from_secs(1);
    let given_up =
        tokio::time::timeout(patience, send(&simulator, "GET processor/orders", "")).await;
    assert!(given_up.is_err());
    assert_eq!(simulator.record()[0].status, None);
    assert!(matches!(
        outcome(&simulator, "GET processor/orders", &[], "").await,
        Outcome::Response(response) if response.status() == 401
    ));
}

#[tokio::test(start_paused = true)]
async fn a_challenge_fails_too_and_nothing_is_done_for_whom_nobody_knows() {
    for (effect, seen) in [
        (Effect::Reset { processed: true }, None),
        (Effect::NoAnswer { processed: true }, None),
        (Effect::SlowDrip, Some(401)),
        (Effect::Truncate, Some(401)),
        (Effect::unexpected_error(true), Some(500)),
        (
            Effect::empty(502).processed_late(Duration::from_secs(1)),
            Some(502),
        ),
    ] {
        let simulator = with_orders("STOPPED");
        simulator.fault(Fault::on_challenge(effect.clone()));
        let start = "POST processor/orders:start";
        let token = format!("Bearer {}", known::ACCESS_TOKEN);
        let good = [
            ("authorization", token.as_str()),
            ("accept", "application/vnd.atlas.2024-05-30+json"),
        ];
        let failed = outcome(&simulator, start, &[], "").await;
        assert_eq!(failed.status(), seen, "{effect:?}");
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(
            simulator.state("orders").as_deref(),
            Some("STOPPED"),
            "{effect:?}"
        );
        let known = outcome(&simulator, start, &good, "").await;
        assert_eq!(known.status(), Some(200), "{effect:?}");
    }
}
