#![no_main]
//! What a client sends to port 25 or 587, a line at a time.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    smtp::fuzz_command(bytes);
});
