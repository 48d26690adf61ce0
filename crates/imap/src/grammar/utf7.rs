//! Modified UTF-7, RFC 3501 §5.1.3.
//!
//! Printable ASCII stands for itself, `&` is written `&-`, and everything
//! else is UTF-16 in a base64 that has `,` instead of `/` and no padding,
//! between `&` and `-`.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// The mailbox name as it goes over the wire.
pub(crate) fn encode(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    let mut shifted: Vec<u16> = Vec::new();
    for c in name.chars() {
        if (' '..='~').contains(&c) {
            close(&mut encoded, &mut shifted);
            encoded.push(c);
            if c == '&' {
                encoded.push('-');
            }
        } else {
            shifted.extend_from_slice(c.encode_utf16(&mut [0; 2]));
        }
    }
    close(&mut encoded, &mut shifted);
    encoded
}

/// Writes what was gathered between `&` and `-`.
fn close(encoded: &mut String, shifted: &mut Vec<u16>) {
    if shifted.is_empty() {
        return;
    }
    encoded.push('&');
    let (mut bits, mut held) = (0u32, 0);
    for unit in shifted.drain(..) {
        bits = bits << 16 | u32::from(unit);
        held += 16;
        while held >= 6 {
            held -= 6;
            encoded.push(char::from(ALPHABET[(bits >> held & 63) as usize]));
        }
    }
    if held > 0 {
        encoded.push(char::from(ALPHABET[(bits << (6 - held) & 63) as usize]));
    }
    encoded.push('-');
}

/// The Unicode of a name from the wire; `None` if it is no modified UTF-7.
///
/// What could have been written in plain ASCII must not be shifted, as RFC
/// 3501 §5.1.3 demands: a mailbox has one spelling.
pub(crate) fn decode(wire: &str) -> Option<String> {
    let mut name = String::with_capacity(wire.len());
    let mut rest = wire;
    while let Some(at) = rest.find('&') {
        name.push_str(&rest[..at]);
        let (shifted, after) = rest[at + 1..].split_once('-')?;
        if shifted.is_empty() {
            name.push('&');
        } else {
            unshift(&mut name, shifted)?;
        }
        rest = after;
        // "&AOk-&AOk-" has a needless shift in the middle.
        if !shifted.is_empty() && rest.starts_with('&') && !rest.starts_with("&-") {
            return None;
        }
    }
    name.push_str(rest);
    Some(name)
}

fn unshift(name: &mut String, shifted: &str) -> Option<()> {
    let mut units = Vec::new();
    let (mut bits, mut held) = (0u32, 0);
    for byte in shifted.bytes() {
        let value = ALPHABET.iter().position(|b| *b == byte)?;
        bits = bits << 6 | value as u32;
        held += 6;
        if held >= 16 {
            held -= 16;
            units.push((bits >> held) as u16);
        }
    }
    // What is left is padding: fewer than 6 bits, all zero.
    if held >= 6 || bits & ((1 << held) - 1) != 0 {
        return None;
    }
    for c in char::decode_utf16(units) {
        let c = c.ok()?;
        if (' '..='~').contains(&c) {
            return None;
        }
        name.push(c);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names() {
        let rows: &[(&str, Option<&str>)] = &[
            ("INBOX", Some("INBOX")),
            // RFC 3501 §5.1.3
            ("~peter/mail/&U,BTFw-/&ZeVnLIqe-", Some("~peter/mail/台北/日本語")),
            ("&Jjo-!", Some("☺!")),
            ("&2D3eAA-", Some("😀")),
            ("R&-D", Some("R&D")),
            ("&AMk-t&AOk-", Some("Été")),
            ("&Jjo!", None),
            ("&U,BTFw-&ZeVnLIqe-", None),
            ("&AGE-", None),
            ("&AO-", None),
            ("&AOl-", None),
            ("&AOk/-", None),
            ("&2D0-", None),
            ("R&D", None),
            ("&", None),
        ];
        for (wire, expected) in rows {
            assert_eq!(decode(wire).as_deref(), *expected, "{wire}");
            if let Some(name) = expected {
                assert_eq!(encode(name), *wire);
            }
        }
    }

    proptest! {
        #[test]
        fn every_name_comes_back(name in "\\PC{0,30}") {
            let wire = encode(&name);
            prop_assert!(wire.is_ascii());
            prop_assert_eq!(decode(&wire), Some(name));
        }

        #[test]
        fn one_spelling(wire in "[&A-Za-z0-9+,-]{0,12}") {
            if let Some(name) = decode(&wire) {
                prop_assert_eq!(encode(&name), wire);
            }
        }
    }
}
