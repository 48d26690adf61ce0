//! The `xtext` encoding of RFC 3461 §4.

/// Writes `text` so that it can stand in an ESMTP parameter.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'+' | b'=' => out.push_str(&format!("+{byte:02X}")),
            b'!'..=b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("+{byte:02X}")),
        }
    }
    out
}

/// Reads what [`encode`] wrote; `None` where RFC 3461 §4 does not allow it or
/// where the result is not UTF-8.
pub fn decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => {
                let (high, low) = (hex(bytes.next()?)?, hex(bytes.next()?)?);
                out.push(high << 4 | low);
            }
            b'=' => return None,
            b'!'..=b'~' => out.push(byte),
            _ => return None,
        }
    }
    String::from_utf8(out).ok()
}

/// One hexadecimal digit. RFC 3461 §4 wants upper case; some clients write
/// lower, and nothing else could be meant.
fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn xtext_of_the_rfc() {
        let rows = [
            ("Bob@Example.COM", Some("Bob@Example.COM")),
            ("a+2Bb@x.org", Some("a+b@x.org")),
            ("a+3Db", Some("a=b")),
            ("+20", Some(" ")),
            ("", Some("")),
            ("a=b", None),
            ("a b", None),
            ("+2", None),
            ("+", None),
            ("+GG", None),
            ("+FF", None),
            ("é", None),
        ];
        for (text, expected) in rows {
            assert_eq!(decode(text).as_deref(), expected, "{text:?}");
        }
        assert_eq!(encode("a+b=c d"), "a+2Bb+3Dc+20d");
    }

    proptest! {
        #[test]
        fn encoded_text_is_decoded_back(text in ".{0,60}") {
            let encoded = encode(&text);
            prop_assert!(encoded.bytes().all(|b| (b'!'..=b'~').contains(&b) && b != b'='));
            prop_assert_eq!(decode(&encoded), Some(text));
        }
    }
}
