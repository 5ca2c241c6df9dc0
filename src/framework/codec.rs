//! What the two encodings of values have in common: where they are in a value, how deep, and what went wrong there.

use super::{Path, Step, Value};

/// A value that cannot be read or written as its type. The text never shows any part of the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{problem}", place(.path))]
pub struct CodecError {
    /// Where in the value.
    pub path: Path,
    /// What is wrong there.
    pub problem: String,
}

/// Deeper than any type that a schema can have; a dynamic value could nest without an end.
const MAX_DEPTH: usize = 128;

/// The place of a codec within a value.
#[derive(Debug, Default)]
pub(crate) struct Place {
    steps: Vec<Step>,
    depth: usize,
}

impl Place {
    /// Works on an inner value at `step`; elements of sets and dynamic values have no step.
    pub(crate) fn enter(&mut self, step: Option<Step>) -> Result<Entered, CodecError> {
        if self.depth >= MAX_DEPTH {
            return Err(self.error("the value is nested too deeply"));
        }
        self.depth += 1;
        let stepped = step.is_some();
        self.steps.extend(step);
        Ok(Entered { stepped })
    }

    /// Goes back out.
    pub(crate) fn leave(&mut self, entered: Entered) {
        self.depth -= 1;
        if entered.stepped {
            self.steps.pop();
        }
    }

    /// An error here.
    pub(crate) fn error(&self, problem: impl Into<String>) -> CodecError {
        CodecError {
            path: self.steps.iter().cloned().collect(),
            problem: problem.into(),
        }
    }
}

/// What [`Place::leave`] needs to know.
#[derive(Debug)]
#[must_use]
pub(crate) struct Entered {
    stepped: bool,
}

/// The step to an element of a sequence.
pub(crate) fn index(position: usize) -> Option<Step> {
    i64::try_from(position).ok().map(Step::Index)
}

/// What a value is, without saying its content.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Unknown => "an unknown value",
        Value::Bool(_) => "a bool",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::List(_) => "a list",
        Value::Set(_) => "a set",
        Value::Tuple(_) => "a tuple",
        Value::Map(_) => "a map",
        Value::Object(_) => "an object",
        Value::Dynamic(_) => "a dynamic value",
    }
}

fn place(path: &Path) -> String {
    if path.is_empty() {
        String::new()
    } else {
        format!("{path}: ")
    }
}
