//! JSON from a host or a state file: the first byte picks a type, the others are to be a value of it.

use terraform_provider_atlas::framework::{Type, Value, json, msgpack};

use super::same::same;
use super::shown::assert_fit_to_be_shown;
use super::types::of;

/// What is read can be written, in both encodings, and is the same when it is read again. A state that a looser reader
/// takes is one that the strict reader takes once it is written. What cannot be read is refused in words that nobody's
/// terminal takes for orders.
pub fn check(bytes: &[u8]) {
    let Some((ty, bytes)) = of(bytes) else { return };
    match json::decode(bytes, ty) {
        Ok(value) => survives(&value, ty),
        Err(refusal) => assert_fit_to_be_shown(&refusal.to_string()),
    }
    let Ok(stored) = serde_json::from_slice(bytes) else {
        return;
    };
    match json::from_stored(&stored, ty) {
        Ok(value) => survives(&value, ty),
        Err(refusal) => assert_fit_to_be_shown(&refusal.to_string()),
    }
}

/// Whether there are several numbers in it that take thousands of digits to write out, as `1e9999` does. That they cost time
/// is known; a fuzzer that has found it out spends all of its own on them.
#[allow(
    dead_code,
    reason = "the ordinary tests, which include this file, take the time"
)]
pub fn is_costly(bytes: &[u8]) -> bool {
    let has_long_exponent = |rest: &&[u8]| {
        let digits = match rest {
            [b'e' | b'E', b'+' | b'-', digits @ ..] | [b'e' | b'E', digits @ ..] => digits,
            _ => return false,
        };
        let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        let digits = digits[zeros..]
            .iter()
            .take_while(|digit| digit.is_ascii_digit());
        digits.count() > 2
    };
    let rests = (0..bytes.len()).map(|at| &bytes[at..]);
    rests.filter(has_long_exponent).nth(2).is_some()
}

fn survives(value: &Value, ty: &Type) {
    let written = json::encode(value, ty).expect("what was read can be written");
    let again = json::decode(&written, ty).expect("what was written can be read");
    assert_eq!(&again, value);
    let written = msgpack::encode(value, ty).expect("what was read can be written in MessagePack");
    let again = msgpack::decode(&written, ty).expect("what was written in MessagePack can be read");
    assert!(same(&again, value), "{again:?} came back for {value:?}");
}
