//! Hands what the fuzzer thinks of to [`hostile_input::msgpack`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hostile_input::msgpack::check(bytes));
