//! go-plugin's own services, signals, outputs, and the end of the process.

use super::{WITHOUT_TOKEN, answers, ends_within, launch, start};
use plugin_host::goplugin::{ConnInfo, Empty};
use plugin_host::{Network, Peer, Signal};
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, timeout};
use tokio_stream::StreamExt as _;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;

/// Long enough to be sure that nothing comes.
const SILENCE: Duration = Duration::from_millis(300);

/// What a host waits for the end of a plugin before it kills it.
const END: Duration = Duration::from_secs(2);

#[tokio::test]
async fn check_14_stdio_and_broker_stay_open_and_say_nothing() {
    let plugin = start().await;
    let mut stdio = plugin.stdio().stream_stdio(()).await.unwrap().into_inner();
    let offers = tokio_stream::pending::<ConnInfo>();
    let mut broker = plugin
        .broker()
        .start_stream(offers)
        .await
        .unwrap()
        .into_inner();
    let (said, offered) = tokio::join!(
        timeout(SILENCE, stdio.next()),
        timeout(SILENCE, broker.next())
    );
    assert!(said.is_err(), "{said:?}");
    assert!(offered.is_err(), "{offered:?}");
    // Both end with the plugin, and in order.
    let ended = tokio::spawn(plugin.shutdown());
    assert!(stdio.next().await.is_none());
    assert!(broker.next().await.is_none());
    assert!(ended.await.unwrap().unwrap().status.success());
}

#[tokio::test]
async fn check_14_the_broker_ends_when_the_host_has_no_more_to_offer() {
    let plugin = start().await;
    let mut broker = plugin
        .broker()
        .start_stream(tokio_stream::empty())
        .await
        .unwrap()
        .into_inner();
    assert!(broker.next().await.is_none());
}

#[tokio::test]
async fn check_14_health_is_told_under_the_name_that_hosts_use() {
    let plugin = start().await;
    answers(plugin.channel()).await.unwrap();
    let other = HealthCheckRequest {
        service: "other".to_owned(),
    };
    assert_eq!(
        plugin.health().check(other).await.unwrap_err().code(),
        Code::NotFound
    );
}

#[tokio::test]
async fn check_14_a_service_that_is_not_there_is_unimplemented() {
    let plugin = start().await;
    let mut client = tonic::client::Grpc::new(plugin.channel());
    client.ready().await.unwrap();
    let path = http::uri::PathAndQuery::from_static("/plugin.Unheard/Of");
    let codec = tonic_prost::ProstCodec::<Empty, Empty>::default();
    let error = client
        .unary(tonic::Request::new(Empty {}), path, codec)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::Unimplemented);
}

#[tokio::test]
async fn check_15_shutdown_is_answered_and_ends_the_process() {
    ends_within(start().await.shutdown().await.unwrap(), WITHOUT_TOKEN);
}

#[tokio::test]
async fn check_15_open_streams_do_not_hold_up_the_end() {
    let plugin = start().await;
    let stdio = plugin.stdio().stream_stdio(()).await.unwrap();
    let broker = plugin
        .broker()
        .start_stream(tokio_stream::pending::<ConnInfo>())
        .await
        .unwrap();
    let request = HealthCheckRequest {
        service: "plugin".to_owned(),
    };
    let health = plugin.health().watch(request).await.unwrap();
    ends_within(plugin.shutdown().await.unwrap(), WITHOUT_TOKEN);
    drop((stdio, broker, health));
}

#[tokio::test]
async fn check_15_peers_that_never_say_anything_do_not_hold_up_the_end() {
    for launch in [launch(), launch().plaintext()] {
        let plugin = launch.start().await.unwrap();
        let silent = plugin.open().await.unwrap();
        ends_within(plugin.shutdown().await.unwrap(), WITHOUT_TOKEN);
        drop(silent);
    }
}

