//! Hands what the fuzzer thinks of to [`hostile_input::json`], but what only takes long.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|bytes: &[u8]| -> Corpus {
    if hostile_input::json::is_costly(bytes) {
        return Corpus::Reject;
    }
    hostile_input::json::check(bytes);
    Corpus::Keep
});
