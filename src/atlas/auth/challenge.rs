//! Reads `WWW-Authenticate` (RFC 9110 §11.6.1) and picks the Digest challenge (RFC 7616 §3.3) to answer.

use std::{collections::BTreeMap, iter::Peekable, str::Chars};

use digest_auth::{Algorithm, AlgorithmType, Charset, Qop, WwwAuthenticateHeader};
use http::{HeaderMap, header::WWW_AUTHENTICATE};

/// The strongest Digest challenge among all headers that we can answer. Other schemes, unknown algorithms, and a `qop` without
/// `auth` are passed over; unknown directives are ignored, as the RFC wants it.
pub(super) fn choose(headers: &HeaderMap) -> Option<WwwAuthenticateHeader> {
    let values = headers
        .get_all(WWW_AUTHENTICATE)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let prompts = values
        .flat_map(|value| parse(&value))
        .filter_map(Challenge::into_prompt);
    // The first of equals, which is the order of preference of the server.
    prompts.reduce(|best, next| {
        if strength(&next) > strength(&best) {
            next
        } else {
            best
        }
    })
}

fn strength(prompt: &WwwAuthenticateHeader) -> u8 {
    match prompt.algorithm.algo {
        AlgorithmType::MD5 => 0,
        AlgorithmType::SHA2_256 | AlgorithmType::SHA2_512_256 => 1,
    }
}

/// One challenge: its scheme, and its parameters under their names in lower case.
#[derive(Debug, Default, PartialEq)]
struct Challenge {
    scheme: String,
    parameters: BTreeMap<String, String>,
}

impl Challenge {
    fn into_prompt(mut self) -> Option<WwwAuthenticateHeader> {
        if !self.scheme.eq_ignore_ascii_case("digest") {
            return None;
        }
        let flag =
            |value: Option<&String>| value.is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let (stale, userhash) = (
            flag(self.parameters.get("stale")),
            flag(self.parameters.get("userhash")),
        );
        let charset = match self.parameters.get("charset") {
            Some(charset) if charset.eq_ignore_ascii_case("utf-8") => Charset::UTF8,
            _ => Charset::ASCII,
        };
        // Without `qop` the answer is that of RFC 2069.
        let qop = match self.parameters.get("qop") {
            None => None,
            Some(offered)
                if offered
                    .split(',')
                    .any(|word| word.trim().eq_ignore_ascii_case("auth")) =>
            {
                Some(vec![Qop::AUTH])
            }
            Some(_) => return None,
        };
        Some(WwwAuthenticateHeader {
            domain: None,
            algorithm: self
                .parameters
                .get("algorithm")
                .map_or(Some(Algorithm::default()), |name| algorithm(name))?,
            realm: self.parameters.remove("realm")?,
            nonce: self.parameters.remove("nonce")?,
            opaque: self.parameters.remove("opaque"),
            stale,
            qop,
            userhash,
            charset,
            nc: 0,
        })
    }
}

fn algorithm(name: &str) -> Option<Algorithm> {
    let name = name.to_ascii_uppercase();
    let (name, session) = name
        .strip_suffix("-SESS")
        .map_or((name.as_str(), false), |name| (name, true));
    let algorithm = match name {
        "MD5" => AlgorithmType::MD5,
        "SHA-256" => AlgorithmType::SHA2_256,
        "SHA-512-256" => AlgorithmType::SHA2_512_256,
        _ => return None,
    };
    Some(Algorithm::new(algorithm, session))
}

/// All challenges of one header value. A name that no `=` follows begins a new one; what makes no sense is skipped.
///
/// The `digest_auth` crate has a parser too, but it knows one challenge a header, and counts characters where it indexes bytes.
fn parse(value: &str) -> Vec<Challenge> {
    let mut challenges: Vec<Challenge> = Vec::new();
    let mut rest = value.chars().peekable();
    loop {
        while rest
            .next_if(|c| c.is_ascii_whitespace() || *c == ',')
            .is_some()
        {}
        let name = word(&mut rest);
        if name.is_empty() {
            // Either the end, or a character that belongs nowhere.
            match rest.next() {
                Some(_) => continue,
                None => return challenges,
            }
        }
        while rest.next_if(char::is_ascii_whitespace).is_some() {}
        if rest.next_if_eq(&'=').is_none() {
            challenges.push(Challenge {
                scheme: name,
                ..Default::default()
            });
            continue;
        }
        while rest.next_if(char::is_ascii_whitespace).is_some() {}
        let value = if rest.next_if_eq(&'"').is_some() {
            quoted(&mut rest)
        } else {
            word(&mut rest)
        };
        if let Some(challenge) = challenges.last_mut() {
            challenge
                .parameters
                .entry(name.to_ascii_lowercase())
                .or_insert(value);
        }
    }
}

