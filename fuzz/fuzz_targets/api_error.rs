//! Hands what the fuzzer thinks of to [`hostile_input::api_error`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hostile_input::api_error::check(bytes));
