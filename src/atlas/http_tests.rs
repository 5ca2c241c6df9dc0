//! Real HTTP against small servers on loopback.

use std::future::Future;

use http::{HeaderMap, Method};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

use super::{super::testing::refusing, *};

/// A server that treats every connection by `serve`; its port.
async fn server<F: Future<Output = ()> + Send>(
    serve: impl Fn(TcpStream) -> F + Send + 'static,
) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            serve(stream).await;
        }
    });
    port
}

/// Reads a request to the end of its head (and what came with it).
async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut head).await.unwrap_or_default() == 0 {
            break;
        }
    }
    String::from_utf8(head).unwrap()
}

fn request(method: Method, port: u16) -> HttpRequest {
    let mut headers = HeaderMap::new();
    headers.insert(
        "authorization",
        "Bearer secret-access-token".parse().unwrap(),
    );
    if method == Method::POST {
        headers.insert("content-length", "0".parse().unwrap());
    }
    HttpRequest {
        method,
        url: Url::parse(&format!(
            "http://127.0.0.1:{port}/p%3Aq:start?envelope=true"
        ))
        .unwrap(),
        headers,
        body: None,
        timeout: Duration::from_secs(20),
    }
}

fn exchange() -> HttpExchange {
    HttpExchange::new(Arc::default())
}

/// Answers every request on the connection with `answer`, and tells the heads it saw.
async fn answering(
    answer: impl Fn(&str) -> Vec<u8> + Send + Sync + Clone + 'static,
) -> (u16, mpsc::UnboundedReceiver<String>) {
    let (tell, heads) = mpsc::unbounded_channel();
    let port = server(move |mut stream| {
        let (tell, answer) = (tell.clone(), answer.clone());
        async move {
            tokio::spawn(async move {
                loop {
                    let head = head(&mut stream).await;
                    if head.is_empty() {
                        return;
                    }
                    let answer = answer(&head);
                    tell.send(head).unwrap();
                    if stream.write_all(&answer).await.is_err() {
                        return;
                    }
                }
            });
        }
    })
    .await;
    (port, heads)
}

