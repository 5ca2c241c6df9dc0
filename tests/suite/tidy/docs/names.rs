//! The guide that says which name is whose knows every name of the schema.

use std::collections::BTreeSet;

use terraform_provider_atlas::framework::{Block, Provider as _};
use terraform_provider_atlas::provider::AtlasProvider;

use super::example;

/// What only this provider has, so that nobody looks for another name of it.
const OUR_OWN: &[&str] = &[
    "api_version",
    "envelope",
    "if_started",
    "keep_started",
    "max_retries",
    "names",
    "pretty",
    "request_timeout",
    "started_at",
    "states",
    "stop_on_destroy",
    "triggers",
    "wait",
];

fn of_the_schema() -> BTreeSet<String> {
    let provider = AtlasProvider::of_process();
    let resources = provider.resources().into_iter().map(|one| one.schema());
    let sources = provider.data_sources().into_iter().map(|one| one.schema());
    let actions = provider.actions().into_iter().map(|one| one.schema());
    let schemas = [provider.schema()].into_iter();
    schemas
        .chain(resources)
        .chain(sources)
        .chain(actions)
        .flat_map(|schema| names(schema.block))
        .collect()
}

fn names(block: Block) -> Vec<String> {
    let blocks = block.blocks.into_iter().map(|block| block.name);
    let attributes = block.attributes.into_iter().map(|attribute| attribute.name);
    attributes.chain(blocks).collect()
}

/// The names in the first column of the table.
fn of_the_guide() -> BTreeSet<String> {
    let guide = example("templates/guides/names.md");
    let rows = guide.lines().filter_map(|line| line.strip_prefix("| `"));
    let cells = rows.filter_map(|row| row.split(" |").next());
    cells
        .flat_map(|cell| {
            cell.split('`')
                .step_by(2)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .filter(|name| !name.is_empty() && !name.starts_with(" ("))
        .collect()
}

#[test]
fn every_name_is_in_the_guide_or_our_own() {
    let own: BTreeSet<String> = OUR_OWN.iter().map(|&name| name.to_owned()).collect();
    let told = of_the_guide();
    assert_eq!(told.intersection(&own).next(), None);
    let known: BTreeSet<String> = told.union(&own).cloned().collect();
    assert_eq!(known, of_the_schema());
}
