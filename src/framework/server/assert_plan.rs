//! The rules that hosts hold a plan to, checked here first so that the message names the culprit.
//!
//! A light version for what the schema builder offers: attributes whole, single nested blocks inside out.

use crate::framework::{Attribute, Block, Path, Presence, Value};

/// The first rule that a planned object breaks, in words.
///
/// An attribute may be planned as it is configured, as it was before if both are set, or, if it is computed,
/// as anything.
pub(super) fn violation(
    block: &Block,
    prior: &Value,
    config: &Value,
    planned: &Value,
) -> Option<String> {
    within(block, [prior, config, planned], &Path::default())
}

fn within(block: &Block, [prior, config, planned]: [&Value; 3], at: &Path) -> Option<String> {
    let of = |name: &str| [prior, config, planned].map(|value| value.attribute(name));
    let attributes = block.attributes.iter();
    let broken = attributes
        .filter_map(|attribute| attribute_rule(attribute, of(&attribute.name), at))
        .next();
    broken.or_else(|| {
        block.blocks.iter().find_map(|nested| {
            let [prior, config, planned] = of(&nested.name);
            let path = at.clone().attribute(&nested.name);
            if config.is_known() && planned.is_known() {
                within(&nested.block, [prior, config, planned], &path)
            } else if config != planned {
                Some(format!(
                    "the block {path} is planned unlike its configuration"
                ))
            } else {
                None
            }
        })
    })
}

fn attribute_rule(
    attribute: &Attribute,
    [prior, config, planned]: [&Value; 3],
    at: &Path,
) -> Option<String> {
    let path = at.clone().attribute(&attribute.name);
    let as_before = planned == prior && !prior.is_null() && !config.is_null();
    if attribute.presence == Presence::Computed || planned == config || as_before {
        None
    } else if config.is_null() {
        Some(format!(
            "a value is planned for {path}, which is neither configured nor computed"
        ))
    } else {
        Some(format!("{path} is planned unlike its configuration"))
    }
}

#[cfg(test)]
mod tests {
    use super::violation;
    use crate::framework::{Attribute, Block, NestedBlock, Type, Value};

    fn block() -> Block {
        let inner = Block::new("i").attribute(Attribute::optional("x", Type::String, "x"));
        Block::new("b")
            .attribute(Attribute::optional("a", Type::String, "a"))
            .attribute(Attribute::computed("c", Type::String, "c"))
            .block(NestedBlock::single("n", inner))
    }

    fn object(a: impl Into<Value>, c: impl Into<Value>, n: impl Into<Value>) -> Value {
        let mut object = Value::Null;
        object.set("a", a);
        object.set("c", c);
        object.set("n", n);
        object
    }

    fn nested(x: impl Into<Value>) -> Value {
        let mut object = Value::Null;
        object.set("x", x);
        object
    }

    #[test]
    fn a_plan_follows_the_configuration() {
        let none = Value::Null;
        for (prior, config, planned, expected) in [
            // What is configured, known or not, and anything that is computed.
            (
                none.clone(),
                object("a", none.clone(), none.clone()),
                object("a", "x", none.clone()),
                None,
            ),
            (
                none.clone(),
                object(Value::Unknown, none.clone(), nested(Value::Unknown)),
                object(Value::Unknown, Value::Unknown, nested(Value::Unknown)),
                None,
            ),
            // What was before, if the configuration sets it at all.
            (
                object("A", "x", none.clone()),
                object("a", none.clone(), none.clone()),
                object("A", "x", none.clone()),
                None,
            ),
            (
                object("A", "x", none.clone()),
                object(none.clone(), none.clone(), none.clone()),
                object("A", "x", none.clone()),
                Some("a value is planned for a, which is neither configured nor computed"),
            ),
            (
                none.clone(),
                object("a", none.clone(), none.clone()),
                object("b", "x", none.clone()),
                Some("a is planned unlike its configuration"),
            ),
            (
                none.clone(),
                object("a", none.clone(), nested("x")),
                object("a", none.clone(), nested("y")),
                Some("n.x is planned unlike its configuration"),
            ),
            (
                none.clone(),
                object("a", none.clone(), nested("x")),
                object("a", none.clone(), none.clone()),
                Some("the block n is planned unlike its configuration"),
            ),
        ] {
            let found = violation(&block(), &prior, &config, &planned);
            assert_eq!(found.as_deref(), expected);
        }
    }
}
