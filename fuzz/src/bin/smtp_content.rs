#![no_main]
//! DATA, in pieces cut anywhere: dots, line ends, the end.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    smtp::fuzz_content(bytes);
});
