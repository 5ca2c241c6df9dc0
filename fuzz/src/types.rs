//! The types that the two decoders are tried with: each kind alone, and those of the provider's own schemas.

use std::sync::LazyLock;

use terraform_provider_atlas::framework::{Provider, Type};
use terraform_provider_atlas::provider::AtlasProvider;

/// In the notation of schemas. A seed's type is one of these.
const NOTATIONS: [&str; 14] = [
    r#""dynamic""#,
    r#""bool""#,
    r#""number""#,
    r#""string""#,
    r#"["list","string"]"#,
    r#"["list","number"]"#,
    r#"["set","number"]"#,
    r#"["set",["set","string"]]"#,
    r#"["map","string"]"#,
    r#"["map","dynamic"]"#,
    r#"["tuple",["bool","number","string"]]"#,
    r#"["tuple",[]]"#,
    r#"["object",{"a":"string","b":["list",["object",{"c":"number","d":"dynamic"}]]}]"#,
    r#"["object",{}]"#,
];

static TYPES: LazyLock<Vec<Type>> = LazyLock::new(|| {
    let notations = NOTATIONS.iter().map(|notation| {
        let notation = serde_json::from_str(notation).expect("a notation is JSON");
        Type::from_json(&notation).expect("it is the notation of a type")
    });
    let provider = AtlasProvider::of_process();
    let resources = provider.resources().into_iter().map(|one| one.schema());
    let actions = provider.actions().into_iter().map(|one| one.schema());
    let schemas = std::iter::once(provider.schema())
        .chain(resources)
        .chain(actions);
    notations.chain(schemas.map(|schema| schema.ty())).collect()
});

/// The type that the first byte picks, and the other bytes.
pub fn of(bytes: &[u8]) -> Option<(&'static Type, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    Some((&TYPES[usize::from(*first) % TYPES.len()], rest))
}

/// An input for the type that is noted so.
pub fn typed(notation: &str, value: &[u8]) -> Vec<u8> {
    let place = NOTATIONS.iter().position(|one| *one == notation);
    let place = place.and_then(|place| u8::try_from(place).ok());
    let place = place.expect("the notation is one of the table");
    [&[place], value].concat()
}

/// How many types there are.
pub fn count() -> usize {
    TYPES.len()
}
