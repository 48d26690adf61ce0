#![no_main]
//! AUTH of any protocol: base64 that a client sends, a line at a time.

use directory::sasl::{Exchange, Mechanism};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for mechanism in [Mechanism::Plain, Mechanism::Login] {
        let mut exchange = Exchange::new(mechanism);
        for line in bytes.split(|byte| *byte == b'\n').take(4) {
            exchange.step(Some(line));
        }
    }
});
