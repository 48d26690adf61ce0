//! Dates and hours as each language writes them, in the reader's time zone.
//!
//! Times come as seconds since 1970 (as `model::Timestamp` counts them), so
//! that this crate depends on no other room. A time no calendar holds reads
//! as an empty text: a hostile `Date:` must not spoil a list.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use crate::{Language, text};

const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const MONTHS_FR: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const SHORT_EN: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const SHORT_FR: [&str; 12] = [
    "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.",
    "déc.",
];
const DAYS_EN: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const DAYS_FR: [&str; 7] =
    ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];

fn zoned(seconds: i64, zone: &TimeZone) -> Option<ZonedDateTime> {
    Some(Timestamp::from_second(seconds).ok()?.to_zoned_datetime(zone.clone()))
}

fn at<'a>(names: &[&'a str], number: i8) -> &'a str {
    usize::try_from(number - 1).ok().and_then(|n| names.get(n)).copied().unwrap_or("")
}

fn clock(when: &ZonedDateTime) -> String {
    format!("{:02}:{:02}", when.hour(), when.minute())
}

/// The first of a month is an ordinal in French.
fn day_fr(day: i8) -> String {
    if day == 1 { "1er".to_owned() } else { day.to_string() }
}

fn day_and_month(language: Language, date: Date) -> String {
    match language {
        Language::English => format!("{}\u{a0}{}", at(&SHORT_EN, date.month()), date.day()),
        Language::French => format!("{}\u{a0}{}", day_fr(date.day()), at(&SHORT_FR, date.month())),
    }
}

/// For a row of a list: the hour today (`09:42`), the day this year
/// (`Nov 23`, `23 nov.`), else with its year.
pub fn short(language: Language, seconds: i64, now: i64, zone: &TimeZone) -> String {
    let (Some(when), Some(now)) = (zoned(seconds, zone), zoned(now, zone)) else {
        return String::new();
    };
    if when.date() == now.date() {
        return clock(&when);
    }
    with_year_when_old(language, &when, &now)
}

/// The hour alone: `09:42`.
pub fn hour(seconds: i64, zone: &TimeZone) -> String {
    zoned(seconds, zone).map(|when| clock(&when)).unwrap_or_default()
}

/// The day, and the hour too: `Nov 23, 09:42`, `23 nov., 09:42`; today the
/// hour alone.
pub fn short_with_hour(language: Language, seconds: i64, now: i64, zone: &TimeZone) -> String {
    let (Some(when), Some(now)) = (zoned(seconds, zone), zoned(now, zone)) else {
        return String::new();
    };
    if when.date() == now.date() {
        return clock(&when);
    }
    format!("{}, {}", with_year_when_old(language, &when, &now), clock(&when))
}

fn with_year_when_old(language: Language, when: &ZonedDateTime, now: &ZonedDateTime) -> String {
    let day = day_and_month(language, when.date());
    if when.year() == now.year() {
        return day;
    }
    match language {
        Language::English => format!("{day}, {}", when.year()),
        Language::French => format!("{day} {}", when.year()),
    }
}

/// All of it: `Monday, November 23, 2026, 09:42`, `lundi 23 novembre 2026 à 09:42`.
pub fn full(language: Language, seconds: i64, zone: &TimeZone) -> String {
    let Some(when) = zoned(seconds, zone) else { return String::new() };
    let weekday = when.weekday().to_monday_one_offset();
    match language {
        Language::English => format!(
            "{}, {} {}, {}, {}",
            at(&DAYS_EN, weekday),
            at(&MONTHS_EN, when.month()),
            when.day(),
            when.year(),
            clock(&when)
        ),
        Language::French => format!(
            "{} {} {} {} à {}",
            at(&DAYS_FR, weekday),
            day_fr(when.day()),
            at(&MONTHS_FR, when.month()),
            when.year(),
            clock(&when)
        ),
    }
}

