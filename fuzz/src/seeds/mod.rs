//! What the fuzzer starts from: a few inputs for each target, named after what is hostile in them. They are written as code and
//! not as files, so that one can read what is in them; an input that once made a target fail is added here.

pub mod api_error;
pub mod handshake_environment;
pub mod import_id;
pub mod json;
pub mod msgpack;
pub mod www_authenticate;

/// A name for people, and the bytes.
pub type Seed = (&'static str, Vec<u8>);

/// Characters that no terminal may get: controls of both sets, escape sequences, and what turns the direction of writing.
pub const TERMINAL_ORDERS: &str = "a\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m\u{9d}\u{85}\r\n\t\u{8}\u{7f}\u{61c}\u{200e}\u{202e}b\u{2066}c\u{2028}d";

/// The same text often.
fn many(text: &str, times: usize) -> Vec<u8> {
    text.repeat(times).into_bytes()
}

/// Several parts as one.
fn joined(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}
