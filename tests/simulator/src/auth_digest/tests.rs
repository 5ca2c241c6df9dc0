//! Digest from the client's side: what is let in, and what is not.

use std::time::Duration;

use tokio::time::advance;

use super::*;
use crate::{
    Simulator,
    testing::{Seen, WORKSPACE, bare, with_orders},
};

const ACCEPT: (&str, &str) = ("accept", "application/vnd.atlas.2024-05-30+json");

/// Something that a client does wrong.
type Bend = fn(&mut Client);

/// What a client says; each test bends one thing.
#[derive(Clone)]
struct Client {
    algorithm: Algorithm,
    nonce: String,
    uri: String,
    method: &'static str,
    key: &'static str,
    qop: Option<&'static str>,
    count: u32,
}

impl Client {
    fn authorization(&self) -> String {
        let Self {
            algorithm,
            nonce,
            uri,
            method,
            key,
            count,
            ..
        } = self;
        let ha1 = algorithm.hash(&format!("{}:{REALM}:{key}", known::PUBLIC_KEY));
        let ha2 = algorithm.hash(&format!("{method}:{uri}"));
        let (middle, extra) = match self.qop {
            Some(qop) => (
                format!("{count:08x}:abc:{qop}:"),
                format!(", qop={qop}, nc={count:08x}, cnonce=\"abc\""),
            ),
            None => (String::new(), String::new()),
        };
        let response = algorithm.hash(&format!("{ha1}:{nonce}:{middle}{ha2}"));
        format!(
            "Digest username=\"{}\", realm=\"{REALM}\", nonce=\"{nonce}\", uri=\"{uri}\", algorithm={}, \
             response=\"{response}\"{extra}",
            known::PUBLIC_KEY,
            algorithm.name(),
        )
    }

    async fn get(&self, simulator: &Simulator) -> Seen {
        bare(
            simulator,
            "GET processor/orders",
            &[ACCEPT, ("authorization", &self.authorization())],
            "",
        )
        .await
    }
}

fn nonce_of(seen: &Seen) -> String {
    let challenge = seen
        .header("www-authenticate")
        .strip_prefix("Digest ")
        .expect("a challenge");
    auth_parameters::parse(challenge).expect("well formed")["nonce"].clone()
}

/// A client that has just been challenged.
async fn challenged(simulator: &Simulator) -> Client {
    let seen = bare(simulator, "GET processor/orders", &[ACCEPT], "").await;
    Client {
        algorithm: Algorithm::Md5,
        nonce: nonce_of(&seen),
        uri: format!("{WORKSPACE}/processor/orders"),
        method: "GET",
        key: known::PRIVATE_KEY,
        qop: Some("auth"),
        count: 1,
    }
}

