//! Reads Rust source far enough to tell which rooms its paths lead into: comments and texts are no code, `super` climbs
//! from the module that it is written in, groups are looked into.

/// The first segment, under the crate root, of every path in `text` that leaves from `crate`, `super` or the library's
/// name; `None` for one that stops at the root itself. `module` is the path of the file's module.
pub(super) fn paths(text: &str, module: &[String]) -> Vec<Option<String>> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    let mut modules: Vec<(String, usize)> = Vec::new();
    let mut depth = 0;
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at].as_str() {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                modules.retain(|(_, opened)| *opened <= depth);
            }
            "mod" if tokens.get(at + 2).is_some_and(|token| token == "{") => {
                modules.push((tokens[at + 1].clone(), depth + 1));
            }
            "crate" | "super" | "self" | "terraform_provider_atlas"
                if leaves_from_here(&tokens, at) =>
            {
                let here: Vec<String> = module
                    .iter()
                    .cloned()
                    .chain(modules.iter().map(|(name, _)| name.clone()))
                    .collect();
                let mut leaves = Vec::new();
                at = follow(&tokens, at, &here, true, &mut leaves);
                found.extend(leaves.into_iter().map(|path| path.first().cloned()));
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Whether the word at `at` begins a path, and is no value `self`, no visibility and no middle of another path.
fn leaves_from_here(tokens: &[String], at: usize) -> bool {
    let before = match token_before(tokens, at, 1) {
        // `other::name` is somebody else's; what is written `::name` may be the library.
        "::" if ends_a_segment(tokens, at - 1) => return false,
        "::" => token_before(tokens, at, 2),
        other => other,
    };
    let after = tokens.get(at + 1).map_or("", String::as_str);
    after == "::" || (before == "use" && after == "as")
}

/// Words that are no segment, and that a path may come after.
const BEFORE_A_PATH: &[&str] = &[
    "as", "break", "const", "dyn", "for", "if", "impl", "in", "let", "match", "mut", "pub",
    "return", "use", "where", "while",
];

/// Whether what comes before the `::` at `at` is a name that the `::` goes on from. No type has an item that is called
/// like the library, and so a `>` is that of an arrow or a comparison.
fn ends_a_segment(tokens: &[String], at: usize) -> bool {
    let word = token_before(tokens, at, 1);
    let lifetime = token_before(tokens, at, 2) == "'";
    word.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        && !lifetime
        && !BEFORE_A_PATH.contains(&word)
}

/// The token so many before `at`; nothing before the first.
fn token_before(tokens: &[String], at: usize, count: usize) -> &str {
    at.checked_sub(count).map_or("", |at| tokens[at].as_str())
}

/// Follows one path from `tokens[at]` on, into its groups; returns where it ends.
fn follow(
    tokens: &[String],
    mut at: usize,
    here: &[String],
    first: bool,
    leaves: &mut Vec<Vec<String>>,
) -> usize {
    let mut path: Vec<String> = here.to_vec();
    let mut start = first;
    loop {
        match tokens.get(at).map(String::as_str) {
            Some("{") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token != "}") {
                    if tokens[at] == "," {
                        at += 1;
                    } else {
                        at = follow(tokens, at, &path, false, leaves);
                    }
                }
                return at + 1;
            }
            Some("crate" | "terraform_provider_atlas") if start => path.clear(),
            Some("super") => {
                path.pop();
            }
            Some("self") => {}
            Some(segment) => path.push(segment.to_owned()),
            None => return at,
        }
        start = false;
        at += 1;
        if tokens.get(at).is_some_and(|token| token == "::") {
            at += 1;
            // A turbofish ends what is a path of modules.
            if tokens.get(at).is_some_and(|token| token == "<") {
                leaves.push(path);
                return at;
            }
            continue;
        }
        if tokens.get(at).is_some_and(|token| token == "as") {
            at += 2;
        }
        // `use super::*` in a module of tests: everything of the parent, which is what the parent is judged by.
        if path.last().is_some_and(|segment| segment == "*") {
            path.pop();
        }
        leaves.push(path);
        return at;
    }
}

