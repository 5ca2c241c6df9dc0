//! Makes text that came from outside safe to show: no control characters, no terminal escapes, no secrets of ours, not endless.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::zeroize::Zeroizing;
use serde_json::Value;
use url::form_urlencoded;

/// More of one text than this helps nobody.
const LONGEST: usize = 4_000;

/// Text that came from outside, fit to be shown: line breaks and tabs become spaces, other control characters and those that
/// turn the direction of writing become `\u{FFFD}`, and a secret that the answer echoed is blotted out.
pub(super) fn harmless(text: &str, secrets: &[String]) -> String {
    without(text, &spellings(secrets))
}

fn without(text: &str, spellings: &[String]) -> String {
    let mut shown = text.trim().to_owned();
    for spelling in spellings {
        shown = blotted(shown, spelling);
    }
    let shown: String = shown
        .split_inclusive('\n')
        .map(without_authorization)
        .collect();
    let mut shown: String = shown.chars().map(tame).collect();
    if let Some((end, _)) = shown.char_indices().nth(LONGEST) {
        shown.truncate(end);
        shown.push('…');
    }
    shown
}

/// What RFC 3986 does not leave as it is.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Each secret as it is, percent-encoded as servers and libraries write it, as some write a slash in JSON, and in base64; all in
/// lower case.
fn spellings(secrets: &[String]) -> Zeroizing<Vec<String>> {
    let secrets = secrets
        .iter()
        .filter(|secret| secret.len() >= SHORTEST_SECRET);
    let spellings = secrets.flat_map(|secret| {
        [
            secret.to_owned(),
            utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
            utf8_percent_encode(secret, RESERVED).to_string(),
            form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
            secret.replace('/', r"\/"),
            STANDARD_NO_PAD.encode(secret),
            URL_SAFE_NO_PAD.encode(secret),
        ]
    });
    let lower = spellings.map(|mut spelling| {
        spelling.make_ascii_lowercase();
        spelling
    });
    Zeroizing::new(lower.collect())
}

/// The text without any occurrence of the spelling, in upper or lower case. Where it ends within one, as an answer does that
/// breaks off, the beginning is left out too.
fn blotted(text: String, spelling: &str) -> String {
    // Nothing that matters of a secret is in a shorter text.
    if text.len() < SHORTEST_SECRET {
        return text;
    }
    // Lower case in ASCII alone leaves all positions as they are.
    let lower = text.to_ascii_lowercase();
    let mut blotted = String::with_capacity(text.len());
    let mut rest = 0;
    for (start, _) in lower.match_indices(spelling) {
        blotted.push_str(&text[rest..start]);
        blotted.push_str(BLOT);
        rest = start + spelling.len();
    }
    let shortest = SHORTEST_SECRET.max(spelling.len() / 3);
    let longest = spelling.len().min(text.len() - rest + 1);
    let mut beginnings = (shortest..longest)
        .rev()
        .filter_map(|end| spelling.get(..end));
    match beginnings.find(|beginning| lower[rest..].ends_with(beginning)) {
        Some(beginning) => {
            blotted.push_str(&text[rest..text.len() - beginning.len()]);
            blotted.push_str(BLOT);
        }
        None => blotted.push_str(&text[rest..]),
    }
    blotted
}

/// What stands where a secret was.
const BLOT: &str = "(secret)";

/// A line without what follows an `Authorization` header in it, as servers that echo a request would show it.
fn without_authorization(line: &str) -> String {
    let lower = line.to_ascii_lowercase();
    match ECHOES
        .iter()
        .filter_map(|echo| Some(lower.find(echo)? + echo.len()))
        .min()
    {
        // Lower case in ASCII alone leaves all positions as they are.
        Some(end) => format!(
            "{} (secret){}",
            &line[..end],
            if line.ends_with('\n') { "\n" } else { "" }
        ),
        None => line.to_owned(),
    }
}

/// What an echoed header looks like: as a header, as the value of one, and as the part of one that comes of a private key.
const ECHOES: &[&str] = &[
    "authorization:",
    "digest username=",
    "response=\"",
    r#"response=\""#,
];

/// A shorter one is no secret, and blotting it out would only spoil the text.
const SHORTEST_SECRET: usize = 8;

fn tame(c: char) -> char {
    match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
        // Bidirectional controls can make a text read differently from what it says.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            char::REPLACEMENT_CHARACTER
        }
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

/// The same for JSON that stays as it was written: what a terminal might obey is escaped, which changes no meaning.
pub(super) fn harmless_raw(json: &str, secrets: &[String]) -> String {
    let mut shown = json.trim().to_owned();
    for spelling in spellings(secrets).iter() {
        shown = blotted(shown, spelling);
    }
    let mut escaped = String::with_capacity(shown.len());
    for c in shown.chars() {
        // Outside of texts there are only line breaks and tabs of these, and they mean nothing.
        if matches!(c, '\n' | '\r' | '\t') || tame(c) == c {
            escaped.push(c);
        } else {
            escaped.push_str(&format!("\\u{:04x}", u32::from(c)));
        }
    }
    escaped
}

/// The same for every text inside a JSON value.
pub(super) fn harmless_json(value: &Value, secrets: &[String]) -> Value {
    json_without(value, &spellings(secrets))
}

