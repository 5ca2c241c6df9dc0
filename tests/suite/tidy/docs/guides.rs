//! Guides: prose in `templates/guides/`, with the examples taken from the files that are tested.

use std::collections::BTreeMap;
use std::fs;

use super::super::root;
use super::example;
use super::page::front;

/// The guides by the path of their page.
pub(super) fn guides() -> BTreeMap<String, String> {
    let folder = root().join("templates/guides");
    let entries = fs::read_dir(folder).unwrap();
    let pages = entries.map(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let template = fs::read_to_string(path).unwrap();
        (format!("docs/guides/{name}"), guide(&name, &template))
    });
    pages.collect()
}

/// A template begins with its title and its description; a line `@path` stands for that file.
fn guide(name: &str, template: &str) -> String {
    let mut lines = template.lines();
    let mut head = |word: &str| {
        let line = lines.next().unwrap_or_default();
        line.strip_prefix(word)
            .unwrap_or_else(|| panic!("{name} lacks its {word:?}"))
            .to_owned()
    };
    let (title, description) = (head("title: "), head("description: "));
    let mut page = front(&title, Some(""), &description);
    for line in lines.skip_while(|line| line.is_empty()) {
        match line.strip_prefix('@') {
            Some(path) => page.push_str(&fenced(path)),
            None => page.push_str(line),
        }
        page.push('\n');
    }
    page
}

fn fenced(path: &str) -> String {
    let text = example(path);
    format!("```terraform\n{}\n```", text.trim_end())
}

/// Whoever comes from the official provider finds what becomes of everything about credentials that it has and this one has not.
#[test]
fn the_guide_about_authentication_leaves_nothing_of_the_official_provider_out() {
    let guide = example("templates/guides/authentication.md");
    let (_, last) = guide
        .split_once("## What the official provider has")
        .unwrap();
    for name in [
        "assume_role",
        "aws_access_key_id",
        "aws_secret_access_key",
        "aws_session_token",
        "is_mongodbgov_cloud",
        "mongodbatlas_service_account_jwt",
        "realm_base_url",
        "region",
        "secret_name",
        "sts_endpoint",
    ] {
        assert!(last.contains(&format!("`{name}`")), "{name}");
    }
}
