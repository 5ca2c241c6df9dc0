//! Who may use whom in `src/`: exactly the table of the rooms, whatever way a path is written.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::paths;
use super::{Source, sources};

/// The room, and the rooms that it may use. `proto` is the generated protobuf.
const ROOMS: &[(&str, &[&str])] = &[
    ("main", &["plugin", "wire", "provider"]),
    ("plugin", &["proto"]),
    ("wire", &["framework", "proto"]),
    ("framework", &[]),
    ("provider", &["framework", "atlas"]),
    ("atlas", &[]),
    ("proto", &[]),
];

/// The files of the binary; all of them are the room `main`.
const BINARY: &[&str] = &["main", "args"];

fn room_of(stem: &str) -> &str {
    if BINARY.contains(&stem) { "main" } else { stem }
}

#[test]
fn a_room_uses_only_the_rooms_of_its_row() {
    let allowed: BTreeMap<_, _> = ROOMS.iter().copied().collect();
    let sources = sources();
    let mounted = mounted(&sources);
    let mut wrong = Vec::new();
    for source in &sources {
        let Some(file) = source
            .path
            .strip_prefix("src/")
            .and_then(|file| file.strip_suffix(".rs"))
        else {
            continue;
        };
        if file == "lib" {
            continue;
        }
        let module = mounted
            .get(source.path.as_str())
            .cloned()
            .unwrap_or_else(|| module_of(file));
        let room = room_of(&module[0]);
        let Some(allowed) = allowed.get(room) else {
            wrong.push(format!("{}: {room} is no room of the table", source.path));
            continue;
        };
        for path in paths(&source.text, &module) {
            match path.as_deref() {
                None => wrong.push(format!(
                    "{}: takes the whole crate, so that nobody can see which room",
                    source.path
                )),
                Some(used) if room_of(used) == room || allowed.contains(&used) => {}
                Some(used) => wrong.push(format!("{}: {room} may not use {used}", source.path)),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The module of a file of `src/`, named without its extension.
fn module_of(file: &str) -> Vec<String> {
    file.split('/')
        .filter(|part| *part != "mod")
        .map(str::to_owned)
        .collect()
}

/// The modules of files that `#[path = "file.rs"] mod name;` puts elsewhere than where they lie.
fn mounted(sources: &[Source]) -> BTreeMap<String, Vec<String>> {
    let mut mounted = BTreeMap::new();
    for Source { path, text } in sources {
        let Some(file) = path
            .strip_prefix("src/")
            .and_then(|file| file.strip_suffix(".rs"))
        else {
            continue;
        };
        for rest in text.split("#[path = \"").skip(1) {
            let (target, rest) = rest.split_once('"').unwrap();
            let name = rest
                .split("mod ")
                .nth(1)
                .and_then(|rest| rest.split(';').next());
            let folder = path.rsplit_once('/').unwrap().0;
            let mut module = module_of(file);
            module.push(name.unwrap().trim().to_owned());
            mounted.insert(format!("{folder}/{target}"), module);
        }
    }
    mounted
}

#[test]
fn every_room_is_there_and_the_crate_root_has_no_back_door() {
    let sources = sources();
    let found: BTreeSet<&str> = sources
        .iter()
        .filter_map(|source| source.path.strip_prefix("src/"))
        .filter_map(|file| file.split(['/', '.']).next())
        .filter(|room| *room != "lib")
        .map(room_of)
        .collect();
    assert_eq!(found, ROOMS.iter().map(|(room, _)| *room).collect());

    let root = sources
        .iter()
        .find(|source| source.path == "src/lib.rs")
        .unwrap();
    let code = root
        .text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    for line in code {
        assert!(
            !line.contains("use "),
            "src/lib.rs re-exports, and so hides which room is used: {line}"
        );
    }
}
