//! The registry's documentation is made of the schema, the examples, the table of hints and the templates of guides.
//!
//! `ATLAS_DOCS=write cargo test --test suite tidy::docs` writes it anew.

mod guides;
mod names;
mod page;
mod registry;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use plugin_host::terraform::target_directory;
use terraform_provider_atlas::framework::{Provider as _, Schema};
use terraform_provider_atlas::provider::AtlasProvider;
use terraform_provider_atlas::provider::api_error::troubleshooting;

use self::page::{Kind, front, page};
use super::{root, sources};

/// How to renew the pages; it goes with every failure.
const RENEWAL: &str = "If the change is meant: ATLAS_DOCS=write cargo test --test suite tidy::docs";

/// Every page that is made, by its path.
fn pages() -> BTreeMap<String, String> {
    let provider = AtlasProvider::of_process();
    let mut pages = BTreeMap::new();
    let examples = [example("examples/provider/provider.tf")];
    let index = page(Kind::Provider, "atlas", &provider.schema(), &examples);
    pages.insert("docs/index.md".to_owned(), index);
    for resource in provider.resources() {
        let name = resource.type_name();
        let mut page = object(Kind::Resource, name, &resource.schema());
        page.push_str(&import(name));
        pages.insert(path(Kind::Resource, name), page);
    }
    for source in provider.data_sources() {
        let (name, schema) = (source.type_name(), source.schema());
        let page = object(Kind::DataSource, name, &schema);
        pages.insert(path(Kind::DataSource, name), page);
    }
    for action in provider.actions() {
        let (name, schema) = (action.type_name(), action.schema());
        pages.insert(
            path(Kind::Action, name),
            object(Kind::Action, name, &schema),
        );
    }
    pages.insert(
        "docs/guides/troubleshooting.md".to_owned(),
        front(
            "Troubleshooting by error code",
            Some(""),
            "What each error of Atlas means, and what to do about it.",
        ) + "# Troubleshooting by error code\n\nThe provider shows with every error what Atlas said, its status, its code, and one of \
             these hints. The first that fits counts.\n\n"
            + &troubleshooting(),
    );
    pages.extend(guides::guides());
    pages
}

/// The registry leaves the provider's name out of the names of pages.
fn path(kind: Kind, name: &str) -> String {
    let name = name.strip_prefix("atlas_").unwrap();
    format!("docs/{}/{name}.md", kind.folder())
}

fn object(kind: Kind, name: &str, schema: &Schema) -> String {
    let file = match kind {
        Kind::Resource => "resource.tf",
        Kind::DataSource => "data-source.tf",
        _ => "action.tf",
    };
    let example = example(&format!("examples/{}/{name}/{file}", kind.folder()));
    page(kind, name, schema, &[example])
}

fn import(name: &str) -> String {
    let folder = format!("examples/resources/{name}");
    let by_identity = example(&format!("{folder}/import-by-identity.tf"));
    let by_id = example(&format!("{folder}/import.sh"));
    format!(
        "\n## Import\n\nBy id:\n\n```shell\n{}\n```\n\nBy identity:\n\n```terraform\n{}\n```\n",
        by_id.trim_end(),
        by_identity.trim_end()
    )
}

fn example(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn every_page_is_what_it_is_made_of() {
    let pages = pages();
    if std::env::var("ATLAS_DOCS").is_ok_and(|what| what == "write") {
        for (path, page) in &pages {
            renew(&root().join(path), page);
        }
    }
    for (path, page) in &pages {
        let committed = fs::read_to_string(root().join(path)).unwrap_or_default();
        assert!(committed == *page, "{path} has drifted. {RENEWAL}");
    }
}

/// In one step, and only where there is something new: other tests read the pages at the same time.
fn renew(path: &Path, page: &str) {
    if fs::read_to_string(path).is_ok_and(|there| there == page) {
        return;
    }
    let folder = path.parent().unwrap();
    fs::create_dir_all(folder).unwrap();
    // Not where pages are looked for.
    let mut new = tempfile::NamedTempFile::new_in(target_directory()).unwrap();
    new.write_all(page.as_bytes()).unwrap();
    let readable = fs::Permissions::from_mode(0o644);
    new.as_file().set_permissions(readable).unwrap();
    new.persist(path).unwrap();
}

#[test]
fn no_page_is_about_what_is_not_there() {
    let made = pages();
    for source in sources() {
        // Not for the registry.
        let is_design = source.path.starts_with("docs/design/");
        if source.path.starts_with("docs/") && !is_design {
            assert!(
                made.contains_key(&source.path),
                "{} is about nothing",
                source.path
            );
        }
    }
}

#[test]
fn every_page_tells_the_registry_what_it_is() {
    for source in sources() {
        if source.path.starts_with("docs/") && !source.path.starts_with("docs/design/") {
            assert!(
                source.text.starts_with("---\npage_title: \""),
                "{}",
                source.path
            );
            assert!(
                source.text.contains("\ndescription: |-\n  "),
                "{}",
                source.path
            );
        }
    }
}
