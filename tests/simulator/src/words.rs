//! The words that a fault is made of, as the page offers them: there is no second list of them anywhere.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{
    Effect, Fault, Operation,
    processor::{LASTING, PASSING},
    ready,
};

/// Every word, for those who do not know the simulator.
pub(crate) fn all() -> Value {
    let effects = effects().into_iter().map(|effect| {
        let example = json!(effect);
        (name(&example), example)
    });
    json!({
        "operations": Operation::ALL,
        "ready": ready::all(),
        "effects": effects.collect::<Map<_, _>>(),
        "states": { "lasting": LASTING, "passing": PASSING },
        "always": Fault::ALWAYS,
    })
}

/// An effect in JSON is a word, or an object with the word as its one member.
fn name(effect: &Value) -> String {
    let member = effect.as_object().and_then(|effect| effect.keys().next());
    member
        .map(String::as_str)
        .or(effect.as_str())
        .unwrap_or_default()
        .to_owned()
}

/// One of each kind, with values to begin with.
fn effects() -> [Effect; 14] {
    let late = Duration::from_secs(3);
    [
        Effect::html(502),
        Effect::Delay(late),
        Effect::AsUsual.after(late),
        Effect::NoAnswer { processed: false }.processed_late(late),
        Effect::AsUsual,
        Effect::NoAnswer { processed: false },
        Effect::Reset { processed: false },
        Effect::SlowDrip,
        Effect::Truncate,
        Effect::Oversize(20_000_000),
        Effect::Redirect("http://127.0.0.1:1/".to_owned()),
        Effect::CloseConnection,
        Effect::ExpireTokens,
        Effect::ExpireNonces,
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde::de::DeserializeOwned;

    use super::*;

    /// The words that serde knows for an enum, out of its complaint about one that it does not.
    fn known<T: DeserializeOwned>() -> BTreeSet<String> {
        let complaint = match serde_json::from_str::<T>(r#""no such word""#) {
            Ok(_) => panic!("it takes any word"),
            Err(error) => error.to_string(),
        };
        let (_, words) = complaint.split_once("expected one of").unwrap();
        words
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn no_operation_and_no_effect_is_missing() {
        let words = all();
        let operations = words["operations"].as_array().unwrap().iter();
        let operations = operations.map(|word| word.as_str().unwrap().to_owned());
        assert_eq!(operations.collect::<BTreeSet<_>>(), known::<Operation>());
        let effects = words["effects"].as_object().unwrap();
        assert_eq!(
            effects.keys().cloned().collect::<BTreeSet<_>>(),
            known::<Effect>()
        );
        for (word, example) in effects {
            assert!(
                serde_json::from_value::<Effect>(example.clone()).is_ok(),
                "{word}"
            );
        }
    }
}