/// For machines, in `<time datetime>`: `2026-11-23T09:42:00+01:00`
/// (RFC 3339).
pub fn machine(seconds: i64, zone: &TimeZone) -> String {
    zoned(seconds, zone)
        .map(|when| when.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
        .unwrap_or_default()
}

/// The heading under which a list gathers the mail of a time: today,
/// yesterday, earlier this month, then month by month.
pub fn heading(language: Language, seconds: i64, now: i64, zone: &TimeZone) -> String {
    let (Some(when), Some(now)) = (zoned(seconds, zone), zoned(now, zone)) else {
        return String::new();
    };
    let today = now.date();
    // A clock that runs ahead is no reason for a heading "Tomorrow".
    if when.date() >= today {
        return text(language, "date-today", &[]).into_owned();
    }
    if today.yesterday().is_ok_and(|yesterday| when.date() == yesterday) {
        return text(language, "date-yesterday", &[]).into_owned();
    }
    let month = match language {
        Language::English => at(&MONTHS_EN, when.month()),
        Language::French => at(&MONTHS_FR, when.month()),
    };
    if (when.year(), when.month()) == (now.year(), now.month()) {
        return text(language, "date-earlier-in", &[("month", month.into())]).into_owned();
    }
    let mut heading = month.to_owned();
    if when.year() != now.year() {
        heading = format!("{month} {}", when.year());
    }
    let mut letters = heading.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => heading,
    }
}

/// The day and the month as a postmark has them: `23 NOV`.
pub fn postmark(language: Language, seconds: i64, zone: &TimeZone) -> (String, String) {
    let Some(when) = zoned(seconds, zone) else { return Default::default() };
    let month = match language {
        Language::English => at(&SHORT_EN, when.month()),
        Language::French => at(&SHORT_FR, when.month()),
    };
    let day = format!("{} {}", when.day(), month.trim_end_matches('.').to_uppercase());
    (day, when.year().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::*;

    // 2026-11-23T08:42:05Z, a Monday.
    const NOW: i64 = 1_795_423_325;
    const DAY: i64 = 86_400;

    fn paris() -> TimeZone {
        TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a good zone")
    }

    #[test]
    fn rows() {
        for (seconds, en, fr) in [
            (NOW, "09:42", "09:42"),
            (NOW - 9 * 3600 - 42 * 60 - 6, "Nov 22", "22 nov."),
            (NOW - 22 * DAY, "Nov 1", "1er nov."),
            (NOW - 200 * DAY, "May 7", "7 mai"),
            (NOW - 365 * DAY, "Nov 23, 2025", "23 nov. 2025"),
            (0, "Jan 1, 1970", "1er janv. 1970"),
            (NOW + 400 * DAY, "Dec 28, 2027", "28 déc. 2027"),
            (i64::MAX, "", ""),
            (i64::MIN, "", ""),
        ] {
            let said = |language| short(language, seconds, NOW, &paris()).replace('\u{a0}', " ");
            assert_eq!((said(English), said(French)), (en.to_owned(), fr.to_owned()), "{seconds}");
        }
        assert_eq!(short_with_hour(French, NOW, NOW, &paris()), "09:42");
        assert_eq!(short_with_hour(English, NOW - DAY, NOW, &paris()), "Nov\u{a0}22, 09:42");
    }

    #[test]
    fn the_zone_decides_what_today_is() {
        let auckland = TimeZone::fixed(jiff::tz::offset(13));
        // 23:30 in Auckland is the same day as 21:42 there, and yesterday evening in Paris is not.
        assert_eq!(short(English, NOW, NOW, &auckland), "21:42");
        assert_eq!(heading(English, NOW - 22 * 3600, NOW, &auckland), "Yesterday");
    }

    #[test]
    fn in_full() {
        assert_eq!(full(English, NOW, &paris()), "Monday, November 23, 2026, 09:42");
        assert_eq!(full(French, NOW, &paris()), "lundi 23 novembre 2026 à 09:42");
        assert_eq!(full(French, NOW - 22 * DAY, &paris()), "dimanche 1er novembre 2026 à 09:42");
        assert_eq!(machine(NOW, &paris()), "2026-11-23T09:42:05+01:00");
        assert_eq!(postmark(French, NOW, &paris()), ("23 NOV".to_owned(), "2026".to_owned()));
    }

    #[test]
    fn headings() {
        for (seconds, en, fr) in [
            (NOW + 3 * DAY, "Today", "Aujourd’hui"),
            (NOW, "Today", "Aujourd’hui"),
            (NOW - DAY, "Yesterday", "Hier"),
            (NOW - 3 * DAY, "Earlier in November", "Plus tôt en novembre"),
            (NOW - 31 * DAY, "October", "Octobre"),
            (NOW - 120 * DAY, "July", "Juillet"),
            (NOW - 100 * DAY, "August", "Août"),
            (NOW - 365 * DAY, "November 2025", "Novembre 2025"),
        ] {
            let said = |language| heading(language, seconds, NOW, &paris());
            assert_eq!((said(English), said(French)), (en.to_owned(), fr.to_owned()), "{seconds}");
        }
    }
}
