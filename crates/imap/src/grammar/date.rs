//! Dates: `date`, `date-time` of RFC 3501 §9, without a time zone database.

use model::Timestamp;

use super::parser::{ParseError, Parsed, Parser};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Days since 1970-01-01, for SEARCH, which knows no hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(pub(crate) i64);

impl Day {
    /// The day of `moment` in UTC, in which we show INTERNALDATE.
    pub(crate) fn of(moment: Timestamp) -> Day {
        Day(moment.0.div_euclid(86_400))
    }

    /// From a year, month (1 to 12) and day, if there is such a day.
    pub(crate) fn from_civil(year: i64, month: u32, day: u32) -> Option<Day> {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            2 => 28 + u32::from(leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        if day == 0 || day > length || !(0..=9999).contains(&year) {
            return None;
        }
        // Years that begin in March have their leap day at the end.
        let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let era = y.div_euclid(400);
        let of_era = y.rem_euclid(400);
        let of_year = i64::from((153 * m + 2) / 5 + day - 1);
        Some(Day(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468))
    }

    /// Year, month and day.
    pub(crate) fn civil(self) -> (i64, u32, u32) {
        let z = self.0 + 719_468;
        let era = z.div_euclid(146_097);
        let of_era = z.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let m = (5 * of_year + 2) / 153;
        let day = (of_year - (153 * m + 2) / 5 + 1) as u32;
        let month = if m < 10 { m + 3 } else { m - 9 } as u32;
        (year_of_era + era * 400 + i64::from(month <= 2), month, day)
    }

    /// The first day in a Date header, in the sender's own zone, as SENTON
    /// and its like want it (RFC 3501 §6.4.4: "disregarding time and
    /// timezone").
    pub(crate) fn of_header(date: &[u8]) -> Option<Day> {
        let text = String::from_utf8_lossy(date.get(..date.len().min(80))?);
        let words: Vec<&str> =
            text.split([' ', '\t', ',', '-', '\r', '\n']).filter(|w| !w.is_empty()).collect();
        words.windows(3).find_map(|w| {
            let day = w[0].parse::<u32>().ok()?;
            let month = month_of(w[1])?;
            let year = match w[2].parse::<i64>().ok()? {
                // RFC 5322 §4.3: two and three digits of old.
                year @ 0..50 => year + 2000,
                year @ 50..1000 => year + 1900,
                year => year,
            };
            Day::from_civil(year, month, day)
        })
    }
}

fn month_of(name: &str) -> Option<u32> {
    let at = MONTHS.iter().position(|month| month.eq_ignore_ascii_case(name))?;
    Some(at as u32 + 1)
}

/// `date-text`: `1-Feb-1994`, its quotes already gone.
fn date_text(text: &[u8]) -> Option<Day> {
    let text = std::str::from_utf8(text).ok()?;
    let mut parts = text.split('-');
    let day = parts.next().filter(|d| (1..=2).contains(&d.len()))?;
    let month = month_of(parts.next()?)?;
    let year = parts.next().filter(|y| y.len() == 4)?;
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if parts.next().is_some() || !digits(day) || !digits(year) {
        return None;
    }
    Day::from_civil(year.parse().ok()?, month, day.parse().ok()?)
}

/// `date` of SEARCH.
pub(crate) fn date(parser: &mut Parser) -> Parsed<Day> {
    let text = parser.astring()?;
    date_text(&text).ok_or_else(|| ParseError::from("a date has the form 1-Feb-1994"))
}

/// `date-time` of APPEND: `"17-Jul-1996 02:44:25 -0700"`.
pub(crate) fn date_time(parser: &mut Parser) -> Parsed<Timestamp> {
    let text = parser.string()?;
    parse_date_time(&text).ok_or_else(|| {
        ParseError::from("a date and time has the form \"17-Jul-1996 02:44:25 -0700\"")
    })
}

fn parse_date_time(text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?;
    let mut words = text.split(' ').filter(|word| !word.is_empty());
    let day = date_text(words.next()?.as_bytes())?;
    let time = words.next()?;
    let zone = words.next()?;
    if words.next().is_some() || time.len() != 8 || zone.len() != 5 || !zone.is_ascii() {
        return None;
    }
    let two = |t: &str| -> Option<i64> {
        (t.len() == 2 && t.bytes().all(|b| b.is_ascii_digit())).then(|| t.parse().ok())?
    };
    let mut clock = time.split(':');
    let (h, m, s) = (two(clock.next()?)?, two(clock.next()?)?, two(clock.next()?)?);
    if clock.next().is_some() || h > 23 || m > 59 || s > 60 {
        return None;
    }
    let sign = match &zone[..1] {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (zone_h, zone_m) = (two(&zone[1..3])?, two(&zone[3..5])?);
    if zone_m > 59 {
        return None;
    }
    let local = day.0 * 86_400 + h * 3_600 + m * 60 + s.min(59);
    Some(Timestamp(local - sign * (zone_h * 3_600 + zone_m * 60)))
}

/// Writes `moment` as `date-time`, quotes included, in UTC.
pub(crate) fn write_date_time(out: &mut Vec<u8>, moment: Timestamp) {
    // The form has four digits for the year; nothing we keep lies outside.
    let seconds = moment.0.clamp(-62_135_596_800, 253_402_300_799);
    let (year, month, day) = Day(seconds.div_euclid(86_400)).civil();
    let of_day = seconds.rem_euclid(86_400) as u32;
    let two = |n: u32| [b'0' + (n / 10 % 10) as u8, b'0' + (n % 10) as u8];
    out.push(b'"');
    // `date-day-fixed`: a space before a single digit.
    let [tens, ones] = two(day);
    out.extend_from_slice(&[if tens == b'0' { b' ' } else { tens }, ones, b'-']);
    out.extend_from_slice(MONTHS[month as usize - 1].as_bytes());
    out.push(b'-');
    out.extend_from_slice(&two(year as u32 / 100));
    out.extend_from_slice(&two(year as u32 % 100));
    out.push(b' ');
    out.extend_from_slice(&two(of_day / 3_600));
    out.push(b':');
    out.extend_from_slice(&two(of_day / 60 % 60));
    out.push(b':');
    out.extend_from_slice(&two(of_day % 60));
    out.extend_from_slice(b" +0000\"");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_and_times() {
        let rows: &[(&str, Option<i64>)] = &[
            ("17-Jul-1996 02:44:25 -0700", Some(837_596_665)),
            (" 1-Jan-1970 00:00:00 +0000", Some(0)),
            ("01-Jan-1970 01:00:00 +0100", Some(0)),
            ("29-Feb-2024 12:00:00 +0000", Some(1_709_208_000)),
            ("29-Feb-2023 12:00:00 +0000", None),
            ("32-Jan-2023 12:00:00 +0000", None),
            ("1-Jux-2023 12:00:00 +0000", None),
            ("1-Jan-2023 24:00:00 +0000", None),
            ("1-Jan-2023 12:00 +0000", None),
            ("1-Jan-2023 12:00:00", None),
            ("1-Jan-2023 12:00:00 GMT", None),
            ("", None),
        ];
        for (text, expected) in rows {
            assert_eq!(parse_date_time(text.as_bytes()).map(|t| t.0), *expected, "{text}");
        }
    }

    #[test]
    fn header_days() {
        let rows = [
            ("Mon, 7 Feb 1994 21:52:25 -0800 (PST)", Some((1994, 2, 7))),
            ("7 Feb 94 21:52 PST", Some((1994, 2, 7))),
            ("Thu,  1 Jan 2004 00:00:00 +0000", Some((2004, 1, 1))),
            ("yesterday", None),
            ("", None),
        ];
        for (text, expected) in rows {
            let expected: Option<Day> = expected.and_then(|(y, m, d)| Day::from_civil(y, m, d));
            assert_eq!(Day::of_header(text.as_bytes()), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn written_dates_come_back(seconds in -62_135_596_800i64..253_402_300_799) {
            let mut out = Vec::new();
            write_date_time(&mut out, Timestamp(seconds));
            prop_assert_eq!(date_time(&mut Parser::new(&out)), Ok(Timestamp(seconds)));
        }

        #[test]
        fn days_come_back(days in -719_000i64..2_900_000) {
            let (y, m, d) = Day(days).civil();
            prop_assert_eq!(Day::from_civil(y, m, d), Some(Day(days)));
        }

        #[test]
        fn any_header_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            let _ = Day::of_header(&bytes);
            let _ = parse_date_time(&bytes);
        }
    }
}
