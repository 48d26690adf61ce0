#![no_main]
//! Any bytes after DATA: the end is found, line ends are sound.
libfuzzer_sys::fuzz_target!(|data: &[u8]| smtp::fuzz_content(data));
