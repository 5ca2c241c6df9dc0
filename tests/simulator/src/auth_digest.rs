//! HTTP Digest for API keys (RFC 7616 and its predecessor RFC 2069), verified with nothing that the product uses.

use std::collections::{BTreeMap, BTreeSet};

use md5::Md5;
use sha2::Digest;
use tokio::time::Instant;

use crate::{
    answer::{Answer, ApiError},
    auth_parameters,
    call::Call,
    digest_settings::{Algorithm, Challenge, DigestSettings, hex},
    known,
};

const REALM: &str = "MMS Public API";

/// The nonces that were given out.
#[derive(Debug, Default)]
pub(crate) struct Nonces {
    given: u64,
    live: BTreeMap<String, Nonce>,
}

#[derive(Debug)]
struct Nonce {
    since: Instant,
    /// The counts that were used. They may arrive in any order, but none of them twice.
    used: BTreeSet<u32>,
}

impl Nonces {
    /// Lets all nonces expire.
    pub(crate) fn expire(&mut self) {
        self.live.clear();
    }

    /// How many were given out so far.
    pub(crate) fn given(&self) -> u64 {
        self.given
    }

    fn fresh(&mut self) -> String {
        self.given += 1;
        let nonce = hex(&Md5::digest(format!("nonce {}", self.given)));
        self.live.insert(
            nonce.clone(),
            Nonce {
                since: Instant::now(),
                used: BTreeSet::new(),
            },
        );
        nonce
    }

    /// A 401 with a fresh challenge.
    pub(crate) fn challenge(&mut self, settings: &DigestSettings, stale: bool) -> Answer {
        let nonce = self.fresh();
        let stale = stale && settings.stale_flag;
        let write = |algorithm: Algorithm| {
            let (algorithm, qop) = match settings.challenge {
                Challenge::QuotedAlgorithm => {
                    (format!("\"{}\"", algorithm.name()), ", qop=\"auth\"")
                }
                Challenge::Op => (algorithm.name().to_owned(), ", op=\"auth\""),
                Challenge::NoQop => (algorithm.name().to_owned(), ""),
                _ => (algorithm.name().to_owned(), ", qop=\"auth\""),
            };
            format!(
                "Digest realm=\"{REALM}\", domain=\"\", nonce=\"{nonce}\", algorithm={algorithm}{qop}, stale={stale}"
            )
        };
        let mut answer = Answer::from(ApiError::not_authorized());
        "application/json;charset=ISO-8859-1".clone_into(&mut answer.content_type);
        let challenges = match settings.challenge {
            Challenge::BesideBearer => vec![
                format!("Bearer realm=\"{REALM}\""),
                write(settings.algorithm),
            ],
            Challenge::BothAlgorithms => vec![write(Algorithm::Sha256), write(Algorithm::Md5)],
            _ => vec![write(settings.algorithm)],
        };
        challenges.into_iter().fold(answer, |answer, challenge| {
            answer.with("www-authenticate", challenge)
        })
    }

    /// Verifies the parameters of a Digest Authorization header against the request they came with.
    pub(crate) fn check(
        &mut self,
        settings: &DigestSettings,
        call: &Call,
        parameters: &str,
    ) -> Result<(), Refused> {
        let given = auth_parameters::parse(parameters).ok_or(Refused::Wrong)?;
        let get = |name: &str| given.get(name).map(String::as_str).unwrap_or_default();
        let algorithm = match get("algorithm").to_ascii_uppercase().as_str() {
            "" | "MD5" => Algorithm::Md5,
            "SHA-256" => Algorithm::Sha256,
            _ => return Err(Refused::Wrong),
        };
        let offered =
            settings.challenge == Challenge::BothAlgorithms || algorithm == settings.algorithm;
        let right = get("username") == known::PUBLIC_KEY
            && get("realm") == REALM
            && get("uri") == call.target();
        if !offered || !right {
            return Err(Refused::Wrong);
        }
        let ha1 = algorithm.hash(&format!(
            "{}:{REALM}:{}",
            known::PUBLIC_KEY,
            known::PRIVATE_KEY
        ));
        let ha2 = algorithm.hash(&format!("{}:{}", call.method, get("uri")));
        let (nonce, nc, cnonce) = (get("nonce"), get("nc"), get("cnonce"));
        let legacy = matches!(settings.challenge, Challenge::Op | Challenge::NoQop);
        let (expected, count) = match get("qop") {
            "auth" if nc.len() == 8 && !cnonce.is_empty() => {
                let count = u32::from_str_radix(nc, 16)
                    .ok()
                    .filter(|count| *count > 0)
                    .ok_or(Refused::Wrong)?;
                (
                    algorithm.hash(&format!("{ha1}:{nonce}:{nc}:{cnonce}:auth:{ha2}")),
                    Some(count),
                )
            }
            "" if legacy => (algorithm.hash(&format!("{ha1}:{nonce}:{ha2}")), None),
            _ => return Err(Refused::Wrong),
        };
        if get("response") != expected {
            return Err(Refused::Wrong);
        }
        let Some(live) = self.live.get_mut(nonce) else {
            return Err(Refused::UsedUp);
        };
        if live.since.elapsed() >= settings.nonce_lifetime
            || count.is_some_and(|count| !live.used.insert(count))
        {
            return Err(Refused::UsedUp);
        }
        if settings.single_use {
            self.live.remove(nonce);
        }
        Ok(())
    }
}

/// Why a digest is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is no good, and would be none with another nonce.
    Wrong,
    /// It is right, but its nonce has expired, was never given out, or was used with this count before.
    UsedUp,
}

#[cfg(test)]
mod tests;