#[tokio::test]
async fn check_16_an_interrupt_is_for_the_host_alone() {
    let mut plugin = start().await;
    for _ in 0..3 {
        plugin.signal(Signal::Interrupt).unwrap();
        answers(plugin.channel()).await.unwrap();
    }
    tokio::time::sleep(SILENCE).await;
    assert!(plugin.is_running().unwrap());
    answers(plugin.channel()).await.unwrap();
    assert_eq!(plugin.shutdown().await.unwrap().status.code(), Some(0));
}

#[tokio::test]
async fn check_16_an_idle_provider_ends_when_it_is_told_to_terminate() {
    let mut plugin = start().await;
    let stdio = plugin.stdio().stream_stdio(()).await.unwrap();
    plugin.signal(Signal::Terminate).unwrap();
    let ended = plugin.ended(Instant::now(), END).await.unwrap();
    assert_eq!(ended.status.code(), Some(0));
    let Network::Unix(socket) = &plugin.handshake().network else {
        panic!("no Unix socket")
    };
    assert!(!socket.exists() && !socket.parent().unwrap().exists());
    drop(stdio);
}

#[tokio::test]
async fn check_16_a_provider_whose_host_is_gone_ends_by_itself() {
    let mut process = launch()
        .env("TF_LOG_PROVIDER_ATLAS", "warn")
        .spawn()
        .await
        .unwrap();
    let channel = process.connect(Peer::default()).await.unwrap();
    answers(channel.clone()).await.unwrap();
    drop(channel);
    // It waits 10 s for another connection.
    let ended = process
        .ended(Instant::now(), Duration::from_secs(30))
        .await
        .unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert!(
        process
            .stderr()
            .iter()
            .any(|line| line.contains("the host is gone")),
        "{:?}",
        process.stderr()
    );
}

#[tokio::test]
async fn check_18_what_is_logged_is_what_hosts_can_read() {
    let mut plugin = launch().env("TF_LOG", "TRACE").start().await.unwrap();
    // Something to log: a peer that is refused, and a call of the provider.
    let _ = plugin
        .connect(Peer {
            presents: plugin_host::Presents::Nothing,
            ..Peer::default()
        })
        .await;
    let _ = plugin
        .provider()
        .get_provider_schema(plugin_host::tfplugin6::get_provider_schema::Request {})
        .await;
    plugin.controller().shutdown(Empty {}).await.unwrap();
    plugin.ended(Instant::now(), END).await.unwrap();
    assert_eq!(plugin.stdout(), [""; 0], "after the handshake line");
    let lines = plugin.stderr();
    assert!(!lines.is_empty());
    for text in lines {
        assert!(text.len() < 64 * 1024);
        let line: Value =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert!(line["@message"].is_string(), "{text}");
        assert!(
            ["trace", "debug", "info", "warn", "error"].contains(&line["@level"].as_str().unwrap()),
            "{text}"
        );
        // 2006-01-02T15:04:05.000000Z
        let time = line["@timestamp"].as_str().unwrap();
        let shape: String = time
            .chars()
            .map(|c| if c.is_ascii_digit() { '0' } else { c })
            .collect();
        assert_eq!(shape, "0000-00-00T00:00:00.000000Z");
    }
}

#[tokio::test]
async fn check_18_nothing_is_logged_unasked() {
    let mut plugin = start().await;
    answers(plugin.channel()).await.unwrap();
    plugin.controller().shutdown(Empty {}).await.unwrap();
    plugin.ended(Instant::now(), END).await.unwrap();
    assert_eq!((plugin.stdout(), plugin.stderr()), (vec![], vec![]));
}

#[tokio::test]
async fn check_19_nobody_keeps_the_outputs_open_after_a_kill() {
    let mut plugin = start().await;
    answers(plugin.channel()).await.unwrap();
    plugin.signal(Signal::Kill).unwrap();
    // Waits for the process and for the end of both outputs.
    assert!(
        !plugin
            .ended(Instant::now(), END)
            .await
            .unwrap()
            .status
            .success()
    );
}
