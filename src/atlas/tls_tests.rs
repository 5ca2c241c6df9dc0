//! TLS and the process environment: certificates, `SSL_CERT_FILE`, proxies.
//!
//! The environment belongs to the whole process, so a test that needs another one runs itself again as a child with that environment.

use std::{process::Command, sync::Arc};

use http::{HeaderMap, Method};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ServerConfig, crypto::aws_lc_rs::default_provider};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::*;

fn request(url: &str) -> HttpRequest {
    HttpRequest {
        method: Method::POST,
        url: Url::parse(url).unwrap(),
        headers: HeaderMap::new(),
        body: None,
        timeout: Duration::from_secs(20),
    }
}

/// A listener on loopback, its port, and a certificate for `localhost` with the acceptor that presents it.
async fn localhost(protocol: &str) -> (TcpListener, u16, Certificate, String, TlsAcceptor) {
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
fn trusting(
    certificates: impl IntoIterator<Item = Certificate>,
    connect_timeout: Duration,
) -> HttpExchange {
    let mut exchange = HttpExchange::new(connect_timeout);
    let way = Way {
        secure: true,
        loopback: true,
    };
    let client = exchange
        .builder(way)
        .tls_certs_only(certificates)
        .build()
        .unwrap();
    exchange.clients[way.index()] = OnceCell::new_with(Some(client));
    exchange
}

async fn answer(mut stream: TlsStream<TcpStream>) {
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
    let exchange = trusting([certificate], Duration::from_secs(10));
    let response = exchange
        .exchange(request(&format!("https://localhost:{port}/")))
        .await
        .unwrap();
    assert_eq!(response.status.as_u16(), 200);
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
    let exchange = trusting([other], Duration::from_secs(10));
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
    let exchange = trusting([certificate], Duration::from_secs(10));
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
        let _open = listener.accept().await.unwrap();
        std::future::pending::<()>().await;
    });
    let limit = Duration::from_millis(200);
    let error = trusting([certificate], limit)
        .exchange(request(&format!("https://localhost:{port}/")))
        .await
        .unwrap_err();
    assert!(
        matches!(error, ExchangeError::TimedOut { sent: false, after } if after == limit),
        "{error:?}"
    );
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
    let exchange = trusting([certificate], Duration::from_secs(10));
    let error = exchange
        .exchange(request(&format!("https://localhost:{port}/")))
        .await
        .unwrap_err();
    assert!(matches!(error, ExchangeError::NotSent { .. }), "{error:?}");
}

/// In the child: the URL to ask.
const CHILD: &str = "ATLAS_TEST_CHILD_URL";

/// Runs the test called `name` again, as a child with this environment; its own part there is [`ask_as_child`].
async fn in_child(name: &str, url: &str, environment: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "--exact",
            &format!("atlas::http::tls_tests::{name}"),
            "--nocapture",
        ])
        .env(CHILD, url);
    for name in [
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    ] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command.envs(environment.iter().copied());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let shown = String::from_utf8_lossy(&output.stderr).into_owned();
    shown
        .lines()
        .find_map(|line| line.strip_prefix("outcome: "))
        .unwrap_or_else(|| panic!("{shown}"))
        .to_owned()
}

/// In a child: asks, tells the outcome on standard error, and is true.
async fn ask_as_child() -> bool {
    let Ok(url) = std::env::var(CHILD) else {
        return false;
    };
    let outcome = match HttpExchange::new(Duration::from_secs(10))
        .exchange(request(&url))
        .await
    {
        Ok(response) => response.status.as_u16().to_string(),
        Err(ExchangeError::NoCaCertificates { .. }) => "NoCaCertificates".to_owned(),
        Err(ExchangeError::UntrustedCertificate { .. }) => "UntrustedCertificate".to_owned(),
        Err(ExchangeError::NotSent { .. }) => "NotSent".to_owned(),
        Err(error) => format!("{error:?}"),
    };
    std::io::Write::write_all(
        &mut std::io::stderr(),
        format!("\noutcome: {outcome}\n").as_bytes(),
    )
    .unwrap();
    true
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_certificates_are_those_of_ssl_cert_file() {
    if ask_as_child().await {
        return;
    }
    let name = "the_certificates_are_those_of_ssl_cert_file";
    let (listener, port, _, pem, acceptor) = localhost("http/1.1").await;
    let server = tokio::spawn(async move {
        loop {
            if let Ok(stream) = acceptor.accept(listener.accept().await.unwrap().0).await {
                answer(stream).await;
            }
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let (ours, other, none) = (
        folder.path().join("ours.pem"),
        folder.path().join("other.pem"),
        folder.path().join("none.pem"),
    );
    std::fs::write(&ours, pem).unwrap();
    std::fs::write(&other, localhost("http/1.1").await.3).unwrap();
    std::fs::write(&none, "").unwrap();
    let secure = format!("https://localhost:{port}/");
    for (file, outcome) in [
        (ours, "200"),
        (other, "UntrustedCertificate"),
        (none.clone(), "NoCaCertificates"),
    ] {
        assert_eq!(
            in_child(name, &secure, &[("SSL_CERT_FILE", file.to_str().unwrap())]).await,
            outcome
        );
    }
    server.abort();
    // Plain HTTP needs none: the connection is tried, and refused.
    let refused = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    assert_eq!(
        in_child(
            name,
            &format!("http://{refused}/"),
            &[("SSL_CERT_FILE", none.to_str().unwrap())]
        )
        .await,
        "NotSent"
    );
}

#[tokio::test]
async fn proxies_of_the_environment_are_used_except_where_it_says_no() {
    if ask_as_child().await {
        return;
    }
    let name = "proxies_of_the_environment_are_used_except_where_it_says_no";
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let (tell, mut heads) = tokio::sync::mpsc::unbounded_channel();
    let server = tokio::spawn(async move {
        loop {
            let (mut stream, _) = proxy.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                stream.read_buf(&mut head).await.unwrap();
            }
            tell.send(String::from_utf8(head).unwrap()).unwrap();
            stream
                .write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")
                .await
                .unwrap();
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let certificates = folder.path().join("any.pem");
    std::fs::write(&certificates, localhost("http/1.1").await.3).unwrap();
    let environment = [
        ("HTTPS_PROXY", address.as_str()),
        ("NO_PROXY", "other.invalid"),
        ("SSL_CERT_FILE", certificates.to_str().unwrap()),
    ];
    assert_eq!(
        in_child(name, "https://atlas.invalid/", &environment).await,
        "NotSent"
    );
    let head = heads.recv().await.unwrap();
    assert!(
        head.starts_with("CONNECT atlas.invalid:443 HTTP/1.1\r\n"),
        "{head}"
    );
    // What NO_PROXY names, and this machine whatever is named.
    let refused = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    for direct in [
        "https://other.invalid/",
        &format!("https://{refused}/"),
        &format!("https://localhost:{}/", refused.port()),
    ] {
        assert_eq!(in_child(name, direct, &environment).await, "NotSent");
        assert!(
            heads.try_recv().is_err(),
            "the proxy was asked for {direct}"
        );
    }
    server.abort();
}
