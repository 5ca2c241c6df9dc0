//! One page of the registry's documentation, in Markdown: what it is, examples, and the schema.

use std::fmt::Write as _;

use terraform_provider_atlas::framework::{Attribute, Block, NestedBlock, Presence, Schema, Type};

/// What a page is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Provider,
    Resource,
    DataSource,
    Action,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Provider => "Provider",
            Self::Resource => "Resource",
            Self::DataSource => "Data Source",
            Self::Action => "Action",
        }
    }

    /// The folder of its pages, and of its examples.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Provider => "",
            Self::Resource => "resources",
            Self::DataSource => "data-sources",
            Self::Action => "actions",
        }
    }
}

/// The top of a page: what the registry shows of it in lists. The first page of all has no category.
pub(crate) fn front(title: &str, subcategory: Option<&str>, description: &str) -> String {
    let description = description.replace('\n', "\n  ");
    let subcategory =
        subcategory.map_or_else(String::new, |name| format!("subcategory: \"{name}\"\n"));
    format!("---\npage_title: \"{title}\"\n{subcategory}description: |-\n  {description}\n---\n\n")
}

/// A page without its import section.
pub(crate) fn page(kind: Kind, name: &str, schema: &Schema, examples: &[String]) -> String {
    let description = &schema.block.description;
    let (title, heading, subcategory) = match kind {
        Kind::Provider => (
            "atlas Provider".to_owned(),
            "atlas Provider".to_owned(),
            None,
        ),
        _ => (
            format!("{name} {} - atlas", kind.word()),
            format!("{name} ({})", kind.word()),
            Some(""),
        ),
    };
    let mut page = front(&title, subcategory, description);
    let _ = write!(page, "# {heading}\n\n{description}\n");
    if !examples.is_empty() {
        page.push_str("\n## Example Usage\n");
        for example in examples {
            let _ = write!(page, "\n```terraform\n{}\n```\n", example.trim_end());
        }
    }
    page.push_str("\n## Schema\n");
    let mut nested = Vec::new();
    arguments(&schema.block, &mut page, &mut nested, "###");
    for block in nested {
        let _ = write!(
            page,
            "\n<a id=\"nestedblock--{0}\"></a>\n### Nested Schema for `{0}`\n\n{1}\n",
            block.name, block.block.description
        );
        arguments(&block.block, &mut page, &mut Vec::new(), "####");
    }
    page
}

/// The attributes and blocks in three groups: what must be given, what may be, and what is found out.
fn arguments<'a>(
    block: &'a Block,
    page: &mut String,
    nested: &mut Vec<&'a NestedBlock>,
    level: &str,
) {
    for (title, presence) in [
        ("Required", Presence::Required),
        ("Optional", Presence::Optional),
        ("Read-Only", Presence::Computed),
    ] {
        let mut lines: Vec<String> = block
            .attributes
            .iter()
            .filter(|one| one.presence == presence)
            .map(line)
            .collect();
        if presence == Presence::Optional {
            for one in &block.blocks {
                lines.push(format!(
                    "- `{0}` (Block) {1} [See below.](#nestedblock--{0})",
                    one.name, one.block.description
                ));
                nested.push(one);
            }
        }
        if !lines.is_empty() {
            let _ = write!(page, "\n{level} {title}\n\n{}\n", lines.join("\n"));
        }
    }
}

fn line(attribute: &Attribute) -> String {
    let sensitive = if attribute.sensitive {
        ", Sensitive"
    } else {
        ""
    };
    format!(
        "- `{}` ({}{sensitive}) {}",
        attribute.name,
        ty(&attribute.ty),
        attribute.description
    )
}

fn ty(ty: &Type) -> String {
    match ty {
        Type::Bool => "Boolean".to_owned(),
        Type::Number => "Number".to_owned(),
        Type::String => "String".to_owned(),
        Type::Dynamic => "Dynamic".to_owned(),
        Type::List(element) => format!("List of {}", self::ty(element)),
        Type::Set(element) => format!("Set of {}", self::ty(element)),
        Type::Map(element) => format!("Map of {}", self::ty(element)),
        Type::Object(attributes) => {
            let attributes = attributes.iter();
            let attributes = attributes.map(|(name, ty)| format!("`{name}` {}", self::ty(ty)));
            format!("Object: {}", attributes.collect::<Vec<_>>().join(", "))
        }
        Type::Tuple(_) => "Tuple".to_owned(),
    }
}
