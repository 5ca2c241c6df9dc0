//! A server in memory, for the tests of Digest, that checks every answer with the arithmetic of the RFC.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use digest_auth::{AuthContext, AuthorizationHeader, HttpMethod};

use super::super::{HttpRequest, testing::*};

/// The private key that the server knows, of the public key `abcdefgh`.
pub(super) const PRIVATE_KEY: &str = "11111111-2222-3333-4444-555555555555";

/// How the server of these tests treats its nonces.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Nonces {
    Reusable,
    SingleUse,
    /// Good for so many uses, then 401, which claims `stale=false`.
    Uses(u32),
    /// The same for all times.
    Constant,
}

#[derive(Default)]
struct Server {
    issued: u32,
    /// The counts that were seen for each nonce.
    seen: HashMap<String, HashSet<u32>>,
}

impl Server {
    fn challenge(&mut self, nonces: Nonces) -> Step {
        self.issued += 1;
        let nonce = if nonces == Nonces::Constant {
            "constant".to_owned()
        } else {
            format!("nonce-{}", self.issued)
        };
        let value = format!(
            r#"Digest realm="MMS Public API", domain="", nonce="{nonce}", algorithm=MD5, qop="auth", stale=false"#
        );
        answer(
            401,
            &[("www-authenticate", &value)],
            r#"{"error":401,"reason":"Unauthorized","detail":"You are not authorized for this resource."}"#,
        )
    }

    fn answer(&mut self, request: &HttpRequest, nonces: Nonces) -> Step {
        let Some(given) = request.headers.get("authorization") else {
            return self.challenge(nonces);
        };
        let given = AuthorizationHeader::parse(given.to_str().unwrap()).unwrap();
        let target = request
            .url
            .as_str()
            .strip_prefix("https://cloud.mongodb.com")
            .unwrap();
        assert_eq!(given.uri, target);
        let mut expected = given.clone();
        expected.digest(&AuthContext::new_with_method(
            "abcdefgh",
            PRIVATE_KEY,
            target,
            None::<&[u8]>,
            HttpMethod::from(request.method.as_str()),
        ));
        let uses = self.seen.entry(given.nonce.clone()).or_default();
        let limit = match nonces {
            Nonces::Reusable | Nonces::Constant => u32::MAX,
            Nonces::SingleUse => 1,
            Nonces::Uses(limit) => limit,
        };
        let known = given.nonce == "constant" || given.nonce.starts_with("nonce-");
        if !known
            || expected.response != given.response
            || uses.len() as u32 >= limit
            || !uses.insert(given.nc)
        {
            return self.challenge(nonces);
        }
        started()
    }
}

pub(super) fn served(nonces: Nonces) -> Arc<Script> {
    let server = Mutex::new(Server::default());
    Script::by(move |request| {
        server
            .lock()
            .unwrap()
            .answer(request, nonces)
            .after(Duration::from_millis(20))
    })
}
