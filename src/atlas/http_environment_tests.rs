//! The process' environment: the certificates that it names, and proxies.
//!
//! The environment belongs to the whole process, so a test that needs another one runs itself again as a child with that environment.

use std::process::Command;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::{
    super::testing::refusing,
    tls_tests::{answer, localhost, request},
    *,
};

/// In the child: the URL to ask.
const CHILD: &str = "ATLAS_TEST_CHILD_URL";
/// In the child: the bundle of CA certificates that the system has.
const BUNDLE: &str = "ATLAS_TEST_CHILD_BUNDLE";

/// Runs the test called `name` again, as a child with this environment; its own part there is [`ask_as_child`].
async fn in_child(name: &str, url: &str, environment: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "--exact",
            &format!("atlas::http::environment_tests::{name}"),
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
    let ca = CaVariables {
        file: std::env::var_os("SSL_CERT_FILE"),
        directories: std::env::var_os("SSL_CERT_DIR"),
    };
    let mut exchange = HttpExchange::new(ca.into());
    let roots = Arc::get_mut(&mut exchange.roots).unwrap();
    roots.bundles = std::env::var_os(BUNDLE)
        .into_iter()
        .map(Into::into)
        .collect();
    let answer = exchange.exchange(request(&url)).await;
    let shown = format!("{exchange:?} {answer:?}");
    assert!(
        !shown.contains("hush"),
        "the credentials for a proxy: {shown}"
    );
    let outcome = match answer {
        Ok(response) => response.status.as_u16().to_string(),
        Err(ExchangeError::NoCaCertificates { cause }) => format!("NoCaCertificates: {cause}"),
        Err(ExchangeError::UntrustedCertificate { cause }) => {
            format!("UntrustedCertificate: {cause}")
        }
        Err(ExchangeError::NotSent { .. }) => "NotSent".to_owned(),
        Err(ExchangeError::ProxyUnauthorized { cause }) => format!("ProxyUnauthorized: {cause}"),
        Err(error) => format!("{error:?}"),
    };
    std::io::Write::write_all(
        &mut std::io::stderr(),
        format!("\noutcome: {outcome}\n").as_bytes(),
    )
    .unwrap();
    true
}

/// A server for `localhost` that answers everybody who trusts it: its URL and its certificate in PEM.
#[cfg(target_os = "linux")]
async fn answering() -> (String, String) {
    let (listener, port, _, pem, acceptor) = localhost("http/1.1").await;
    tokio::spawn(async move {
        loop {
            if let Ok(stream) = acceptor.accept(listener.accept().await.unwrap().0).await {
                answer(stream).await;
            }
        }
    });
    (format!("https://localhost:{port}/"), pem)
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_certificates_of_the_environment_add_to_those_of_the_system() {
    if ask_as_child().await {
        return;
    }
    let name = "the_certificates_of_the_environment_add_to_those_of_the_system";
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (corporate, pem) = answering().await;
    let corporate_ca = file("corporate.pem", &pem);
    let (public, pem) = answering().await;
    let system = file("system.pem", &pem);
    let other = file("other.pem", &localhost("http/1.1").await.3);
    let empty = file("empty.pem", "");
    let absent = format!("{empty}.absent");

    let untrusted = "UntrustedCertificate: error sending request";
    let none = "NoCaCertificates: builder error";
    let unreadable = format!(
        "UntrustedCertificate: the file {absent}, which the environment variable `SSL_CERT_FILE` names, could not be read"
    );
    let without = format!(
        "NoCaCertificates: the file {empty}, which the environment variable `SSL_CERT_FILE` names, holds no certificate"
    );
    let (file, directory) = ("SSL_CERT_FILE", "SSL_CERT_DIR");
    for (url, variable, value, bundle, expected) in [
        (&corporate, file, corporate_ca.as_str(), &system, "200"),
        (&public, file, &corporate_ca, &system, "200"),
        (&corporate, file, &corporate_ca, &absent, "200"),
        (&public, file, &corporate_ca, &absent, untrusted),
        (&public, file, &other, &corporate_ca, untrusted),
        // What is empty or of no use takes nothing away.
        (&public, file, "", &system, "200"),
        (&public, directory, "", &system, "200"),
        (&public, file, &absent, &system, "200"),
        (&public, file, &empty, &system, "200"),
        (&corporate, file, &absent, &system, &unreadable),
        // Nothing anywhere.
        (&public, file, "", &absent, none),
        (&public, file, &empty, &absent, &without),
    ] {
        let outcome = in_child(name, url, &[(variable, value), (BUNDLE, bundle)]).await;
        assert!(
            outcome.starts_with(expected),
            "{variable}={value:?} with {bundle}: {outcome}, not {expected}"
        );
    }
    // Plain HTTP needs none: the connection is tried, and refused.
    let (_kept, refused) = refusing();
    let outcome = in_child(name, &format!("http://{refused}/"), &[(file, &empty)]).await;
    assert_eq!(outcome, "NotSent");
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
        ("HTTP_PROXY", address.as_str()),
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
    let (_kept, refused) = refusing();
    for direct in [
        "https://other.invalid/",
        &format!("https://{refused}/"),
        &format!("https://localhost:{}/", refused.port()),
        // With credentials in the clear.
        &format!("http://atlas.localhost:{}/", refused.port()),
    ] {
        assert_eq!(in_child(name, direct, &environment).await, "NotSent");
        assert!(
            heads.try_recv().is_err(),
            "the proxy was asked for {direct}"
        );
    }
    server.abort();
}

/// A proxy that gives these answers to what it hears, one after the other, and then closes; its address, and what it heard.
async fn proxy(
    answers: &'static [&'static [u8]],
) -> (String, tokio::sync::mpsc::UnboundedReceiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (tell, heard) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            for answer in answers {
                let mut part = vec![0; 4096];
                let length = stream.read(&mut part).await.unwrap();
                part.truncate(length);
                tell.send(part).unwrap();
                stream.write_all(answer).await.unwrap();
            }
        }
    });
    (address, heard)
}

