#![no_main]
//! Any bytes read as a message: no panic, and the shape is sound (offsets
//! inside their parents, header and text make the whole, a prefix only shifts).

#[path = "../../../crates/message/tests/it/invariants.rs"]
mod invariants;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    invariants::check(data);
});
