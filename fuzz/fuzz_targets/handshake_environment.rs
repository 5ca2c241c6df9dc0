//! Hands what the fuzzer thinks of to [`hostile_input::handshake_environment`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hostile_input::handshake_environment::check(bytes));
