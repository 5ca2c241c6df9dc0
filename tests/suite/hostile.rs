//! Every seed of every fuzz target, through the same function as under the fuzzer: what was found once stays found.

/// What the fuzz targets demand, and where they begin.
#[allow(
    unreachable_pub,
    reason = "it is the root of the fuzz targets' crate too"
)]
#[path = "../../fuzz/src/lib.rs"]
pub(crate) mod targets;

use std::panic::catch_unwind;
use std::thread::Builder;

use targets::{TARGETS, count_of_types};

/// What a worker thread of the runtime has: the process' own thread has more.
const STACK: usize = 2 * 1024 * 1024;

#[test]
fn every_seed_holds_what_its_target_demands() {
    let mut wrong = Vec::new();
    for target in TARGETS {
        let seeds = (target.seeds)();
        assert!(seeds.len() >= 24, "{} lost its seeds", target.name);
        for (name, bytes) in seeds {
            for input in against_every_type(target.name, &bytes) {
                // A stack that overflows ends the process, and so this test.
                let thread = Builder::new().stack_size(STACK);
                let check = move || catch_unwind(|| (target.check)(&input));
                if thread.spawn(check).unwrap().join().unwrap().is_err() {
                    wrong.push(format!("{}: {name}", target.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_target_is_one_that_the_fuzzer_can_run() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    for target in TARGETS {
        let name = target.name;
        let path = format!("fuzz_targets/{name}.rs");
        assert!(manifest.contains(&format!("name = \"{name}\"\npath = \"{path}\"")));
        let code = std::fs::read_to_string(root.join(path)).unwrap();
        assert!(code.contains(&format!("hostile_input::{name}::check(")));
    }
}

/// The two decoders take the type from the first byte, and a seed for one may be hostile to another.
fn against_every_type(target: &str, seed: &[u8]) -> Vec<Vec<u8>> {
    if !["msgpack", "json"].contains(&target) {
        return vec![seed.to_vec()];
    }
    let types = u8::try_from(count_of_types()).unwrap();
    (0..types)
        .map(|ty| [&[ty], seed.get(1..).unwrap_or_default()].concat())
        .collect()
}
