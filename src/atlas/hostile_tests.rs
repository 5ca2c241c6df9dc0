//! A server that means ill, over real HTTP and with each kind of credential: redirects, and answers without an end.

use std::{
    io::Write as _,
    sync::{Arc, Mutex},
    time::Duration,
};

use flate2::{Compression, write::GzEncoder};
use secrecy::SecretString;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use url::Url;

use super::{
    Client, Credentials, Flags, Kind, StartOptions,
    testing::{context, path, settings},
};

const CHALLENGE: &str = "HTTP/1.1 401 X\r\nwww-authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\ncontent-length: 0\r\n\r\n";
const TOKEN: &str = "HTTP/1.1 200 OK\r\ncontent-length: 45\r\n\r\n{\"access_token\":\"fetched\",\"expires_in\":3600} ";

/// What a server does with a request whose head it has read.
type Answers = Arc<dyn Fn(&str) -> Vec<u8> + Send + Sync>;

/// A server on loopback; where it is, and the heads of all requests that it saw.
async fn server(answers: Answers) -> (std::net::SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&heads);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&answers), Arc::clone(&seen)));
        }
    });
    (address, heads)
}

async fn serve(mut stream: TcpStream, answers: Answers, seen: Arc<Mutex<Vec<String>>>) {
    let mut asked = vec![0; 16 << 10];
    loop {
        let length = stream.read(&mut asked).await.unwrap_or_default();
        let head = String::from_utf8_lossy(&asked[..length]).into_owned();
        // The body of a token request may come by itself.
        if length == 0 || head.starts_with("grant_type") {
            return;
        }
        let answer = answers(&head);
        seen.lock().unwrap().push(head);
        // An endless answer ends when nobody reads it any more.
        if stream.write_all(&answer).await.is_err() {
            return;
        }
    }
}

/// Each kind of credential, by name.
fn credentials() -> [(&'static str, Credentials); 3] {
    let account = Credentials::ServiceAccount {
        client_id: "mdb_sa_id_1".to_owned(),
        client_secret: SecretString::from("mdb_sa_sk_client-secret"),
    };
    let key = Credentials::ApiKey {
        public_key: "abcdefgh".to_owned(),
        private_key: SecretString::from("private-key-secret"),
    };
    [
        (
            "access token",
            Credentials::AccessToken("given-token".into()),
        ),
        ("service account", account),
        ("API key", key),
    ]
}

fn client(address: std::net::SocketAddr, credentials: Credentials) -> Client {
    let mut settings = settings();
    settings.base_url = Url::parse(&format!("http://{address}")).unwrap();
    settings.credentials = Some(credentials);
    settings.max_retries = 0;
    Client::over_http(settings)
}

fn is_for_a_token(head: &str) -> bool {
    head.starts_with("POST /api/oauth/token")
}

fn is_signed(head: &str) -> bool {
    head.to_lowercase().contains("\r\nauthorization:")
}

#[tokio::test]
async fn a_redirect_is_followed_by_no_request_and_no_credential() {
    let (other, came) = server(Arc::new(|_| TOKEN.as_bytes().to_vec())).await;
    for (kind, credentials) in credentials() {
        // Another port of the same host, another name of it, another scheme, the other one's path alone.
        for target in [
            format!("http://{other}/x"),
            format!("http://localhost:{}/x", other.port()),
            format!("https://{other}/x"),
            format!("//{other}/x"),
        ] {
            for status in [301, 302, 303, 307, 308] {
                // Whatever is asked, or all but what has to come before it: the token, the challenge.
                for at_once in [true, false] {
                    let redirect = format!(
                        "HTTP/1.1 {status} X\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n"
                    );
                    let (address, heads) = server(Arc::new(move |head: &str| {
                        let answer = match (at_once, is_for_a_token(head), is_signed(head)) {
                            (false, true, _) => TOKEN,
                            (false, _, false) => CHALLENGE,
                            _ => &redirect,
                        };
                        answer.as_bytes().to_vec()
                    }))
                    .await;
                    let client = client(address, credentials.clone());
                    let context = context(Duration::from_secs(20));
                    let get = client.processor(&path(), &context).await;
                    let (options, flags) = (StartOptions::default(), Flags::default());
                    let post = client.start(&path(), &options, flags, &context).await;
                    client.revoke().await;
                    for error in [get.unwrap_err(), post.unwrap_err()] {
                        assert_eq!(error.status(), Some(status), "{kind}: {error}");
                    }
                    let asked = heads.lock().unwrap().len();
                    assert!(asked >= 2, "{kind}, {status}: asked {asked} times");
                }
            }
        }
    }
    let came = came.lock().unwrap();
    assert!(came.is_empty(), "somebody went there: {came:?}");
}

#[tokio::test]
async fn an_answer_without_an_end_is_cut_whatever_it_is_packed_in() {
    let packed = |length: usize| {
        let mut packer = GzEncoder::new(Vec::new(), Compression::best());
        packer.write_all(&vec![b' '; length]).unwrap();
        packer.finish().unwrap()
    };
    // 64 MiB of blanks; JSON may begin with any number of them.
    let bomb = packed(64 << 20);
    assert!(bomb.len() < 512 << 10, "it is small on the wire");
    let bombs = move |status: u16| {
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
            bomb.len()
        );
        [head.as_bytes(), &bomb].concat()
    };
    let endless = |status: u16| {
        let chunk = format!("{:x}\r\n{}\r\n", 1 << 20, " ".repeat(1 << 20));
        let head = format!("HTTP/1.1 {status} X\r\ntransfer-encoding: chunked\r\n\r\n");
        head + &chunk.repeat(20)
    };
    let headers = format!("HTTP/1.1 200 OK\r\n{}", "x-a: b\r\n".repeat(1 << 20));
    let answers = [
        ("a bomb", bombs(200), Kind::BadAnswer),
        ("a bomb of an error", bombs(503), Kind::Api),
        ("20 MiB", endless(200).into_bytes(), Kind::BadAnswer),
        ("20 MiB of an error", endless(503).into_bytes(), Kind::Api),
        ("headers", headers.into_bytes(), Kind::Lost),
    ];
    for (what, answer, expected) in answers {
        for (kind, credentials) in credentials() {
            for at_once in [true, false] {
                let answer = answer.clone();
                let (address, _heads) = server(Arc::new(move |head: &str| {
                    match (at_once, is_for_a_token(head), is_signed(head)) {
                        (false, true, _) => TOKEN.as_bytes().to_vec(),
                        (false, _, false) => CHALLENGE.as_bytes().to_vec(),
                        _ => answer.clone(),
                    }
                }))
                .await;
                let client = client(address, credentials.clone());
                let context = context(Duration::from_secs(60));
                let error = client.processor(&path(), &context).await.unwrap_err();
                // What goes wrong with the token's request is told as such.
                let of_token = at_once && kind == "service account";
                let expected = if of_token { Kind::Token } else { expected };
                assert_eq!(error.kind(), expected, "{kind}, {what}: {error}");
                let shown = error.excerpt().unwrap_or_default();
                assert!(shown.len() < 4_096, "{kind}, {what}");
            }
        }
    }
}
