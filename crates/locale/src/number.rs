//! Numbers and sizes as each language writes them.

use crate::Language;

/// The narrow no-break space of French typography.
pub(crate) const NARROW: char = '\u{202f}';

/// A whole number with its thousands apart: `4,812`, `4 812`.
pub fn number(language: Language, n: u64) -> String {
    let digits = n.to_string();
    let separator = match language {
        Language::English => ',',
        Language::French => NARROW,
    };
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 * 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(separator);
        }
        grouped.push(digit);
    }
    grouped
}

/// A share of a hundred: `70%`, `70 %`.
pub fn percent(language: Language, n: u64) -> String {
    match language {
        Language::English => format!("{}%", number(language, n)),
        Language::French => format!("{}{NARROW}%", number(language, n)),
    }
}

/// A size in bytes for a person: `12 bytes`, `1.2 MB`, `1,2 Mo`.
///
/// A kilobyte is 1,024 bytes here, so that a quota set as `6 GiB` reads
/// "6 GB" wherever it is shown.
pub fn size(language: Language, bytes: u64) -> String {
    let (units, byte) = match language {
        Language::English => (["KB", "MB", "GB", "TB", "PB", "EB"], ["byte", "bytes"]),
        Language::French => (["Ko", "Mo", "Go", "To", "Po", "Eo"], ["octet", "octets"]),
    };
    let space = match language {
        Language::English => '\u{a0}',
        Language::French => NARROW,
    };
    if bytes < 1024 {
        // Nothing at all is plural in English, singular in French.
        let plural = match language {
            Language::English => bytes != 1,
            Language::French => bytes >= 2,
        };
        return format!("{bytes}{space}{}", byte[usize::from(plural)]);
    }
    // In tenths of the unit, rounded; u128 because ten times u64::MAX is larger.
    let mut unit = 0;
    let tenths_in = |unit: usize| {
        let step = 1u128 << (10 * (unit + 1));
        (u128::from(bytes) * 10 + step / 2) / step
    };
    while unit + 1 < units.len() && tenths_in(unit) >= 10_240 {
        unit += 1;
    }
    let tenths = tenths_in(unit);
    let (whole, tenth) = (tenths / 10, tenths % 10);
    // From a hundred on, and for whole numbers, the tenth says nothing.
    if tenth == 0 || whole >= 100 || unit == 0 && whole >= 10 {
        let rounded = if tenth >= 5 { whole + 1 } else { whole };
        return format!("{}{space}{}", number(language, rounded as u64), units[unit]);
    }
    let mark = if language == Language::French { ',' } else { '.' };
    format!("{whole}{mark}{tenth}{space}{}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::*;

    #[test]
    fn numbers() {
        for (n, en, fr) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (4812, "4,812", "4\u{202f}812"),
            (1_234_567, "1,234,567", "1\u{202f}234\u{202f}567"),
        ] {
            assert_eq!((number(English, n), number(French, n)), (en.to_owned(), fr.to_owned()));
        }
        assert_eq!(percent(French, 70), "70\u{202f}%");
        assert_eq!(percent(English, 70), "70%");
    }

    #[test]
    fn sizes() {
        for (bytes, en, fr) in [
            (0, "0 bytes", "0_octet"),
            (1, "1 byte", "1_octet"),
            (1023, "1023 bytes", "1023_octets"),
            (1024, "1 KB", "1_Ko"),
            (1536, "1.5 KB", "1,5_Ko"),
            (188_416, "184 KB", "184_Ko"),
            (1_258_291, "1.2 MB", "1,2_Mo"),
            (1_048_575, "1 MB", "1_Mo"),
            (6 << 30, "6 GB", "6_Go"),
            (u64::MAX, "16 EB", "16_Eo"),
        ] {
            assert_eq!(size(English, bytes), en.replace(' ', "\u{a0}"), "{bytes}");
            assert_eq!(size(French, bytes), fr.replace('_', "\u{202f}"), "{bytes}");
        }
    }
}
