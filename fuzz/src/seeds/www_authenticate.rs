//! Seeds for [`crate::www_authenticate`]: a header in each line.

use super::{Seed, many};

pub fn all() -> Vec<Seed> {
    let seeds: Vec<(&'static str, &str)> = vec![
        ("no_header", ""),
        (
            "as_atlas_sends_it",
            r#"Digest realm="MMS Public API", domain="", nonce="n1", algorithm=MD5, qop="auth", stale=false"#,
        ),
        (
            "every_directive",
            r#"Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth,auth-int", opaque="o", stale=true, userhash=true, charset=UTF-8, more="x""#,
        ),
        (
            "a_session_algorithm",
            r#"Digest realm="r", nonce="n", algorithm=SHA-512-256-sess, qop=auth"#,
        ),
        (
            "an_unknown_algorithm",
            r#"Digest realm="r", nonce="n", algorithm=WHIRLPOOL"#,
        ),
        (
            "only_auth_int",
            r#"Digest realm="r", nonce="n", qop="auth-int""#,
        ),
        ("no_qop", r#"Digest realm="r", nonce="n""#),
        ("no_nonce", r#"Digest realm="r""#),
        ("no_realm", r#"Digest nonce="n""#),
        ("an_empty_nonce", r#"Digest realm="", nonce="""#),
        (
            "several_schemes",
            r#"Basic realm="x", Digest realm="r", nonce="n1", qop="auth", Bearer error="invalid_token""#,
        ),
        (
            "several_headers",
            "Bearer realm=\"x\"\nDigest realm=\"r\", nonce=\"n1\"\nDigest realm=\"r\", nonce=\"n2\", algorithm=SHA-256",
        ),
        (
            "a_token68",
            r#"Negotiate abc==, Digest realm="r", nonce="n1""#,
        ),
        (
            "a_directive_twice",
            r#"Digest realm="r", realm="s", nonce="n1", nonce="n2""#,
        ),
        (
            "a_challenge_in_a_quoted_text",
            r#"Digest realm="a, Digest b=\"c\"", nonce="n,1""#,
        ),
        ("a_quote_without_an_end", r#"Digest realm="r", nonce="n"#),
        ("a_backslash_at_the_end", r#"Digest realm="r", nonce="n\"#),
        (
            "quotes_and_backslashes_to_be_written_back",
            r#"Digest realm="a\"b\\c", nonce="n\"\\""#,
        ),
        ("only_commas", ",,,, ,,"),
        ("only_equals", "===="),
        ("a_scheme_alone", "Digest"),
        ("parameters_without_a_scheme", r#"realm="r", nonce="n""#),
        (
            "letters_beyond_ascii",
            r#"Digest realm="käse", nonce="日本", charset=UTF-8"#,
        ),
        (
            "bytes_that_are_no_utf8",
            "Digest realm=\"r\u{ff}\", nonce=\"n\u{80}\"",
        ),
        ("tabs_for_spaces", "Digest\trealm=\"r\",\tnonce\t=\t\"n\""),
        (
            "a_nonce_that_would_begin_a_header",
            "Digest realm=\"r\", nonce=\"n\\\r\\\nX-Evil: 1\"",
        ),
        (
            "controls_of_c1",
            "Digest realm=\"\u{9b}31m\", nonce=\"\u{85}\u{202e}\"",
        ),
        (
            "capitals_everywhere",
            r#"DIGEST REALM="r" , NONCE="n1", ALGORITHM="md5", QOP=AUTH"#,
        ),
    ];
    let long = [
        (
            "a_nonce_as_long_as_a_page",
            format!(r#"Digest realm="r", nonce="{}""#, "n".repeat(3900)).into(),
        ),
        ("a_thousand_schemes", many("Digest ", 500)),
        (
            "a_thousand_backslashes",
            format!(r#"Digest realm="{}", nonce="n""#, r"\\".repeat(900)).into(),
        ),
        (
            "latin1_bytes",
            b"Digest realm=\"r\xe4\", nonce=\"n\xba\", algorithm=SHA-256, qop=\"auth\"".to_vec(),
        ),
        ("a_thousand_headers", many("Digest realm=r\n", 250)),
    ];
    let seeds = seeds
        .into_iter()
        .map(|(name, header)| (name, header.into()));
    seeds.chain(long).collect()
}