#[tokio::test]
async fn a_post_without_a_body_says_so_and_the_target_is_sent_as_it_is() {
    let (port, mut heads) =
        answering(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-a: b\r\n\r\n{}".to_vec()).await;
    let exchange = exchange();
    let response = exchange
        .exchange(request(Method::POST, port))
        .await
        .unwrap();
    assert_eq!(
        (
            response.status.as_u16(),
            &response.body[..],
            response.truncated
        ),
        (200, b"{}".as_slice(), false)
    );
    assert_eq!(response.headers["x-a"], "b");
    let head = heads.recv().await.unwrap().to_lowercase();
    assert!(
        head.starts_with("post /p%3aq:start?envelope=true http/1.1\r\n"),
        "{head}"
    );
    assert_eq!(head.matches("content-length: 0\r\n").count(), 1, "{head}");
    for absent in ["content-type", "transfer-encoding", "referer"] {
        assert!(!head.contains(absent), "{head}");
    }
    assert!(head.contains("accept-encoding: gzip\r\n"), "{head}");
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let connections = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = connections.clone();
    let port = server(move |mut stream| {
        count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        async move {
            while !head(&mut stream).await.is_empty() {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                    .await
                    .unwrap();
            }
        }
    })
    .await;
    let exchange = exchange();
    for _ in 0..3 {
        exchange.exchange(request(Method::GET, port)).await.unwrap();
    }
    assert_eq!(connections.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_credentials_go_nowhere_else() {
    let (other, mut heads) =
        answering(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec()).await;
    for status in [301, 302, 307, 308] {
        let (port, _heads) = answering(move |_| format!("HTTP/1.1 {status} Moved\r\nlocation: http://127.0.0.1:{other}/x\r\ncontent-length: 0\r\n\r\n").into_bytes()).await;
        let response = exchange()
            .exchange(request(Method::POST, port))
            .await
            .unwrap();
        assert_eq!(response.status.as_u16(), status);
    }
    assert!(heads.try_recv().is_err(), "nobody went there");
}

#[tokio::test]
async fn a_reset_after_the_request_loses_the_answer_and_nothing_is_repeated() {
    let (tell, mut heads) = mpsc::unbounded_channel();
    let port = server(move |mut stream| {
        let tell = tell.clone();
        async move {
            tell.send(head(&mut stream).await).unwrap();
        }
    })
    .await;
    let error = exchange()
        .exchange(request(Method::POST, port))
        .await
        .unwrap_err();
    assert!(matches!(error, ExchangeError::Lost { .. }), "{error:?}");
    assert!(heads.recv().await.is_some());
    assert!(heads.try_recv().is_err(), "sent once");
}

#[tokio::test]
async fn a_status_stays_known_when_its_body_breaks_off() {
    for (what, answer, came) in [
        (
            "a body that is too short",
            b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\nx-a: b\r\n\r\n{\"a\"".as_slice(),
            b"{\"a\"".as_slice(),
        ),
        (
            "no byte of it",
            b"HTTP/1.1 400 Bad Request\r\ncontent-length: 100\r\nx-a: b\r\n\r\n",
            b"",
        ),
        (
            "a chunk that is none",
            b"HTTP/1.1 403 Forbidden\r\ntransfer-encoding: chunked\r\nx-a: b\r\n\r\n2\r\n{}\r\nnone\r\n",
            b"{}",
        ),
        (
            "what is not packed as it says",
            b"HTTP/1.1 400 Bad Request\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\nx-a: b\r\n\r\nnone",
            b"",
        ),
    ] {
        let port = server(move |mut stream| async move {
            head(&mut stream).await;
            stream.write_all(answer).await.unwrap();
        })
        .await;
        let response = exchange()
            .exchange(request(Method::POST, port))
            .await
            .unwrap_or_else(|error| panic!("{what}: {error:?}"));
        assert_eq!(&answer[9..12], response.status.as_str().as_bytes(), "{what}");
        assert_eq!(response.headers["x-a"], "b", "{what}");
        assert_eq!(response.body, came, "{what}");
        assert!(
            matches!(response.broken_off, Some(ExchangeError::Lost { .. })),
            "{what}: {response:?}"
        );
    }
}

#[tokio::test]
async fn a_status_stays_known_when_its_body_does_not_come_in_time() {
    let port = server(|mut stream| async move {
        head(&mut stream).await;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
            .await
            .unwrap();
        tokio::spawn(async move {
            let _kept_open = stream;
            std::future::pending::<()>().await;
        });
    })
    .await;
    let mut slow = request(Method::POST, port);
    slow.timeout = Duration::from_millis(400);
    let response = exchange().exchange(slow).await.unwrap();
    assert_eq!(
        (response.status.as_u16(), &response.body[..]),
        (200, b"{".as_slice())
    );
    assert!(
        matches!(
            response.broken_off,
            Some(ExchangeError::TimedOut { sent: true, .. })
        ),
        "{response:?}"
    );
}

#[tokio::test]
async fn a_refused_connection_and_an_unknown_host_sent_nothing() {
    let (_kept, refused) = refusing();
    let port = refused.port();
    let error = exchange()
        .exchange(request(Method::POST, port))
        .await
        .unwrap_err();
    assert!(matches!(error, ExchangeError::NotSent { .. }), "{error:?}");
    let mut unknown = request(Method::POST, port);
    unknown.url = Url::parse("http://no-such-host.invalid/").unwrap();
    let error = exchange().exchange(unknown).await.unwrap_err();
    assert!(matches!(error, ExchangeError::NotSent { .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_that_says_nothing_runs_out_of_time() {
    let port = server(|mut stream| async move {
        head(&mut stream).await;
        tokio::spawn(async move {
            let _kept_open = stream;
            std::future::pending::<()>().await;
        });
    })
    .await;
    let mut slow = request(Method::POST, port);
    slow.timeout = Duration::from_millis(200);
    let error = exchange().exchange(slow).await.unwrap_err();
    assert!(
        matches!(error, ExchangeError::TimedOut { sent: true, after } if after == Duration::from_millis(200)),
        "{error:?}"
    );
}

#[tokio::test]
async fn bodies_are_cut_at_their_limits() {
    for (status, limit) in [(200, SUCCESS_LIMIT), (503, ERROR_LIMIT)] {
        for (length, truncated) in [(limit, false), (limit + 1, true)] {
            let (port, _heads) = answering(move |_| {
                let mut answer =
                    format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n\r\n").into_bytes();
                answer.resize(answer.len() + length, b'x');
                answer
            })
            .await;
            let response = exchange()
                .exchange(request(Method::GET, port))
                .await
                .unwrap();
            assert_eq!(
                (response.body.len(), response.truncated),
                (limit, truncated),
                "{status} {length}"
            );
        }
    }
}

#[tokio::test]
async fn compressed_answers_are_unpacked() {
    // `printf '{"state":"STARTED"}' | gzip -n`
    let packed: &[u8] = &[
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xab, 0x56, 0x2a, 0x2e, 0x49,
        0x2c, 0x49, 0x55, 0xb2, 0x52, 0x0a, 0x0e, 0x71, 0x0c, 0x0a, 0x71, 0x75, 0x51, 0xaa, 0x05,
        0x00, 0xa2, 0xfc, 0x22, 0xa4, 0x13, 0x00, 0x00, 0x00,
    ];
    let (port, _heads) = answering(move |_| {
        let mut answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
            packed.len()
        )
        .into_bytes();
        answer.extend_from_slice(packed);
        answer
    })
    .await;
    let response = exchange()
        .exchange(request(Method::GET, port))
        .await
        .unwrap();
    assert_eq!(&response.body[..], br#"{"state":"STARTED"}"#);
}
