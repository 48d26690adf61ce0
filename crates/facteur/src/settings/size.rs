//! Sizes as people write them: `6 GiB`, `500 MB`, `1048576`.

use std::fmt;
use std::str::FromStr;

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

/// Why a text is no size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no size: write a number and a unit, for instance \"6 GiB\", \"500 MB\" or \"10G\"")]
pub struct SizeError(String);

/// Units and their bytes. Letters alone mean powers of 1024, as in `dd` and `du`.
const UNITS: &[(&str, u64)] = &[
    ("", 1),
    ("b", 1),
    ("k", 1 << 10),
    ("kib", 1 << 10),
    ("kb", 1000),
    ("m", 1 << 20),
    ("mib", 1 << 20),
    ("mb", 1000 * 1000),
    ("g", 1 << 30),
    ("gib", 1 << 30),
    ("gb", 1000 * 1000 * 1000),
    ("t", 1 << 40),
    ("tib", 1 << 40),
    ("tb", 1000 * 1000 * 1000 * 1000),
    // What French writes for byte.
    ("o", 1),
    ("kio", 1 << 10),
    ("ko", 1000),
    ("mio", 1 << 20),
    ("mo", 1000 * 1000),
    ("gio", 1 << 30),
    ("go", 1000 * 1000 * 1000),
    ("tio", 1 << 40),
    ("to", 1000 * 1000 * 1000 * 1000),
];

impl FromStr for Size {
    type Err = SizeError;

    /// Takes a whole or decimal number and a unit, in any case, with or
    /// without a space between them.
    fn from_str(text: &str) -> Result<Size, SizeError> {
        let error = || SizeError(text.to_owned());
        let trimmed = text.trim();
        let at = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(at);
        let unit = unit.trim_start().to_ascii_lowercase();
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(error)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() || fraction.len() > 6 || (number.contains('.') && fraction.is_empty()) {
            return Err(error());
        }
        let bytes = whole.parse::<u64>().ok().and_then(|n| n.checked_mul(*factor)).ok_or_else(error)?;
        let part = if fraction.is_empty() {
            0
        } else {
            let digits = u128::from(fraction.parse::<u64>().map_err(|_| error())?);
            let scale = 10_u128.pow(u32::try_from(fraction.len()).map_err(|_| error())?);
            u64::try_from(digits * u128::from(*factor) / scale).map_err(|_| error())?
        };
        bytes.checked_add(part).map(Size).ok_or_else(error)
    }
}

/// In the greatest binary unit that says it exactly, `6 GiB`; parses back to itself.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [("TiB", 1_u64 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
        for (name, bytes) in units {
            if self.0 >= bytes && self.0.is_multiple_of(bytes) {
                return write!(f, "{} {name}", self.0 / bytes);
            }
        }
        write!(f, "{} B", self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Size {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Size, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Size;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a size such as \"6 GiB\"")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Size, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_i64<E: serde::de::Error>(self, bytes: i64) -> Result<Size, E> {
                u64::try_from(bytes).map(Size).map_err(|_| E::custom("a size is not negative"))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let rows: &[(&str, Option<u64>)] = &[
            ("6 GiB", Some(6 << 30)),
            ("6GiB", Some(6 << 30)),
            ("10G", Some(10 << 30)),
            ("1 MB", Some(1_000_000)),
            ("1.5 GiB", Some(3 << 29)),
            ("7,5 Go", None),
            ("2 Go", Some(2_000_000_000)),
            ("0", Some(0)),
            (" 12 ", Some(12)),
            ("", None),
            ("GiB", None),
            ("-1 GiB", None),
            ("1 GiBi", None),
            ("1.", None),
            (".5 G", None),
            ("1.2.3 G", None),
            ("99999999999 TiB", None),
        ];
        for (text, expected) in rows {
            assert_eq!(text.parse::<Size>().ok().map(|s| s.0), *expected, "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_printed_parses_back(bytes: u64) {
            proptest::prop_assert_eq!(Size(bytes).to_string().parse(), Ok(Size(bytes)));
        }

        #[test]
        fn no_text_panics(text: String) {
            let _ = text.parse::<Size>();
        }
    }
}