fn json_without(value: &Value, spellings: &[String]) -> Value {
    match value {
        Value::String(text) => Value::String(without(text, spellings)),
        Value::Array(items) => items
            .iter()
            .map(|item| json_without(item, spellings))
            .collect(),
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(key, value)| (without(key, spellings), json_without(value, spellings)))
                .collect(),
        ),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_that_moves_a_cursor_or_turns_the_text_survives() {
        let cases = [
            ("plain text, ünïcode 日本", "plain text, ünïcode 日本"),
            ("  two\nlines\tand\r\nmore ", "two lines and  more"),
            (
                "\u{1b}[2J\u{1b}]0;title\u{7}",
                "\u{fffd}[2J\u{fffd}]0;title\u{fffd}",
            ),
            ("\u{9b}31m\u{0}\u{7f}", "\u{fffd}31m\u{fffd}\u{fffd}"),
            ("a\u{202e}b\u{2066}c", "a\u{fffd}b\u{fffd}c"),
        ];
        for (text, shown) in cases {
            assert_eq!(harmless(text, &[]), shown);
        }
        assert_eq!(
            harmless_json(&json!(["\u{1b}", 1, {"\u{1b}": null}]), &[]),
            json!(["\u{fffd}", 1, {"\u{fffd}": null}])
        );
    }

    #[test]
    fn json_keeps_its_meaning_and_how_it_is_written() {
        let written = "{\"b\": 1.0,\n\"a\": [\"\u{9b}31m\u{202e}ü\", \"\\u001b\"]} ";
        let shown = harmless_raw(written, &[]);
        assert_eq!(
            shown,
            "{\"b\": 1.0,\n\"a\": [\"\\u009b31m\\u202eü\", \"\\u001b\"]}"
        );
        let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(value(&shown), value(written));
        let echo = harmless_raw(r#"{"a":"correct-horse"}"#, &["correct-horse".to_owned()]);
        assert_eq!(value(&echo), json!({"a": "(secret)"}));
    }

    #[test]
    fn an_echoed_secret_is_blotted_out() {
        let secrets = ["correct-horse".to_owned(), String::new(), "a".to_owned()];
        assert_eq!(
            harmless("Bearer correct-horse is a token", &secrets),
            "Bearer (secret) is a token"
        );
    }

    #[test]
    fn an_echoed_authorization_is_left_out() {
        let echo = "Host: x\r\nAuthorization: Digest username=\"a\", response=\"b\"\r\nAccept: y";
        assert_eq!(
            harmless(echo, &[]),
            "Host: x  Authorization: (secret) Accept: y"
        );
        let echo = r#"{"Authorization":"Digest username=\"a\", response=\"b\""}"#;
        assert_eq!(
            harmless(echo, &[]),
            r#"{"Authorization":"Digest username= (secret)"#
        );
        for echo in [
            r#"expected response="a1", not response="b2""#,
            r#"expected response=\"a1\", not response=\"b2\""#,
        ] {
            let shown = harmless(echo, &[]);
            assert!(shown.ends_with("\" (secret)"), "{shown}");
            assert!(!shown.contains("a1") && !shown.contains("b2"), "{shown}");
        }
    }

    #[test]
    fn long_text_is_cut() {
        let shown = harmless(&"ä".repeat(10_000), &[]);
        assert_eq!(shown.chars().count(), LONGEST + 1);
        assert!(shown.ends_with("ä…"));
    }

    #[test]
    fn the_beginning_of_a_secret_at_the_end_of_a_text_is_blotted_out() {
        let secrets = ["7f9c2ba4-e88f~Key".to_owned()];
        for (text, shown) in [
            ("Bearer 7f9c2ba4-e8", "Bearer (secret)"),
            ("Bearer 7F9C2BA4", "Bearer (secret)"),
            ("Bearer 7f9c2ba4%2D", "Bearer (secret)"),
            ("Bearer 7f9c2ba", "Bearer 7f9c2ba"),
            ("7f9c2ba4-e88f~Key 7f9c2ba4-", "(secret) (secret)"),
        ] {
            assert_eq!(harmless(text, &secrets), shown, "{text}");
        }
    }

    #[test]
    fn a_secret_of_every_character_of_a_token_is_blotted_out_in_every_spelling() {
        // The characters of RFC 6750; where one of them stays, another may be encoded.
        let secrets = ["7f9c-._~+/ab?>~Key==".to_owned()];
        for echoed in [
            "7f9c-._~+/ab?>~Key==",
            "7f9c-._~%2B%2Fab%3F%3E~Key%3D%3D",
            "7f9c-._~%2b%2fab%3f%3e~Key%3d%3d",
            "7f9c-._%7E%2B%2Fab%3F%3E%7EKey%3D%3D",
            "7f9c%2D%2E%5F%7E%2B%2Fab%3F%3E%7EKey%3D%3D",
            "7f9c-._~+\\/ab?>~Key==",
            "N2Y5Yy0uX34rL2FiPz5+S2V5PT0=",
            "N2Y5Yy0uX34rL2FiPz5-S2V5PT0",
        ] {
            let shown = harmless(&format!("<{echoed}>"), &secrets);
            // The padding of base64 tells nothing.
            assert_eq!(shown.replace('=', ""), "<(secret)>", "{echoed}");
        }
    }

    #[test]
    fn a_secret_is_blotted_out_in_every_spelling() {
        let secrets = ["7f9c2ba4-e88f~Key".to_owned()];
        for echoed in [
            "7f9c2ba4-e88f~Key",
            "7F9C2BA4-E88F~KEY",
            "7f9c2ba4%2De88f%7EKey",
            "7f9c2ba4%2de88f%7ekey",
            "7f9c2ba4-e88f%7EKey",
            "N2Y5YzJiYTQtZTg4Zn5LZXk=",
        ] {
            let shown = harmless(&format!("ä {echoed} and {echoed}!"), &secrets);
            assert_eq!(shown.matches("(secret)").count(), 2, "{echoed}: {shown}");
            assert!(
                shown.starts_with("ä (secret)") && shown.ends_with('!'),
                "{shown}"
            );
        }
    }
}
