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

fn survives(value: &Value, ty: &Type) {
    let written = json::encode(value, ty).expect("what was read can be written");
    let again = json::decode(&written, ty).expect("what was written can be read");
    assert_eq!(&again, value);
    let written = msgpack::encode(value, ty).expect("what was read can be written in MessagePack");
    let again = msgpack::decode(&written, ty).expect("what was written in MessagePack can be read");
    assert!(same(&again, value), "{again:?} came back for {value:?}");
}
