//! TLS: who is trusted, what is offered, and how far a request got that failed.

use std::sync::Arc;

use http::{HeaderMap, Method};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ServerConfig, crypto::aws_lc_rs::default_provider};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::*;

pub(super) fn request(url: &str) -> HttpRequest {
    HttpRequest {
        method: Method::POST,
        url: Url::parse(url).unwrap(),
        headers: HeaderMap::new(),
        body: None,
        timeout: Duration::from_secs(20),
    }
}

/// A listener on loopback, its port, and a certificate for `localhost` with the acceptor that presents it.
pub(super) async fn localhost(
    protocol: &str,
) -> (TcpListener, u16, Certificate, String, TlsAcceptor) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (
        listener,
        port,
        Certificate::from_der(cert.der()).unwrap(),
        cert.pem(),
        TlsAcceptor::from(Arc::new(config)),
    )
}

/// Trusts these certificates alone, otherwise as in production.
fn trusting(certificates: impl IntoIterator<Item = Certificate>) -> HttpExchange {
    let mut exchange = HttpExchange::new(Arc::default());
    let way = Way {
        secure: true,
        loopback: true,
    };
    let client = HttpExchange::builder(&exchange.roots, way)
        .tls_certs_only(certificates)
        .build()
        .unwrap();
    exchange.clients[way.index()] = Once::of(client);
    exchange
}

pub(super) async fn answer(mut stream: TlsStream<TcpStream>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_buf(&mut head).await.unwrap();
    }
    stream
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        .await
        .unwrap();
    stream.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_trusted_server_is_spoken_to() {
    let (listener, port, certificate, _, acceptor) = localhost("http/1.1").await;
    tokio::spawn(async move {
        answer(
            acceptor
                .accept(listener.accept().await.unwrap().0)
                .await
                .unwrap(),
        )
        .await
    });
    let exchange = trusting([certificate]);
    let response = exchange
        .exchange(request(&format!("https://localhost:{port}/")))
        .await
        .unwrap();
    assert_eq!(response.status.as_u16(), 200);
}

#[tokio::test]
async fn a_redirect_to_plain_http_is_not_followed() {
    let (listener, port, certificate, _, acceptor) = localhost("http/1.1").await;
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = format!("http://localhost:{}/", plain.local_addr().unwrap().port());
    tokio::spawn(async move {
        let stream = listener.accept().await.unwrap().0;
        let mut stream = acceptor.accept(stream).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            stream.read_buf(&mut head).await.unwrap();
        }
        let answer = format!("HTTP/1.1 307 X\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        std::future::pending::<()>().await;
    });
    let mut request = request(&format!("https://localhost:{port}/"));
    let credentials = "Bearer secret-access-token".parse().unwrap();
    request.headers.insert("authorization", credentials);
    let response = trusting([certificate]).exchange(request).await.unwrap();
    assert_eq!(response.status.as_u16(), 307);
    // Whoever followed it would be here by now.
    let came = tokio::time::timeout(Duration::from_millis(200), plain.accept()).await;
    assert!(came.is_err(), "somebody went there");
}

#[tokio::test]
async fn an_untrusted_server_sees_nothing_of_the_request() {
    let (listener, port, _, _, acceptor) = localhost("http/1.1").await;
    let seen = tokio::spawn(async move {
        acceptor
            .accept(listener.accept().await.unwrap().0)
            .await
            .map(drop)
    });
    let (_, _, other, _, _) = localhost("http/1.1").await;
    let exchange = trusting([other]);
    let error = exchange
        .exchange(request(&format!("https://localhost:{port}/")))
        .await
        .unwrap_err();
    assert!(
        matches!(error, ExchangeError::UntrustedCertificate { .. }),
        "{error:?}"
    );
    assert!(seen.await.unwrap().is_err(), "the handshake was broken off");
}

#[tokio::test]
async fn http_2_is_offered_and_taken() {
    let (listener, port, certificate, _, acceptor) = localhost("h2").await;
    let preface = tokio::spawn(async move {
        let mut stream = acceptor
            .accept(listener.accept().await.unwrap().0)
            .await
            .unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
        let mut preface = [0; 14];
        stream.read_exact(&mut preface).await.unwrap();
        preface
    });
    let exchange = trusting([certificate]);
    let error = exchange
        .exchange(request(&format!("https://localhost:{port}/")))
        .await
        .unwrap_err();
    assert!(matches!(error, ExchangeError::Lost { .. }), "{error:?}");
    assert_eq!(&preface.await.unwrap(), b"PRI * HTTP/2.0");
}

#[tokio::test]
async fn a_handshake_that_does_not_end_sent_nothing() {
    let (listener, port, certificate, _, _) = localhost("http/1.1").await;
    tokio::spawn(async move {
        let mut open = Vec::new();
        loop {
            open.push(listener.accept().await.unwrap());
        }
    });
    // However little time the request has: what could not be sent leaves nothing in doubt.
    for time in [100, 400].map(Duration::from_millis) {
        let mut short = request(&format!("https://localhost:{port}/"));
        short.timeout = time;
        let error = trusting([certificate.clone()])
            .exchange(short)
            .await
            .unwrap_err();
        assert!(
            matches!(error, ExchangeError::TimedOut { sent: false, after } if after == time / 2),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_saw_nothing() {
    let (listener, port, certificate, _, _) = localhost("http/1.1").await;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap_or_default();
    });
    let exchange = trusting([certificate]);
    let error = exchange
        .exchange(request(&format!("https://localhost:{port}/")))
        .await
        .unwrap_err();
    assert!(matches!(error, ExchangeError::NotSent { .. }), "{error:?}");
}
