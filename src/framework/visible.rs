//! Text that came from outside, fit to be shown: nothing in it is an order to a terminal or reads differently from what it says.

/// Enough of a name or a key to know it by.
const LONGEST_NAME: usize = 40;

/// Enough of a type to see what is wrong with it.
const LONGEST_NOTATION: usize = 200;

/// Longer prose is nobody's to read: somebody's name in it has no end.
const LONGEST_PROSE: usize = 16_000;

/// Prose with names and other people's words in it. Line breaks stay; what would move a cursor or turn the direction of
/// writing is replaced. What is too long is cut.
pub(super) fn prose(text: &str) -> String {
    let tame = |c| match c {
        '\n' => '\n',
        '\t' | '\r' | '\u{2028}' | '\u{2029}' => ' ',
        c if c.is_control() || turns(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    let mut shown: String = text.chars().take(LONGEST_PROSE).map(tame).collect();
    if text.chars().nth(LONGEST_PROSE).is_some() {
        shown.push('…');
    }
    shown
}

/// A title: prose on one line.
pub(super) fn title(text: &str) -> String {
    prose(text).replace('\n', " ")
}

/// A name or a key, without quotes; what cannot be seen is written out.
pub(super) fn name(name: &str) -> String {
    escaped(name, LONGEST_NAME)
}

/// The same between quotes.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", name(text))
}

/// A type in its notation, or what was meant to be one.
pub(super) fn notation(json: &serde_json::Value) -> String {
    escaped(&json.to_string(), LONGEST_NOTATION).replace("\\\"", "\"")
}

fn escaped(text: &str, longest: usize) -> String {
    let end = text.char_indices().nth(longest).map(|(end, _)| end);
    let beginning = format!("{:?}", &text[..end.unwrap_or(text.len())]);
    // Between the quotes that every such form has.
    let beginning = &beginning[1..beginning.len() - 1];
    match end {
        Some(_) => format!("{beginning}…"),
        None => beginning.to_owned(),
    }
}

/// Whether a character turns the direction of writing.
fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{name, notation, prose, quoted, title};

    #[test]
    fn nothing_that_a_terminal_obeys_is_left_in_prose() {
        for (text, shown) in [
            (
                "a \"name\", ünïcode 日本\n\nmore",
                "a \"name\", ünïcode 日本\n\nmore",
            ),
            ("a\tb\r\nc\u{2028}d\u{2029}", "a b \nc d "),
            (
                "\u{1b}[2J\u{9b}31m\u{0}\u{7f}\u{85}",
                "\u{fffd}[2J\u{fffd}31m\u{fffd}\u{fffd}\u{fffd}",
            ),
            (
                "\u{61c}\u{200e}\u{200f}\u{202e}\u{2066}",
                "\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}",
            ),
        ] {
            assert_eq!(prose(text), shown);
            assert_eq!(title(text), shown.replace('\n', " "));
        }
    }

    #[test]
    fn prose_has_an_end() {
        let longest = "ä".repeat(16_000);
        assert_eq!(prose(&longest), longest);
        assert_eq!(prose(&format!("{longest}ö")), format!("{longest}…"));
        assert_eq!(title(&format!("{longest}\n")), format!("{longest}…"));
    }

    #[test]
    fn a_name_is_short_and_what_cannot_be_seen_in_it_is_written_out() {
        assert_eq!(name("max_retries"), "max_retries");
        assert_eq!(quoted("a\u{1b}\u{202e}\n\"b"), r#""a\u{1b}\u{202e}\n\"b""#);
        assert_eq!(name(&"ä".repeat(41)), format!("{}…", "ä".repeat(40)));
        assert_eq!(
            notation(&json!(["list", "a\u{7f}"])),
            r#"["list","a\u{7f}"]"#
        );
        assert_eq!(notation(&json!("x".repeat(500))).chars().count(), 201);
    }
}
