//! The rule that hosts hold an applied object to: what was planned as known has to be so.

use crate::framework::{Path, Value};

/// Where an applied value first differs from what was planned. An unknown may have become anything.
pub(super) fn violation(planned: &Value, applied: &Value) -> Option<Path> {
    differs(planned, applied, &Path::default())
}

fn differs(planned: &Value, applied: &Value, at: &Path) -> Option<Path> {
    let same = match (planned, applied) {
        (Value::Unknown, _) => true,
        (Value::Object(a), Value::Object(b)) | (Value::Map(a), Value::Map(b)) => {
            let within = |((name, a), b): ((&String, &Value), &Value)| {
                let path = match planned {
                    Value::Map(_) => at.clone().key(name),
                    _ => at.clone().attribute(name),
                };
                differs(a, b, &path)
            };
            if let Some(path) = a.iter().zip(b.values()).find_map(within) {
                return Some(path);
            }
            a.keys().eq(b.keys())
        }
        (Value::List(a), Value::List(b)) | (Value::Tuple(a), Value::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| differs(a, b, at).is_none())
        }
        (Value::Set(a), Value::Set(b)) => {
            let known = |one: &&Value| one.is_wholly_known();
            b.len() <= a.len() && a.iter().filter(known).all(|one| b.contains(one))
        }
        (Value::Dynamic(a), Value::Dynamic(b)) => a.0 == b.0 && differs(&a.1, &b.1, at).is_none(),
        _ => planned == applied,
    };
    (!same).then(|| at.clone())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::violation;
    use crate::framework::Value;

    fn object(entries: [(&str, Value); 2]) -> Value {
        Value::Object(entries.map(|(name, one)| (name.to_owned(), one)).into())
    }

    #[test]
    fn the_known_stays_and_the_unknown_becomes_anything() {
        let map = |key: &str| Value::Map(BTreeMap::from([(key.to_owned(), "v".into())]));
        let planned = object([("a", "x".into()), ("m", map("k"))]);
        for (planned, applied, place) in [
            (planned.clone(), planned.clone(), None),
            (Value::Unknown, Value::Null, None),
            (
                object([("a", Value::Unknown), ("m", map("k"))]),
                planned.clone(),
                None,
            ),
            (
                planned.clone(),
                object([("a", Value::Null), ("m", map("k"))]),
                Some("a"),
            ),
            (
                planned.clone(),
                object([("a", "x".into()), ("m", map("l"))]),
                Some("m"),
            ),
            (planned, Value::Null, Some("")),
            (Value::Null, "x".into(), Some("")),
            (
                Value::List(vec!["a".into(), Value::Unknown]),
                Value::List(vec!["a".into(), "b".into()]),
                None,
            ),
            (Value::List(vec!["a".into()]), Value::List(vec![]), Some("")),
            (
                Value::Set(vec!["a".into(), Value::Unknown]),
                Value::Set(vec!["b".into(), "a".into()]),
                None,
            ),
            (
                Value::Set(vec!["a".into()]),
                Value::Set(vec!["b".into()]),
                Some(""),
            ),
        ] {
            let found = violation(&planned, &applied).map(|path| path.to_string());
            assert_eq!(found.as_deref(), place, "{planned:?} {applied:?}");
        }
    }
}