/// Identifiers, `::` and single punctuation; no comments, no contents of texts.
fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let rest = &chars[at..];
        match rest {
            ['/', '/', ..] => at += rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
            ['/', '*', ..] => at += find(rest, "*/", 2) + 2,
            ['r', '"', ..] | ['r', '#', '"' | '#', ..] => {
                let hashes = rest[1..].iter().take_while(|c| **c == '#').count();
                let end = format!("\"{}", "#".repeat(hashes));
                at += find(rest, &end, hashes + 2) + end.len();
            }
            ['"', ..] => {
                let mut end = 1;
                while end < rest.len() && rest[end] != '"' {
                    end += if rest[end] == '\\' { 2 } else { 1 };
                }
                at += end + 1;
            }
            ['\'', '\\', _, ..] => at += find(rest, "'", 3) + 1,
            ['\'', _, '\'', ..] => at += 3,
            [c, ..] if c.is_alphanumeric() || *c == '_' => {
                let word: String = rest
                    .iter()
                    .take_while(|c| c.is_alphanumeric() || **c == '_')
                    .collect();
                at += word.chars().count();
                tokens.push(word);
            }
            [':', ':', ..] => {
                tokens.push("::".to_owned());
                at += 2;
            }
            [c, ..] => {
                if !c.is_whitespace() {
                    tokens.push(c.to_string());
                }
                at += 1;
            }
            [] => break,
        }
    }
    tokens
}

/// Where `end` begins in `text`, not before `from`; its length if nowhere.
fn find(text: &[char], end: &str, from: usize) -> usize {
    let end: Vec<char> = end.chars().collect();
    (from..text.len())
        .find(|at| text[*at..].starts_with(&end))
        .unwrap_or(text.len())
}

#[test]
fn every_way_to_write_a_path_is_seen() {
    let module = ["provider".to_owned(), "start".to_owned()];
    let cases = [
        ("use crate::atlas::Client;", vec![Some("atlas")]),
        (
            "use crate::{atlas::{self, Client}, framework::*};",
            vec![Some("atlas"), Some("atlas"), Some("framework")],
        ),
        ("use super::super::plugin::serve;", vec![Some("plugin")]),
        (
            "use super::{super::{wire}, other};",
            vec![Some("wire"), Some("provider")],
        ),
        ("use super::config::Config;", vec![Some("provider")]),
        (
            "fn f() -> crate::atlas::Error { super::super::wire::g::<u8>() }",
            vec![Some("atlas"), Some("wire")],
        ),
        (
            "mod tests { use super::*; use super::super::x; }",
            vec![Some("provider"), Some("provider")],
        ),
        (
            "mod tests { use super::super::super::atlas; } use super::y;",
            vec![Some("atlas"), Some("provider")],
        ),
        ("use terraform_provider_atlas::wire;", vec![Some("wire")]),
        (
            "fn f() -> ::terraform_provider_atlas::framework::Value { ::terraform_provider_atlas::wire::f() }",
            vec![Some("framework"), Some("wire")],
        ),
        (
            "use ::terraform_provider_atlas::plugin; struct A<'a>(&'a ::terraform_provider_atlas::atlas::B);",
            vec![Some("plugin"), Some("atlas")],
        ),
        (
            "use ::{std::fmt, terraform_provider_atlas::wire}; use ::terraform_provider_atlas as all;",
            vec![Some("wire"), None],
        ),
        (
            "impl ::terraform_provider_atlas::wire::A for B {} fn f() { return ::terraform_provider_atlas::plugin::c() }",
            vec![Some("wire"), Some("plugin")],
        ),
        (
            "use other::terraform_provider_atlas::wire; Self::terraform_provider_atlas::<u8>()",
            vec![],
        ),
        (
            "use self::inner::X; use crate::plugin as p;",
            vec![Some("provider"), Some("plugin")],
        ),
        ("use crate as all;", vec![None]),
        ("use super::super::*;", vec![None]),
        (
            "// crate::atlas\n/* crate::atlas */ let x = \"crate::atlas\"; let y = r#\"crate::\"a\"#;",
            vec![],
        ),
        (
            "let c = '\"'; let d = '\\''; crate::atlas::f()",
            vec![Some("atlas")],
        ),
        (
            "pub(crate) fn f() {} pub(super) fn g() {} fn h<'a>(&'a self) {}",
            vec![],
        ),
    ];
    for (text, expected) in cases {
        let found = paths(text, &module);
        let found: Vec<Option<&str>> = found
            .iter()
            .map(Option::as_deref)
            .filter(|room| *room != Some("self"))
            .collect();
        assert_eq!(found, expected, "{text}");
    }
}
