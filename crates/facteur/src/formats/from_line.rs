//! The line that separates the messages of an mbox: RFC 4155, appendix A.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use model::Timestamp;

/// Whether this line, without its ending, can separate messages.
///
/// Sloppy programs leave "From " at the start of a line of text unquoted; a
/// separator also tells the time of day.
pub fn is_separator(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else { return false };
    rest.windows(5).any(|w| w[2] == b':' && [w[0], w[1], w[3], w[4]].iter().all(u8::is_ascii_digit))
}

/// The time a separator tells: `asctime` in UTC, or with a zone where a
/// program writes one.
pub fn date(line: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(line).ok()?;
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let clock = words
        .iter()
        .position(|word| word.contains(':') && word.len() >= 4 && clock(word).is_some())?;
    let (hour, minute, second) = clock_at(&words, clock)?;
    let day: i8 = words.get(clock.checked_sub(1)?)?.parse().ok()?;
    let month = month(words.get(clock.checked_sub(2)?)?)?;
    let mut year = None;
    let mut offset = 0;
    for word in words.get(clock + 1..)?.iter().take(3) {
        match zone(word) {
            Some(seconds) => offset = seconds,
            None => {
                let named = word.parse::<i16>().ok().filter(|y| (1970..=9999).contains(y));
                year = year.or(named);
            }
        }
    }
    let civil = DateTime::new(year?, month, day, hour, minute, second, 0).ok()?;
    let zone = TimeZone::fixed(Offset::from_seconds(offset).ok()?);
    Some(Timestamp(civil.to_zoned_datetime(zone).ok()?.timestamp().as_second()))
}

fn clock_at(words: &[&str], at: usize) -> Option<(i8, i8, i8)> {
    clock(words.get(at)?)
}

fn clock(word: &str) -> Option<(i8, i8, i8)> {
    let mut parts = word.split(':').map(|part| part.parse::<i8>().ok());
    Some((parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?))
}

fn month(word: &str) -> Option<i8> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    (1..).zip(MONTHS).find(|(_, name)| *name == word).map(|(number, _)| number)
}

/// Seconds east of `+0200` and the like.
fn zone(word: &str) -> Option<i32> {
    let (sign, digits) = match word.as_bytes().first()? {
        b'+' => (1, &word[1..]),
        b'-' => (-1, &word[1..]),
        _ => return None,
    };
    if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: i32 = digits.parse().ok()?;
    Some(sign * (number / 100 * 3600 + number % 100 * 60))
}

/// A separator for a message that came at `date` from `sender`.
///
/// An empty reverse-path is written MAILER-DAEMON, as everybody does.
pub fn line(sender: Option<&str>, date: Timestamp) -> String {
    let sender = sender.filter(|s| !s.is_empty() && !s.contains([' ', '\t', '\r', '\n']));
    let moment = jiff::Timestamp::from_second(date.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let time = moment.to_zoned_datetime(TimeZone::UTC).strftime("%a %b %e %H:%M:%S %Y").to_string();
    format!("From {} {time}", sender.unwrap_or("MAILER-DAEMON"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators() {
        let rows: &[(&str, bool, Option<i64>)] = &[
            ("From bob@x.org Thu Nov 23 19:36:17 2006", true, Some(1_164_310_577)),
            ("From - Thu Nov 23 19:36:17 2006", true, Some(1_164_310_577)),
            ("From 15@xxx Thu Nov 23 19:36:17 +0000 2006", true, Some(1_164_310_577)),
            ("From b@x Thu Nov 23 20:36:17 2006 +0100", true, Some(1_164_310_577)),
            ("From b@x  Thu Nov  2 19:36:17 2006", true, Some(1_162_496_177)),
            ("From b@x Thu Foo 99 19:36:17 2006", true, None),
            ("From the beginning we knew", false, None),
            ("From: bob@x.org", false, None),
            (">From bob Thu Nov 23 19:36:17 2006", false, None),
            ("", false, None),
        ];
        for (text, separates, expected) in rows {
            assert_eq!(is_separator(text.as_bytes()), *separates, "{text}");
            if *separates {
                assert_eq!(date(text.as_bytes()).map(|t| t.0), *expected, "{text}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read(seconds in 0_i64..4_000_000_000, sender in "[a-z@.]{0,20}") {
            let line = line(Some(&sender), Timestamp(seconds));
            proptest::prop_assert!(is_separator(line.as_bytes()));
            proptest::prop_assert_eq!(date(line.as_bytes()), Some(Timestamp(seconds)));
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = (is_separator(&bytes), date(&bytes));
        }
    }
}
