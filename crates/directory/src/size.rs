//! Sizes as people write them: `6 GiB`, `10G`, `500 MB`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

/// A number of bytes. `K`, `M`, `G`, `T` and `KiB` … `TiB` are powers of 1024,
/// `kB` … `TB` powers of 1000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

/// Why a text is no size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no size; write for example 10G, 500M or \"6 GiB\"")]
pub struct SizeError(String);

impl FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Size, SizeError> {
        let trimmed = text.trim();
        let digits = trimmed.find(|c: char| !c.is_ascii_digit()).unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(digits);
        let factor = unit_bytes(unit.trim_start());
        let size = number.parse::<u64>().ok().zip(factor).and_then(|(n, f)| n.checked_mul(f));
        size.map(Size).ok_or_else(|| SizeError(text.to_owned()))
    }
}

fn unit_bytes(unit: &str) -> Option<u64> {
    let (base, letters): (u64, _) = match unit.to_ascii_lowercase() {
        unit if unit.is_empty() || unit == "b" => return Some(1),
        unit if unit.ends_with("ib") => (1024, unit[..unit.len() - 2].to_owned()),
        unit if unit.ends_with('b') => (1000, unit[..unit.len() - 1].to_owned()),
        unit => (1024, unit),
    };
    let power = match letters.as_str() {
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        _ => return None,
    };
    Some(base.pow(power))
}

/// In the greatest unit that leaves a whole number, so that it parses back.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")];
        let whole = |shift: u32| self.0 != 0 && self.0.is_multiple_of(1 << shift);
        match units.iter().find(|(shift, _)| whole(*shift)) {
            Some((shift, unit)) => write!(f, "{} {unit}", self.0 >> shift),
            None => write!(f, "{} B", self.0),
        }
    }
}

/// A number of bytes, or a text with a unit.
impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Size, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a size such as \"6 GiB\"")]
        enum Form {
            Number(u64),
            Text(String),
        }
        match Form::deserialize(deserializer)? {
            Form::Number(bytes) => Ok(Size(bytes)),
            Form::Text(text) => text.parse().map_err(serde::de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let rows: &[(&str, Option<u64>)] = &[
            ("6 GiB", Some(6 << 30)),
            ("10G", Some(10 << 30)),
            ("10g", Some(10 << 30)),
            ("1 MiB", Some(1 << 20)),
            ("500 MB", Some(500_000_000)),
            ("3kB", Some(3000)),
            ("17", Some(17)),
            ("17 B", Some(17)),
            (" 2 T ", Some(2 << 40)),
            ("", None),
            ("G", None),
            ("-1", None),
            ("1.5G", None),
            ("1 XiB", None),
            ("1 iB", None),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551615K", None),
            ("9 é", None),
        ];
        for (text, expected) in rows {
            assert_eq!(text.parse::<Size>().ok(), expected.map(Size), "{text:?}");
        }
    }

    #[test]
    fn sizes_print_as_they_parse() {
        for bytes in [0, 1, 1023, 1024, 1500, 6 << 30, 3 << 40, u64::MAX] {
            let size = Size(bytes);
            assert_eq!(size.to_string().parse(), Ok(size), "{size}");
        }
    }
}
