//! Dates of header fields: RFC 5322 §3.3 and its obsolete forms (§4.3).

use model::Timestamp;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]; // 1970-01-01 was a Thursday

/// Days from 1970-01-01 to a day of the Gregorian calendar.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    // Years are counted from March, so that the leap day is the last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month (1 to 12) and day of a number of days since 1970-01-01.
fn civil_from_days(days: i64) -> (i64, usize, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    let month = (march + 2) % 12 + 1;
    let year = era * 400 + year + i64::from(month <= 2);
    (year, month as usize, of_year - (153 * march + 2) / 5 + 1)
}

/// `t` as a `Date:` field has it, in a zone `offset_seconds` east of
/// Greenwich: `Mon, 23 Nov 2026 19:45:00 +0100`.
pub fn rfc5322_date(t: Timestamp, offset_seconds: i32) -> String {
    // Whole minutes within a day, as the form has room for.
    let offset = i64::from(offset_seconds) / 60 % (24 * 60);
    // Years of four digits.
    let local = (t.0.clamp(-62_135_596_800, 253_402_300_799)).saturating_add(offset * 60);
    let (days, second) = (local.div_euclid(86_400), local.rem_euclid(86_400));
    let (year, month, day) = civil_from_days(days);
    let sign = if offset < 0 { '-' } else { '+' };
    format!(
        "{}, {day:02} {} {year:04} {:02}:{:02}:{:02} {sign}{:02}{:02}",
        DAYS[days.rem_euclid(7) as usize],
        MONTHS[month - 1],
        second / 3600,
        second / 60 % 60,
        second % 60,
        offset.abs() / 60,
        offset.abs() % 60,
    )
}

/// The moment a `Date:` value names, or `None` if it names no day.
///
/// An unknown zone counts as UTC and an impossible time as midnight
/// (RFC 5256 §2.2). The order of the parts is free, so that the form of
/// `asctime` and that of ISO 8601 are understood too.
pub(crate) fn parse_date(raw: &[u8]) -> Option<Timestamp> {
    let text = without_comments(&raw[..raw.len().min(300)]);
    let (mut day, mut month, mut year, mut time) = (None, None, None, None);
    let mut offset = 0;
    for word in text.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty()) {
        let mut word = word;
        if let Some((date, time)) = word.split_once(['T', 't'])
            && let Some((y, m, d)) = iso_date(date)
        {
            (year, month, day) = (Some(y), Some(m), Some(d));
            word = time;
        }
        if word.contains(':') {
            let (clock, zone) = clock(word);
            time = time.or(Some(clock));
            offset = zone.unwrap_or(offset);
        } else if let Some((y, m, d)) = iso_date(word) {
            (year, month, day) = (Some(y), Some(m), Some(d));
        } else if let Some(number) = word.parse::<u16>().ok().filter(|_| !word.starts_with('+')) {
            match (day, year) {
                (None, _) if (1..=31).contains(&number) => day = Some(i64::from(number)),
                (_, None) => year = Some(full_year(word.len(), i64::from(number))),
                _ => {}
            }
        } else if let Some(m) = month_of(word).filter(|_| month.is_none()) {
            month = Some(m);
        } else if time.is_some() {
            offset = zone(word).unwrap_or(offset);
        }
    }
    let days = days_from_civil(year?, month?, day?);
    Some(Timestamp(days * 86_400 + time.unwrap_or(0) - offset))
}

fn without_comments(raw: &[u8]) -> String {
    let mut depth = 0_usize;
    let mut text = String::new();
    for byte in raw {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b if depth == 0 => text.push(if b.is_ascii() { char::from(*b) } else { ' ' }),
            _ => {}
        }
    }
    text
}

/// RFC 5322 §4.3: years of two and three digits.
fn full_year(digits: usize, year: i64) -> i64 {
    match digits {
        0..=2 if year < 50 => year + 2000,
        0..=3 => year + 1900,
        _ => year,
    }
}

fn month_of(word: &str) -> Option<i64> {
    let start = word.get(..3)?;
    let index = MONTHS.iter().position(|month| start.eq_ignore_ascii_case(month))?;
    Some(index as i64 + 1)
}

