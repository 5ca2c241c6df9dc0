//! What a text has to be like before a person's terminal may get it.

/// No text for a person is longer, in bytes.
const LONGEST: usize = 64 * 1024;

/// Nothing in it is an order to a terminal, nothing makes it read differently from what it says, and it has an end.
pub fn assert_fit_to_be_shown(text: &str) {
    if let Some(found) = text.chars().find(|c| *c != '\n' && commands(*c)) {
        panic!(
            "U+{:04X} reaches the terminal in {text:?}",
            u32::from(found)
        );
    }
    assert!(
        text.len() <= LONGEST,
        "{} bytes are shown: {}…",
        text.len(),
        text.chars().take(200).collect::<String>()
    );
}

/// Control characters, C1 among them, and all that turns the direction of writing or breaks a line unseen.
fn commands(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
