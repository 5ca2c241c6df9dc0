//! The simulator behind a socket, spoken to byte by byte.

#![allow(
    clippy::expect_used,
    reason = "a test may panic, and so may what it calls"
)]

use std::{
    io::{Error, ErrorKind},
    time::Duration,
};

use atlas_simulator::{Effect, Fault, Operation, Simulator, known};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

/// Longer than anything here takes, unless it never ends.
const PATIENCE: Duration = Duration::from_secs(20);

async fn served() -> (Simulator, TcpStream) {
    let simulator = Simulator::new();
    simulator.add_processor("orders", "STOPPED");
    simulator.settings(|settings| settings.drip = Duration::from_millis(1));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(simulator.clone().serve(listener));
    (
        simulator,
        TcpStream::connect(address).await.expect("a connection"),
    )
}

/// Sends a request for `orders`, and reads until the other side closes.
async fn ask(
    stream: &mut TcpStream,
    method: &str,
    verb: &str,
    more: &str,
) -> (String, Result<(), Error>) {
    let request = format!(
        "{method} /api/atlas/v2/groups/{}/streams/{}/processor/orders{verb} HTTP/1.1\r\nhost: atlas\r\n\
         accept: application/vnd.atlas.2024-05-30+json\r\nauthorization: Bearer {}\r\n{more}\r\n",
        known::GROUP_ID,
        known::TENANT,
        known::ACCESS_TOKEN,
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut seen = Vec::new();
    let end = timeout(PATIENCE, stream.read_to_end(&mut seen))
        .await
        .expect("it ends");
    (String::from_utf8(seen).expect("text"), end.map(drop))
}

/// Splits an answer into the promised length and the body.
fn length_and_body(answer: &str) -> (usize, &str) {
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .expect("a length");
    (length.parse().expect("a number"), body)
}

#[tokio::test]
async fn a_start_is_answered_with_no_body() {
    let (simulator, mut stream) = served().await;
    let (answer, _) = ask(
        &mut stream,
        "POST",
        ":start",
        "content-length: 0\r\nconnection: close\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert_eq!(length_and_body(&answer), (0, ""));
    assert_eq!(simulator.state("orders").as_deref(), Some("STARTED"));
}

#[tokio::test]
async fn a_chunked_start_without_a_body_is_one_too() {
    let (simulator, mut stream) = served().await;
    let more = "transfer-encoding: chunked\r\nconnection: close\r\n\r\n0\r\n";
    let (answer, _) = ask(&mut stream, "POST", ":start", more).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert_eq!(simulator.calls(Operation::Start), 1);
}

#[tokio::test]
async fn a_reset_comes_before_any_byte() {
    for processed in [true, false] {
        let (simulator, mut stream) = served().await;
        simulator.fault(Fault::on(Operation::Start, Effect::Reset { processed }));
        let (answer, end) = ask(&mut stream, "POST", ":start", "content-length: 0\r\n").await;
        assert_eq!(answer, "");
        assert_eq!(end.expect_err("a reset").kind(), ErrorKind::ConnectionReset);
        let expected = if processed { "STARTED" } else { "STOPPED" };
        assert_eq!(simulator.state("orders").as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn a_truncated_answer_breaks_off_in_its_body() {
    let (simulator, mut stream) = served().await;
    simulator.fault(Fault::on(Operation::Get, Effect::Truncate));
    let (answer, _) = ask(&mut stream, "GET", "", "").await;
    let (length, body) = length_and_body(&answer);
    assert!(
        !body.is_empty() && body.len() < length,
        "{length} promised: {answer}"
    );
}

#[tokio::test]
async fn an_empty_answer_drips_as_blanks() {
    let (simulator, mut stream) = served().await;
    simulator.fault(Fault::on(Operation::Start, Effect::SlowDrip));
    let (answer, _) = ask(
        &mut stream,
        "POST",
        ":start",
        "content-length: 0\r\nconnection: close\r\n",
    )
    .await;
    let (length, body) = length_and_body(&answer);
    assert_eq!((body.len(), body.trim()), (length, ""));
}

#[tokio::test]
async fn a_connection_is_kept_unless_the_fault_says_otherwise() {
    let (simulator, mut stream) = served().await;
    for _ in 0..2 {
        let request = "DELETE /_sim/faults HTTP/1.1\r\nhost: localhost\r\n\r\n";
        stream
            .write_all(request.as_bytes())
            .await
            .expect("the connection is there");
        let mut seen = Vec::new();
        while !seen.ends_with(b"\r\n\r\n[]\n") {
            let byte = timeout(PATIENCE, stream.read_u8())
                .await
                .expect("an answer");
            seen.push(byte.expect("the connection is still there"));
        }
    }
    simulator.fault(Fault::on(Operation::Get, Effect::CloseConnection));
    let (answer, end) = ask(&mut stream, "GET", "", "").await;
    assert!(
        end.is_ok(),
        "the simulator closes without being asked to: {answer}"
    );
    assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
}

#[tokio::test]
async fn an_idle_connection_is_closed_without_a_word() {
    let simulator = Simulator::new();
    simulator.add_processor("orders", "STOPPED");
    simulator.settings(|settings| settings.keep_alive = Some(Duration::from_millis(50)));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(simulator.clone().serve(listener));
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let (answer, end) = ask(&mut stream, "GET", "", "").await;
    assert!(
        end.is_ok() && answer.starts_with("HTTP/1.1 200 OK\r\n"),
        "{answer}"
    );
    assert!(
        !answer.to_lowercase().contains("\r\nconnection:"),
        "{answer}"
    );
}

#[tokio::test]
async fn an_answer_that_never_comes_leaves_the_connection_open() {
    let (simulator, mut stream) = served().await;
    simulator.fault(Fault::on(
        Operation::Start,
        Effect::NoAnswer { processed: true },
    ));
    let asking =
        tokio::spawn(
            async move { ask(&mut stream, "POST", ":start", "content-length: 0\r\n").await },
        );
    let started = async {
        while simulator.state("orders").as_deref() != Some("STARTED") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, started).await.expect("it is processed");
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!asking.is_finished(), "neither an answer nor an end");
    let record = simulator.record();
    assert_eq!((record.len(), record[0].status), (1, None));
}

#[tokio::test]
async fn http_2_is_spoken_without_an_upgrade() {
    let (_simulator, mut stream) = served().await;
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";
    stream.write_all(preface).await.expect("sent");
    let mut frame = [0; 9];
    timeout(PATIENCE, stream.read_exact(&mut frame))
        .await
        .expect("it answers")
        .expect("a frame");
    assert_eq!(frame[3], 4, "the first frame is SETTINGS");
}
