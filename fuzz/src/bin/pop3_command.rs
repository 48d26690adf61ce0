#![no_main]
//! What a client sends to port 110.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    pop3::fuzz_command(bytes);
});
