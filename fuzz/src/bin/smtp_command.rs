#![no_main]
//! Any line as an SMTP command: parsed or refused, never a panic.
libfuzzer_sys::fuzz_target!(|data: &[u8]| smtp::fuzz_command(data));
