//! Hands what the fuzzer thinks of to [`hostile_input::www_authenticate`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hostile_input::www_authenticate::check(bytes));
