//! Where in a value something is: the steps from a block down to an element, written as HCL writes them.

use std::fmt;

use super::visible::{name, quoted};

/// The way from the root of a block's value to a value inside it.
///
/// An empty path is the whole block. Elements of a set have no step of their own
/// (`tfplugin6.AttributePath` has none): the path of a set stands for its elements.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path(Vec<Step>);

/// One step of a [`Path`], as `tfplugin6.AttributePath.Step` knows them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// An attribute or a nested block, by its name.
    Attribute(String),
    /// An element of a map, by its key.
    Key(String),
    /// An element of a list or a tuple, counted from 0.
    Index(i64),
}

impl Path {
    /// The path of an attribute or block at the top.
    pub fn root(name: impl Into<String>) -> Self {
        Self::default().attribute(name)
    }

    /// This path and then an attribute.
    #[must_use]
    pub fn attribute(self, name: impl Into<String>) -> Self {
        self.step(Step::Attribute(name.into()))
    }

    /// This path and then the element of a map.
    #[must_use]
    pub fn key(self, key: impl Into<String>) -> Self {
        self.step(Step::Key(key.into()))
    }

    /// This path and then the element of a list or tuple.
    #[must_use]
    pub fn index(self, index: i64) -> Self {
        self.step(Step::Index(index))
    }

    /// The steps, outermost first.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Whether this is the path of the whole block.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn step(mut self, step: Step) -> Self {
        self.0.push(step);
        self
    }
}

impl FromIterator<Step> for Path {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Self(steps.into_iter().collect())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                // Objects of dynamic types have whatever names somebody gave them.
                Step::Attribute(attribute) if position == 0 => f.write_str(&name(attribute))?,
                Step::Attribute(attribute) => write!(f, ".{}", name(attribute))?,
                Step::Key(key) => write!(f, "[{}]", quoted(key))?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Path;

    #[test]
    fn a_path_reads_as_hcl() {
        let path = Path::root("failover").attribute("region").key("k").index(0);
        assert_eq!(path.to_string(), r#"failover.region["k"][0]"#);
        assert_eq!(Path::default().to_string(), "");
    }
}
