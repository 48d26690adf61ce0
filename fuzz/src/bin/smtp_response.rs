#![no_main]
//! Any bytes as the lines of a reply, as our client reads them.
libfuzzer_sys::fuzz_target!(|data: &[u8]| smtp::fuzz_response(data));
