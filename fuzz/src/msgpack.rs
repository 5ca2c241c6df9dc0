//! MessagePack from a host: the first byte picks a type, the others are to be a value of it.

use terraform_provider_atlas::framework::{json, msgpack};

use super::same::same;
use super::shown::assert_fit_to_be_shown;
use super::types::of;

/// What is read can be written, is the same when it is read again, and is then written alike. What cannot be read is
/// refused in words that nobody's terminal takes for orders.
pub fn check(bytes: &[u8]) {
    let Some((ty, bytes)) = of(bytes) else { return };
    let value = match msgpack::decode(bytes, ty) {
        Ok(value) => value,
        Err(refusal) => return assert_fit_to_be_shown(&refusal.to_string()),
    };
    let written = msgpack::encode(&value, ty).expect("what was read can be written");
    let again = msgpack::decode(&written, ty).expect("what was written can be read");
    assert!(same(&again, &value), "{again:?} came back for {value:?}");
    let written_again = msgpack::encode(&again, ty).expect("what was read again can be written");
    assert_eq!(written_again, written);
    // JSON has neither the unknown nor the infinite; all the rest is the same in it.
    if let Ok(written) = json::encode(&value, ty) {
        match json::decode(&written, ty) {
            Ok(again) => assert_eq!(again, value),
            // Readers of JSON give up at a depth that MessagePack, with its types beside it, does not reach so soon.
            Err(refusal) => assert!(brackets(&written) > 60, "{refusal}"),
        }
    }
}

fn brackets(json: &[u8]) -> usize {
    json.iter()
        .filter(|byte| matches!(byte, b'[' | b'{'))
        .count()
}