#[tokio::test(start_paused = true)]
async fn responses_that_others_have_computed() {
    // Python's hashlib over the strings of RFC 7616, section 3.4, for the first nonce of a simulator.
    for (challenge, algorithm, rest) in [
        (
            Challenge::Qop,
            Algorithm::Md5,
            "qop=auth, nc=00000001, cnonce=\"0a4f113b\", response=\"4ca76c0be4c63f32e934e6dd4f327310\"",
        ),
        (
            Challenge::Qop,
            Algorithm::Sha256,
            "qop=auth, nc=00000001, cnonce=\"0a4f113b\", algorithm=SHA-256, response=\"32663586c8cb57be6f252477c16103213e1150572e26c71707f917285d8a0ede\"",
        ),
        (
            Challenge::NoQop,
            Algorithm::Md5,
            "response=\"6d5e39681aba1e11a1b8a5ebf5e7fae6\"",
        ),
        (
            Challenge::Op,
            Algorithm::Sha256,
            "algorithm=\"SHA-256\", response=\"6873c607550bcf6a37edba67fb879acd885a72860cdc92b2e5b9279c29874ab6\"",
        ),
    ] {
        let simulator = with_orders("STOPPED");
        simulator.settings(|settings| {
            (settings.digest.challenge, settings.digest.algorithm) = (challenge, algorithm)
        });
        let line = "GET processor/orders?pretty=true";
        assert_eq!(
            nonce_of(&bare(&simulator, line, &[], "").await),
            "43d5bf69dcd9cda2ef9d855b8297f09c"
        );
        let credentials = format!(
            "Digest username=\"qwertyui\", realm=\"MMS Public API\", nonce=\"43d5bf69dcd9cda2ef9d855b8297f09c\", \
             uri=\"{WORKSPACE}/processor/orders?pretty=true\", {rest}"
        );
        let seen = bare(
            &simulator,
            line,
            &[ACCEPT, ("authorization", &credentials)],
            "",
        )
        .await;
        assert_eq!(seen.status, 200, "{challenge:?} {algorithm:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_does_not_fit_the_request_is_refused() {
    let bends: [(&str, Bend); 8] = [
        ("nothing", |_| {}),
        ("another method", |client| client.method = "POST"),
        ("another address", |client| {
            client.uri.push_str("?pretty=true")
        }),
        ("another key", |client| client.key = "wrong"),
        ("a nonce that was never given", |client| {
            client.nonce.push('0')
        }),
        ("an algorithm that was not offered", |client| {
            client.algorithm = Algorithm::Sha256
        }),
        ("no qop, although it was offered", |client| {
            client.qop = None
        }),
        ("a qop that was not offered", |client| {
            client.qop = Some("auth-int")
        }),
    ];
    for (bend, apply) in bends {
        let simulator = with_orders("STOPPED");
        let mut client = challenged(&simulator).await;
        apply(&mut client);
        let seen = client.get(&simulator).await;
        assert_eq!(
            seen.status,
            if bend == "nothing" { 200 } else { 401 },
            "{bend}"
        );
        if seen.status == 401 {
            assert_eq!(seen.json()["errorCode"], serde_json::Value::Null);
            assert_ne!(
                nonce_of(&seen),
                client.nonce,
                "a refusal brings a new challenge"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_count_of_a_nonce_is_good_once_in_any_order() {
    let simulator = with_orders("STOPPED");
    let client = challenged(&simulator).await;
    for (count, status) in [(2, 200), (1, 200), (2, 401), (7, 200), (1, 401), (0, 401)] {
        let seen = Client {
            count,
            ..client.clone()
        }
        .get(&simulator)
        .await;
        assert_eq!(seen.status, status, "count {count}");
    }
}

#[tokio::test(start_paused = true)]
async fn nonces_are_used_up() {
    for stale_flag in [false, true] {
        let simulator = with_orders("STOPPED");
        simulator.settings(|settings| settings.digest.stale_flag = stale_flag);
        let client = challenged(&simulator).await;
        advance(Duration::from_secs(299)).await;
        assert_eq!(client.get(&simulator).await.status, 200);
        advance(Duration::from_secs(1)).await;
        let seen = Client { count: 2, ..client }.get(&simulator).await;
        assert_eq!(seen.status, 401);
        assert!(
            seen.header("www-authenticate")
                .ends_with(&format!("stale={stale_flag}")),
            "{seen:?}"
        );
    }
    let simulator = with_orders("STOPPED");
    simulator.settings(|settings| settings.digest.single_use = true);
    let client = challenged(&simulator).await;
    assert_eq!(client.get(&simulator).await.status, 200);
    assert_eq!(
        Client { count: 2, ..client }.get(&simulator).await.status,
        401
    );
}

#[tokio::test(start_paused = true)]
async fn nonces_expire_on_demand() {
    let simulator = with_orders("STOPPED");
    let client = challenged(&simulator).await;
    simulator.fault(crate::Fault::on_any(crate::Effect::ExpireNonces).skip(1));
    for (count, status) in [(1, 200), (2, 401), (3, 401)] {
        assert_eq!(
            Client {
                count,
                ..client.clone()
            }
            .get(&simulator)
            .await
            .status,
            status
        );
    }
    assert_eq!(simulator.challenges(), 3);
}

#[tokio::test(start_paused = true)]
async fn ways_to_write_a_challenge() {
    for (challenge, headers, contains, lacks) in [
        (
            Challenge::Qop,
            1,
            "algorithm=MD5, qop=\"auth\"",
            "algorithm=\"",
        ),
        (Challenge::Op, 1, ", op=\"auth\"", "qop"),
        (Challenge::NoQop, 1, "algorithm=MD5, stale", "op="),
        (
            Challenge::QuotedAlgorithm,
            1,
            "algorithm=\"MD5\"",
            "algorithm=MD5",
        ),
        (Challenge::BesideBearer, 2, "Bearer realm=", "algorithm=\""),
        (
            Challenge::BothAlgorithms,
            2,
            "algorithm=SHA-256",
            "algorithm=\"",
        ),
    ] {
        let simulator = with_orders("STOPPED");
        simulator.settings(|settings| settings.digest.challenge = challenge);
        let seen = bare(&simulator, "GET processor/orders", &[], "").await;
        let all: Vec<_> = seen.headers.get_all("www-authenticate").iter().collect();
        let text = format!("{all:?}").replace("\\\"", "\"");
        assert_eq!(all.len(), headers, "{challenge:?}");
        assert!(
            text.contains(contains) && !text.contains(lacks),
            "{challenge:?}: {text}"
        );
    }
}
