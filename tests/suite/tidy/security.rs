//! SECURITY.md makes promises: each names the tests that hold it, and those exist.

use super::{Source, root, sources};

#[test]
fn every_promise_names_tests_that_exist() {
    let text = std::fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let sources = sources();
    let (mut promises, mut wrong) = (0, Vec::new());
    for line in text.lines() {
        let named: Vec<&str> = line
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|word| word.contains("::"))
            .collect();
        wrong.extend(
            named
                .iter()
                .filter(|name| !exists(name, &sources))
                .map(|name| format!("{name} is no test")),
        );
        let is_promise = line.starts_with("| ") && !line.starts_with("| promise");
        if is_promise {
            promises += 1;
            if named.is_empty() {
                wrong.push(format!("no test holds: {line}"));
            }
        }
    }
    assert!(promises >= 20, "SECURITY.md lost its promises");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether there is a test of this name: a function of the last part's name, in a file of one of the other parts.
fn exists(name: &str, sources: &[Source]) -> bool {
    let (modules, function) = name.rsplit_once("::").unwrap();
    let declared = format!("fn {function}(");
    // `crash::tests` is in `crash.rs`, `http::tls_tests` in `tls_tests.rs`, `config::tests::base_url` in `base_url.rs`.
    let stems: Vec<&str> = modules.rsplit("::").take(3).collect();
    sources.iter().any(|source| {
        let file = source.path.rsplit('/').next().unwrap_or_default();
        let file = file.trim_end_matches(".rs");
        let is_named = stems
            .iter()
            .any(|stem| file == *stem || file.ends_with(&format!("_{stem}")));
        is_named && source.path.ends_with(".rs") && source.text.contains(&declared)
    })
}
