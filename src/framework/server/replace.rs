//! Which changes mean another object: those of attributes that were declared so.

use crate::framework::{Block, Path, Value};

/// The paths of all attributes that are declared to replace and whose values change. None on a create.
pub(super) fn requires_replace(block: &Block, prior: &Value, planned: &Value) -> Vec<Path> {
    let mut changed = Vec::new();
    if !prior.is_null() {
        collect(block, prior, planned, &Path::default(), &mut changed);
    }
    changed
}

fn collect(block: &Block, prior: &Value, planned: &Value, at: &Path, changed: &mut Vec<Path>) {
    let replacing = block.attributes.iter().filter(|one| one.replaces);
    for attribute in replacing {
        if prior.attribute(&attribute.name) != planned.attribute(&attribute.name) {
            changed.push(at.clone().attribute(&attribute.name));
        }
    }
    for nested in &block.blocks {
        let (prior, planned) = (
            prior.attribute(&nested.name),
            planned.attribute(&nested.name),
        );
        let path = at.clone().attribute(&nested.name);
        collect(&nested.block, prior, planned, &path, changed);
    }
}
