//! One file, one idea: it says its job in its first line, and it is short.

use super::{Source, sources};

const MOST_LINES: usize = 400;

#[test]
fn every_rust_file_says_its_job_first_and_is_short() {
    let mut wrong = Vec::new();
    for Source { path, text } in sources()
        .iter()
        .filter(|source| source.path.ends_with(".rs"))
    {
        if !text.starts_with("//! ") {
            wrong.push(format!(
                "{path}: the first line does not say what the file is for (//! ...)"
            ));
        }
        let lines = text.lines().count();
        if lines > MOST_LINES {
            wrong.push(format!(
                "{path}: {lines} lines, more than {MOST_LINES}: split it by idea"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_names_a_path_of_one_machine_or_a_host_of_a_package_registry() {
    // Put together here, so that this file passes its own test.
    let forbidden: Vec<String> = [
        ["/ro", "ot/"],
        ["/ho", "me/"],
        ["/Us", "ers/"],
        ["/wo", "rk/"],
        ["C:\\", "Users"],
        ["pypi", ".org"],
        ["files.python", "hosted"],
        ["static.crates", ".io"],
        ["index.crates", ".io"],
        ["registry.npm", "js"],
    ]
    .iter()
    .map(|halves| halves.concat())
    .collect();
    let mut wrong = Vec::new();
    for Source { path, text } in sources() {
        for (number, line) in text.lines().enumerate() {
            for word in forbidden.iter().filter(|word| line.contains(*word)) {
                wrong.push(format!("{path}:{}: {word}", number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
