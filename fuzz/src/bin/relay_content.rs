#![no_main]
//! A message on its way out: Bcc taken out, 8-bit parts re-encoded.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    relay::fuzz_content(bytes);
});
