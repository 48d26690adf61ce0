#![no_main]
//! Any bytes as an IMAP command with its literals.
libfuzzer_sys::fuzz_target!(|data: &[u8]| imap::fuzz_command(data));
