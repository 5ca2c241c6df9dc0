//! The id of `terraform import`.

use std::sync::{Arc, LazyLock};

use terraform_provider_atlas::framework::{ImportRequest, Provider, Resource};
use terraform_provider_atlas::provider::AtlasProvider;

use super::shown::assert_fit_to_be_shown;

static RESOURCE: LazyLock<Arc<dyn Resource>> =
    LazyLock::new(|| AtlasProvider::of_process().resources().remove(0));

const NAMES: [&str; 3] = ["group_id", "tenant_name", "processor_name"];

/// What is accepted has the three names that were given, and an id that imports the same; so does its identity. What is not accepted is refused
/// in words that nobody's terminal takes for orders.
pub fn check(bytes: &[u8]) {
    let given = String::from_utf8_lossy(bytes).into_owned();
    let segments: Vec<Vec<u8>> = given.split('/').map(decoded).collect();
    let imported = match RESOURCE.import(ImportRequest::Id(given)) {
        Ok(imported) => imported,
        Err(refusals) => {
            assert!(refusals.has_error(), "refused without an error");
            for refusal in &refusals {
                assert_fit_to_be_shown(&refusal.summary);
                assert_fit_to_be_shown(&refusal.detail);
                assert_eq!(
                    refusal.path, None,
                    "there is no configuration to point into"
                );
            }
            return;
        }
    };
    let text = |name: &str| imported.state.attribute(name).as_str().map(str::to_owned);
    let id = text("id").expect("an imported object has an id");
    assert_eq!(segments.len(), NAMES.len());
    for (name, segment) in NAMES.iter().zip(segments) {
        let name = text(name).expect("an imported object has its names");
        assert!(!name.is_empty() && name.into_bytes() == segment);
    }
    // Written by us, it is three segments of the plainest characters.
    assert!(id.is_ascii() && id.split('/').count() == 3, "{id:?}");
    assert_fit_to_be_shown(&id);
    let identity = imported.identity.expect("an import brings an identity");
    for request in [ImportRequest::Id(id), ImportRequest::Identity(identity)] {
        let Ok(again) = RESOURCE.import(request) else {
            panic!("its own id or identity cannot be imported");
        };
        assert_eq!(again.state, imported.state);
    }
}

/// A segment without its percent-encoding.
fn decoded(segment: &str) -> Vec<u8> {
    let (mut rest, mut decoded) = (segment.as_bytes(), Vec::new());
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let digits = digits.filter(|two| two.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match digits.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) if *first == b'%' => {
                decoded.push(byte);
                rest = &after[2..];
            }
            _ => {
                decoded.push(*first);
                rest = after;
            }
        }
    }
    decoded
}
