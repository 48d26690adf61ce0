#![no_main]
//! Any line as a POP3 command.
libfuzzer_sys::fuzz_target!(|data: &[u8]| pop3::fuzz_command(data));