fn word(rest: &mut Peekable<Chars<'_>>) -> String {
    let mut word = String::new();
    while let Some(c) = rest.next_if(|c| !c.is_ascii_whitespace() && !matches!(c, ',' | '=' | '"'))
    {
        word.push(c);
    }
    word
}

/// The rest of a quoted string; one that is never closed ends with the header.
fn quoted(rest: &mut Peekable<Chars<'_>>) -> String {
    let mut text = String::new();
    while let Some(c) = rest.next() {
        match c {
            '"' => break,
            '\\' => text.extend(rest.next()),
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert, proptest};

    use super::*;

    fn chosen(values: &[&str]) -> Option<WwwAuthenticateHeader> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(WWW_AUTHENTICATE, value.parse().unwrap());
        }
        choose(&headers)
    }

    #[test]
    fn the_challenge_is_found_in_every_form() {
        let md5 = AlgorithmType::MD5;
        let sha = AlgorithmType::SHA2_256;
        let auth = Some(vec![Qop::AUTH]);
        type Case<'a> = (&'a [&'a str], &'a str, AlgorithmType, &'a Option<Vec<Qop>>);
        let cases: &[Case<'_>] = &[
            (
                &[
                    r#"Digest realm="MMS Public API", domain="", nonce="n1", algorithm=MD5, qop="auth", stale=false"#,
                ],
                "n1",
                md5,
                &auth,
            ),
            // A misprint in Atlas' documentation.
            (
                &[
                    r#"Digest realm="MMS Public API", domain="", nonce="n1", algorithm=MD5, op="auth", stale=false"#,
                ],
                "n1",
                md5,
                &None,
            ),
            (&[r#"digest Realm = "r" , NONCE="n1""#], "n1", md5, &None),
            (
                &[r#"DIGEST realm="r",nonce="n1",algorithm="md5",qop=auth"#],
                "n1",
                md5,
                &auth,
            ),
            (
                &[r#"Digest realm="a, Digest b=\"c\"", nonce="n,1", qop="auth-int, auth""#],
                "n,1",
                md5,
                &auth,
            ),
            (
                &[
                    r#"Basic realm="x", Digest realm="r", nonce="n1", qop="auth", Bearer error="invalid_token""#,
                ],
                "n1",
                md5,
                &auth,
            ),
            (
                &[r#"Negotiate abc==, Digest realm="r", nonce="n1""#],
                "n1",
                md5,
                &None,
            ),
            (
                &[r#"Bearer realm="x""#, r#"Digest realm="r", nonce="n1""#],
                "n1",
                md5,
                &None,
            ),
            (
                &[
                    r#"Digest realm="r", nonce="n1", algorithm=MD5, Digest realm="r", nonce="n2", algorithm=SHA-256"#,
                ],
                "n2",
                sha,
                &None,
            ),
            (
                &[
                    r#"Digest realm="r", nonce="n2", algorithm=SHA-256"#,
                    r#"Digest realm="r", nonce="n1""#,
                ],
                "n2",
                sha,
                &None,
            ),
            (
                &[
                    r#"Digest realm="r", nonce="n1", algorithm=SHA-1"#,
                    r#"Digest realm="r", nonce="n2""#,
                ],
                "n2",
                md5,
                &None,
            ),
            (
                &[
                    r#"Digest realm="r", nonce="n1", qop="auth-int""#,
                    r#"Digest realm="r", nonce="n2""#,
                ],
                "n2",
                md5,
                &None,
            ),
            (
                &[r#"Digest realm="r", nonce="unclosed"#],
                "unclosed",
                md5,
                &None,
            ),
        ];
        for (values, nonce, algorithm, qop) in cases {
            let prompt = chosen(values).unwrap_or_else(|| panic!("{values:?} holds a challenge"));
            assert_eq!(
                (prompt.nonce.as_str(), prompt.algorithm.algo, &prompt.qop),
                (*nonce, *algorithm, *qop),
                "{values:?}"
            );
        }
        assert_eq!(
            chosen(&[r#"Digest realm="a \"b\"", nonce="n", stale=TRUE, opaque="o""#])
                .map(|prompt| (prompt.realm, prompt.stale, prompt.opaque)),
            Some(("a \"b\"".to_owned(), true, Some("o".to_owned())))
        );
    }

    #[test]
    fn what_can_not_be_answered_is_no_challenge() {
        for values in [
            &[] as &[&str],
            &[""],
            &["Basic realm=\"x\""],
            &["Digest realm=\"x\""],
            &["Digest nonce=\"x\""],
            &["Digest realm=\"r\", nonce=\"n\", algorithm=WHIRLPOOL"],
            &["realm=\"r\", nonce=\"n\""],
        ] {
            assert_eq!(chosen(values), None, "{values:?}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_read_to_its_end(value in "(Digest |[a-z=\", \\\\]|ä|\u{1f980}){0,40}") {
            let challenges = parse(&value);
            prop_assert!(challenges.len() <= value.len());
        }
    }
}