/// `2026-11-23` or `23-Nov-2026`.
fn iso_date(word: &str) -> Option<(i64, i64, i64)> {
    let mut pieces = word.splitn(3, '-');
    let (a, b, c) = (pieces.next()?, pieces.next()?, pieces.next()?);
    let (year, month, day) = match month_of(b) {
        Some(month) => (full_year(c.len(), c.parse().ok()?), month, a.parse().ok()?),
        None => (a.parse().ok()?, b.parse().ok()?, c.parse().ok()?),
    };
    let good = (0..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    good.then_some((year, month, day))
}

/// Seconds of the day of `19:45`, `19:45:30` and `19:45:30+01:00`; the zone too
/// if it is glued on. An impossible time is 0.
fn clock(word: &str) -> (i64, Option<i64>) {
    let end =
        word.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.').unwrap_or(word.len());
    let (clock, rest) = word.split_at(end);
    let mut parts = clock.split([':', '.']).map(|part| part.parse::<u8>().ok().map(i64::from));
    let mut next = || parts.next().flatten();
    let (hour, minute, second) = (next(), next(), next().unwrap_or(0));
    let seconds = match (hour, minute) {
        (Some(h @ 0..24), Some(m @ 0..60)) if second <= 60 => h * 3600 + m * 60 + second,
        _ => 0,
    };
    (seconds, zone(&rest.replace(':', "")))
}

/// Seconds east of Greenwich.
fn zone(word: &str) -> Option<i64> {
    if let Some(digits) = word.strip_prefix(['+', '-']) {
        let good = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit());
        let number: i64 = good.then(|| digits.parse().ok())??;
        let seconds = (number / 100 * 60 + number % 100) * 60;
        return Some(if word.starts_with('-') { -seconds } else { seconds });
    }
    let hours = match word.to_ascii_uppercase().as_str() {
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        "MET" | "CET" | "BST" => 1,
        "MEST" | "CEST" | "EET" => 2,
        "JST" => 9,
        // RFC 5322 §4.3: all others mean nothing reliable.
        _ => 0,
    };
    word.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(hours * 3600)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        let rows: &[(&str, Option<i64>)] = &[
            ("Thu, 01 Jan 1970 00:00:00 +0000", Some(0)),
            ("Mon, 23 Nov 2026 19:45:00 +0100", Some(1_795_459_500)),
            ("23 Nov 2026 18:45 GMT", Some(1_795_459_500)),
            ("Mon, 23 Nov 2026 10:45:00 -0800 (PST)", Some(1_795_459_500)),
            ("Mon,23 Nov 26 18:45:00 UT", Some(1_795_459_500)),
            ("Mon Nov 23 18:45:00 2026", Some(1_795_459_500)),
            ("2026-11-23T19:45:00+01:00", Some(1_795_459_500)),
            ("2026-11-23 18:45:00", Some(1_795_459_500)),
            ("23-Nov-2026 18:45:00 +0000", Some(1_795_459_500)),
            ("Mon, 23 November 2026 18:45:00 nonsense", Some(1_795_459_500)),
            ("Sat, 31 Dec 99 23:59:60 EST", Some(946_702_800)),
            ("Sat, 1 Jan 100 00:00:00 +0000", Some(946_684_800)),
            ("29 Feb 2000 12:00:00 +0000", Some(951_825_600)),
            ("1 Feb 2007 99:99:99 +0000", Some(1_170_288_000)),
            ("1 Jan 1960 00:00:00 +0000", Some(-315_619_200)),
            ("yesterday", None),
            ("32 Nov 2026", None),
            ("23 Nov", None),
            ("", None),
        ];
        for (text, expected) in rows {
            assert_eq!(parse_date(text.as_bytes()), expected.map(Timestamp), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn there_and_back(seconds in -60_000_000_000_i64..250_000_000_000, minutes in -1439..1439) {
            let text = rfc5322_date(Timestamp(seconds), minutes * 60);
            let year_has_four_digits = !text.contains("-0");
            if year_has_four_digits && seconds > -30_000_000_000 {
                proptest::prop_assert_eq!(parse_date(text.as_bytes()), Some(Timestamp(seconds)), "{}", text);
            }
        }

        #[test]
        fn nothing_panics(text in "([0-9:+, T-]|Nov|GMT|\\PC){0,40}", seconds: i64, offset: i32) {
            parse_date(text.as_bytes());
            rfc5322_date(Timestamp(seconds), offset);
        }
    }
}
