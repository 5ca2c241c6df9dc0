//! Hands what the fuzzer thinks of to [`hostile_input::import_id`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hostile_input::import_id::check(bytes));
