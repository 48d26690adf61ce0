#![no_main]
//! What another server answers to ours.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    smtp::fuzz_response(bytes);
});
