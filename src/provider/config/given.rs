//! One value of the provider block or of the environment: not given, given, or not known yet.

use super::environment::Environment;
use crate::framework::Value;

/// A string that may have been given; an empty one has not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Given<'a> {
    /// Null, empty, or no such variable.
    Absent,
    /// Given, but known only after an apply.
    Unknown,
    /// Given and known.
    Known(&'a str),
}

impl<'a> Given<'a> {
    /// The attribute `name` of the provider block.
    pub(super) fn in_block(config: &'a Value, name: &str) -> Self {
        let value = config.attribute(name);
        match value.as_str() {
            _ if value.is_unknown() => Self::Unknown,
            None | Some("") => Self::Absent,
            Some(text) => Self::Known(text),
        }
    }

    /// The first of `names` in the environment, with the name that was found.
    pub(super) fn in_environment(
        env: &'a Environment,
        names: &[&'static str],
    ) -> (Self, Option<&'static str>) {
        match env.first(names) {
            Some((name, text)) => (Self::Known(text), Some(name)),
            None => (Self::Absent, None),
        }
    }

    /// It was given: an unknown value counts.
    pub(super) fn is_given(self) -> bool {
        self != Self::Absent
    }

    /// The text, if there is one and it is known.
    pub(super) fn known(self) -> Option<&'a str> {
        match self {
            Self::Known(text) => Some(text),
            Self::Absent | Self::Unknown => None,
        }
    }
}
