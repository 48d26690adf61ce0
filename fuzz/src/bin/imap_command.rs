#![no_main]
//! What a client sends to port 143, literals included.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    imap::fuzz_command(bytes);
});