/// What a child hears that asks for a host which only a proxy could reach.
async fn through(name: &str, proxy: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let certificates = folder.path().join("any.pem");
    std::fs::write(&certificates, localhost("http/1.1").await.3).unwrap();
    let environment = [
        ("HTTPS_PROXY", proxy),
        ("SSL_CERT_FILE", certificates.to_str().unwrap()),
    ];
    in_child(name, "https://atlas.invalid/", &environment).await
}

#[tokio::test]
async fn a_proxy_that_wants_other_credentials_is_told_from_one_that_is_not_there() {
    if ask_as_child().await {
        return;
    }
    let name = "a_proxy_that_wants_other_credentials_is_told_from_one_that_is_not_there";
    let (http, mut heard) =
        proxy(&[b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"]).await;
    let (socks, _heard) = proxy(&[b"\x05\x02", b"\x01\x01"]).await;
    for url in [
        format!("http://{http}"),
        format!("http://user:hush-hush@{http}"),
        format!("socks5h://user:hush-hush@{socks}"),
    ] {
        let outcome = through(name, &url).await;
        assert!(outcome.starts_with("ProxyUnauthorized"), "{url}: {outcome}");
        assert!(!outcome.contains("hush"), "{url}: {outcome}");
    }
    let connect = String::from_utf8(heard.recv().await.unwrap()).unwrap();
    assert!(
        connect.starts_with("CONNECT atlas.invalid:443 "),
        "{connect}"
    );
    let (_kept, refused) = refusing();
    assert_eq!(through(name, &format!("http://{refused}")).await, "NotSent");
}

#[tokio::test]
async fn a_socks_proxy_is_asked_for_the_host() {
    if ask_as_child().await {
        return;
    }
    // "No authentication", and then "host unreachable".
    let (address, mut heard) = proxy(&[b"\x05\x00", b"\x05\x04\x00\x01\0\0\0\0\0\0"]).await;
    let name = "a_socks_proxy_is_asked_for_the_host";
    let outcome = through(name, &format!("socks5h://{address}")).await;
    assert_eq!(outcome, "NotSent");
    assert_eq!(heard.try_recv().unwrap()[0], 5, "it is the version");
    let asked = heard.try_recv().unwrap();
    assert!(
        asked.windows(13).any(|part| part == b"atlas.invalid"),
        "{asked:?}"
    );
}

/// A pipe that nobody writes to stands for a disk that does not answer: whoever opens it waits for somebody who does.
#[cfg(unix)]
struct HangingFile {
    _folder: tempfile::TempDir,
    path: std::path::PathBuf,
}

#[cfg(unix)]
impl HangingFile {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hanging.pem");
        let made = Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        Self {
            _folder: folder,
            path,
        }
    }

    fn exchange(&self) -> HttpExchange {
        let ca = CaVariables {
            file: Some(self.path.clone().into()),
            directories: None,
        };
        HttpExchange::new(ca.into())
    }
}

/// Lets the thread go that waits there, and for which the runtime would wait: also where the test has failed.
#[cfg(unix)]
impl Drop for HangingFile {
    fn drop(&mut self) {
        // Opened for both, it waits for nobody; and who comes when it is closed finds no file any more.
        let opened = std::fs::File::options()
            .read(true)
            .write(true)
            .open(&self.path);
        let removed = std::fs::remove_file(&self.path);
        drop((opened, removed));
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_of_certificates_that_never_ends_holds_nobody_up() {
    let hanging = HangingFile::new();
    let exchange = hanging.exchange();
    let asked = exchange.exchange(request("https://localhost:1/"));
    let interrupted = tokio::time::timeout(Duration::from_millis(200), asked).await;
    assert!(
        interrupted.is_err(),
        "it was not waited for: {interrupted:?}"
    );
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn where_the_certificates_cannot_be_read_nothing_is_sent_and_the_file_is_named() {
    let hanging = HangingFile::new();
    let exchange = hanging.exchange();
    let mut request = request("https://localhost:1/");
    request.timeout = Duration::from_millis(20);
    for _ in 0..3 {
        for answer in [
            exchange.ready(&request).await.unwrap_err(),
            exchange.exchange(request.clone()).await.unwrap_err(),
        ] {
            let ExchangeError::NotSent { cause } = answer else {
                panic!("{answer:?}");
            };
            let cause = cause.to_string();
            for words in ["could not be read within 0.01 s", "hanging.pem"] {
                assert!(cause.contains(words), "{words} in {cause}");
            }
        }
    }
}
