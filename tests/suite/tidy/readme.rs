//! The README and the examples' own README promise commands and files: they exist.

use atlas_simulator::known;

use super::{root, sources};

#[test]
fn the_commands_of_the_readme_exist() {
    let readme = read("README.md");
    let mut commands = 0;
    for command in commands_in(&readme, "sh") {
        assert!(
            exists(command),
            "the README has a command that is not there: {command}"
        );
        commands += 1;
    }
    assert!(commands >= 3, "the README lost its commands");
    let first: Vec<&str> = ["cargo run --example quickstart", "cargo test"]
        .into_iter()
        .filter(|c| readme.contains(c))
        .collect();
    assert_eq!(first.len(), 2, "the two commands that come first");
}

#[test]
fn the_commands_of_the_guides_exist_and_their_credentials_are_the_simulators() {
    let mut commands = 0;
    for guide in std::fs::read_dir(root().join("docs/guides")).unwrap() {
        let guide = std::fs::read_to_string(guide.unwrap().path()).unwrap();
        for command in commands_in(&guide, "shell") {
            assert!(
                exists(command),
                "a guide has a command that is not there: {command}"
            );
            let given = command.split_once("export MONGODB_ATLAS_CLIENT_");
            if let Some((name, value)) = given.and_then(|(_, given)| given.split_once('=')) {
                let known = match name {
                    "ID" => known::CLIENT_ID,
                    _ => known::CLIENT_SECRET,
                };
                assert_eq!(value, known, "{command}");
            }
            commands += 1;
        }
    }
    assert!(commands >= 5, "the guides lost their commands");
}

/// The lines of a document's blocks in this language.
fn commands_in<'a>(document: &'a str, language: &str) -> impl Iterator<Item = &'a str> {
    document
        .split(&format!("```{language}\n"))
        .skip(1)
        .flat_map(|block| block.split("```").next().unwrap_or_default().lines())
        .collect::<Vec<_>>()
        .into_iter()
}

/// Whether what a command names is there.
fn exists(command: &str) -> bool {
    let words: Vec<&str> = command
        .split_whitespace()
        .filter(|word| !word.contains('='))
        .collect();
    match words.as_slice() {
        ["cargo", "run", "--example", name, ..] => {
            root().join(format!("examples/{name}.rs")).is_file()
        }
        ["cargo", "run", "-p", package, options @ ..] => {
            let folder = package.replace("atlas-", "");
            let mut options = options
                .iter()
                .filter_map(|option| option.strip_prefix("--"));
            read("Cargo.toml").contains(&format!("/{folder}\""))
                && (folder != "simulator"
                    || options.all(|option| {
                        option.is_empty()
                            || read("tests/simulator/src/main.rs")
                                .contains(&format!("\"--{option}\""))
                    }))
        }
        [
            "cargo",
            "test" | "bench" | "build" | "doc" | "clippy" | "fmt",
            ..,
        ] => true,
        ["curl", .., address] => {
            let (_, what) = address.split_once("/_sim/").unwrap_or_default();
            read("tests/simulator/src/control.rs").contains(&format!("(\"{what}\", "))
        }
        [path, ..] if path.starts_with('.') => root().join(path).is_file(),
        ["terraform" | "tofu" | "export", ..] | [] => true,
        _ => false,
    }
}

#[test]
fn the_links_of_documents_lead_somewhere() {
    let mut wrong = Vec::new();
    for source in sources()
        .iter()
        .filter(|source| source.path.ends_with(".md"))
    {
        let folder = root().join(&source.path).parent().unwrap().to_path_buf();
        for target in source
            .text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let file = target.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains("://") && !folder.join(file).exists() {
                wrong.push(format!("{}: {target}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_readme_shows_the_source_address_that_the_provider_has() {
    let short = terraform_provider_atlas::provider::SOURCE_ADDRESS
        .trim_start_matches("registry.terraform.io/");
    for document in ["README.md", "examples/provider/provider.tf"] {
        assert!(
            read(document).contains(short),
            "{document} has no word of {short}"
        );
    }
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}
