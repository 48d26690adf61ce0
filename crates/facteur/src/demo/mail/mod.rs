//! The mail of `facteur demo`, all of our own writing.
//!
//! Each row of [`MAIL`] puts one file of this folder into one mailbox of one
//! account, with flags and labels, oldest first; a message between Alice and
//! Bob has a row in Sent of the one and in the Inbox of the other, and
//! `Role::All` is archived mail. [`ARRIVING`] comes in, one after the other,
//! while somebody looks. Conversations hang together by References.
//!
//! The files have LF line ends and placeholders, which [`prepare`] fills in:
//!
//! - `@@DATE-3d4h5m@@` is a `Date:` value three days, four hours and five
//!   minutes ago; `@@DATE-0m@@` is now.
//! - `@@ICAL+3d2h@@` and `@@ICAL-1h@@` are moments in iCalendar's form.
//! - `@@UNIQUE@@` is a number that makes a Message-ID unique.

pub(crate) mod panorama;

use model::{Flags, Role, Timestamp};

/// Whose mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// `alice@demo.test`
    Alice,
    /// `bob@demo.test`
    Bob,
}

/// A message in a mailbox of the demo.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placed {
    pub(crate) owner: Owner,
    pub(crate) role: Role,
    pub(crate) flags: &'static [Flags],
    /// Names of further mailboxes, to be created, that show the message too.
    pub(crate) labels: &'static [&'static str],
    /// The file's name, for the words of a failing test.
    #[cfg(test)]
    pub(crate) name: &'static str,
    /// With placeholders, for [`prepare`].
    pub(crate) raw: &'static [u8],
}

macro_rules! mail {
    ($owner:ident, $role:ident, [$($flag:ident),*], [$($label:literal),*], $file:literal) => {
        Placed {
            owner: Owner::$owner,
            role: Role::$role,
            flags: &[$(Flags::$flag),*],
            labels: &[$($label),*],
            #[cfg(test)]
            name: $file,
            raw: include_bytes!(concat!($file, ".eml")),
        }
    };
}

/// What lies in the mailboxes at the start, oldest first.
#[rustfmt::skip]
pub(crate) const MAIL: &[Placed] = &[
    mail!(Alice, All, [SEEN], ["Recettes"], "latin9"),
    mail!(Alice, Inbox, [SEEN, FLAGGED, ANSWERED], ["Vieille poste"], "poste-01"),
    mail!(Alice, Sent, [SEEN], ["Vieille poste"], "poste-02"),
    mail!(Bob, Inbox, [SEEN], [], "poste-02"),
    mail!(Alice, Inbox, [SEEN], ["Vieille poste"], "poste-03"),
    mail!(Bob, Inbox, [SEEN], [], "poste-03"),
    mail!(Alice, Inbox, [SEEN], ["Vieille poste"], "poste-04"),
    mail!(Bob, Sent, [SEEN], [], "poste-04"),
    mail!(Alice, Sent, [SEEN], ["Vieille poste"], "poste-05"),
    mail!(Bob, Inbox, [SEEN], [], "poste-05"),
    mail!(Alice, Inbox, [SEEN, FLAGGED], ["Vieille poste"], "poste-06"),
    mail!(Bob, Inbox, [SEEN], [], "poste-06"),
    mail!(Alice, Inbox, [SEEN, ANSWERED], ["Vieille poste"], "poste-07"),
    mail!(Alice, Sent, [SEEN], ["Vieille poste"], "poste-08"),
    mail!(Alice, Inbox, [SEEN, FLAGGED], ["Vieille poste"], "photo-inline"),
    mail!(Alice, Inbox, [SEEN], [], "kyoto"),
    mail!(Alice, Inbox, [SEEN], ["Vieille poste"], "poste-09"),
    mail!(Alice, Inbox, [SEEN], ["Vieille poste"], "poste-10"),
    mail!(Bob, Sent, [SEEN], [], "poste-10"),
    mail!(Alice, Trash, [SEEN], [], "trash-printer"),
    mail!(Alice, Sent, [SEEN], ["Vieille poste"], "poste-11"),
    mail!(Bob, Inbox, [SEEN], [], "poste-11"),
    mail!(Alice, Inbox, [SEEN], ["Band"], "band-01"),
    mail!(Bob, Sent, [SEEN], ["Band"], "band-01"),
    mail!(Alice, Inbox, [SEEN], ["Band"], "band-02"),
    mail!(Bob, Inbox, [SEEN], ["Band"], "band-02"),
    mail!(Alice, Inbox, [SEEN], ["Band"], "band-03"),
    mail!(Bob, Inbox, [SEEN], ["Band"], "band-03"),
    mail!(Alice, Sent, [SEEN], ["Band"], "band-04"),
    mail!(Bob, Inbox, [SEEN], ["Band"], "band-04"),
    mail!(Alice, Inbox, [SEEN], ["Band"], "band-05"),
    mail!(Bob, Sent, [SEEN], ["Band"], "band-05"),
    mail!(Alice, Sent, [SEEN], ["Band"], "band-06"),
    mail!(Bob, Inbox, [SEEN], ["Band"], "band-06"),
    mail!(Alice, Inbox, [SEEN], ["Band"], "band-07"),
    mail!(Bob, Inbox, [SEEN], ["Band"], "band-07"),
    mail!(Alice, Inbox, [SEEN], ["Band"], "band-08"),
    mail!(Bob, Inbox, [SEEN], ["Band"], "band-08"),
    mail!(Alice, Inbox, [SEEN], ["Band"], "band-09"),
    mail!(Bob, Inbox, [SEEN], ["Band"], "band-09"),
    mail!(Alice, Inbox, [SEEN], ["Band"], "band-10"),
    mail!(Bob, Inbox, [SEEN], ["Band"], "band-10"),
    mail!(Alice, Spam, [], [], "spam-lottery"),
    mail!(Alice, Inbox, [SEEN], ["Randonnées"], "rando-1"),
    mail!(Alice, Inbox, [SEEN], ["Randonnées"], "rando-2"),
    mail!(Alice, Sent, [SEEN], ["Randonnées"], "rando-3"),
    mail!(Alice, Inbox, [SEEN], ["Quay list"], "parrot-1"),
    mail!(Bob, Inbox, [SEEN], ["Quay list"], "parrot-1"),
    mail!(Alice, Inbox, [SEEN], ["Quay list"], "parrot-2"),
    mail!(Bob, Inbox, [SEEN], ["Quay list"], "parrot-2"),
    mail!(Alice, Inbox, [SEEN], ["Quay list"], "parrot-3"),
    mail!(Bob, Sent, [SEEN], ["Quay list"], "parrot-3"),
    mail!(Alice, Inbox, [SEEN], ["Quay list"], "parrot-4"),
    mail!(Bob, Inbox, [], ["Quay list"], "parrot-4"),
    mail!(Alice, Inbox, [], ["Vieille poste"], "bill"),
    mail!(Bob, Spam, [], [], "spam-bank"),
    mail!(Alice, Inbox, [SEEN], ["Lettres"], "news-quai"),
    mail!(Alice, Sent, [SEEN], ["Band"], "band-11"),
    mail!(Bob, Inbox, [SEEN], ["Band"], "band-11"),
    mail!(Bob, Inbox, [SEEN, FLAGGED], ["Band"], "forward-key"),
    mail!(Bob, Sent, [SEEN], [], "booking-yes"),
    mail!(Bob, Inbox, [SEEN], [], "bounce"),
    mail!(Alice, Spam, [], [], "spam-pills"),
    mail!(Alice, Inbox, [], ["Lettres"], "news-seeds"),
    mail!(Alice, Inbox, [], [], "dentist"),
    mail!(Alice, Inbox, [], ["Lettres"], "news-train"),
    mail!(Alice, Spam, [], [], "spam-heritage"),
    mail!(Bob, Inbox, [], [], "news-stamps"),
    mail!(Alice, Inbox, [], ["Randonnées"], "rando-4"),
    mail!(Bob, Spam, [], [], "spam-crypto"),
    mail!(Alice, Inbox, [FLAGGED], ["Vieille poste"], "poste-12"),
    mail!(Bob, Inbox, [], [], "poste-12"),
    mail!(Alice, Spam, [], [], "spam-seo"),
    mail!(Alice, Inbox, [], ["Band"], "band-12"),
    mail!(Bob, Inbox, [FLAGGED], ["Band"], "band-12"),
    mail!(Bob, Drafts, [SEEN, DRAFT], [], "draft-song"),
    mail!(Alice, Drafts, [SEEN, DRAFT], [], "draft-fautes"),
    mail!(Alice, Inbox, [FLAGGED], [], "welcome"),
    mail!(Bob, Sent, [SEEN], [], "welcome"),
];

/// Short mails to Alice from people she knows.
pub(crate) const ARRIVING: &[&[u8]] = &[
    include_bytes!("arriving-1.eml"),
    include_bytes!("arriving-2.eml"),
    include_bytes!("arriving-3.eml"),
    include_bytes!("arriving-4.eml"),
    include_bytes!("arriving-5.eml"),
    include_bytes!("arriving-6.eml"),
];

impl Placed {
    /// When it was sent: the first date in it.
    pub(crate) fn sent(&self, now: Timestamp) -> Timestamp {
        let found = self.raw.windows(7).position(|w| w == b"@@DATE-").and_then(|at| {
            let rest = &self.raw[at + 6..];
            let end = rest.windows(2).position(|w| w == b"@@")?;
            offset(&rest[..end])
        });
        now.plus(found.unwrap_or(0))
    }
}

/// The message as it is stored or sent at `now`: placeholders filled in, lines
/// ended by CRLF. `unique` goes where the file asks for it.
pub(crate) fn prepare(raw: &[u8], now: Timestamp, unique: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() + raw.len() / 20);
    let mut rest = raw;
    while let Some(byte) = rest.first() {
        let filled = rest.strip_prefix(b"@@").and_then(|inner| {
            let end = inner.windows(2).position(|w| w == b"@@").filter(|end| *end <= 20)?;
            Some((placeholder(&inner[..end], now, unique)?, 2 + end + 2))
        });
        match filled {
            Some((text, length)) => {
                out.extend_from_slice(text.as_bytes());
                rest = &rest[length..];
            }
            None => {
                if *byte == b'\n' {
                    out.push(b'\r');
                }
                out.push(*byte);
                rest = &rest[1..];
            }
        }
    }
    out
}

fn placeholder(name: &[u8], now: Timestamp, unique: u64) -> Option<String> {
    if name == b"UNIQUE" {
        return Some(unique.to_string());
    }
    if let Some(spec) = name.strip_prefix(b"DATE") {
        return Some(message::rfc5322_date(now.plus(offset(spec)?), 3600));
    }
    let moment = now.plus(offset(name.strip_prefix(b"ICAL")?)?);
    // `Mon, 23 Nov 2026 19:45:00 +0000` has all that iCalendar wants.
    let date = message::rfc5322_date(moment, 0);
    let words: Vec<&str> = date.split([' ', ':']).collect();
    let [_, day, month, year, hour, minute, second, _] = words[..] else { return None };
    let months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let month = months.find(month)? / 3 + 1;
    Some(format!("{year}{month:02}{day}T{hour}{minute}{second}Z"))
}

/// Seconds of `-3d4h5m` or `+2h`.
fn offset(spec: &[u8]) -> Option<i64> {
    let (sign, spec) = match spec.split_first()? {
        (b'-', spec) => (-1, spec),
        (b'+', spec) => (1, spec),
        _ => return None,
    };
    let (mut seconds, mut number) = (0_i64, None);
    for byte in spec {
        let unit = match byte {
            b'0'..=b'9' => {
                number = Some(number.unwrap_or(0_i64) * 10 + i64::from(byte - b'0'));
                continue;
            }
            b'd' => 86_400,
            b'h' => 3_600,
            b'm' => 60,
            _ => return None,
        };
        seconds += number.take()? * unit;
    }
    number.is_none().then_some(sign * seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_459_500); // 2026-11-23 18:45 UTC

    #[test]
    fn placeholders() {
        let rows: &[(&str, &str)] = &[
            ("a\n@@DATE-0m@@\n", "a\r\nMon, 23 Nov 2026 19:45:00 +0100\r\n"),
            ("@@DATE-1d18h45m@@", "Sun, 22 Nov 2026 01:00:00 +0100"),
            ("@@ICAL+3d2h@@", "20261126T204500Z"),
            ("<@@UNIQUE@@@x>", "<7@x>"),
            ("@@DATE@@ @@NO@@ @@", "@@DATE@@ @@NO@@ @@"),
        ];
        for (raw, expected) in rows {
            assert_eq!(
                String::from_utf8_lossy(&prepare(raw.as_bytes(), NOW, 7)),
                *expected,
                "{raw}"
            );
        }
    }

    /// Every file is a whole message with people, a date, a subject and a text.
    #[test]
    fn every_mail_is_sound() {
        let mut last = Timestamp(i64::MIN);
        let mut ids = std::collections::HashSet::new();
        let mut references = Vec::new();
        for mail in MAIL {
            let bytes = prepare(mail.raw, NOW, 0);
            assert!(
                !String::from_utf8_lossy(&bytes).contains("@@"),
                "{}: a placeholder is left",
                mail.name
            );
            let facts = message::facts(&bytes);
            assert_eq!(facts.date, Some(mail.sent(NOW)), "{}", mail.name);
            assert!(!facts.from.is_empty() && !facts.to.is_empty(), "{}", mail.name);
            assert!(!facts.subject.is_empty() && !facts.preview.is_empty(), "{}", mail.name);
            assert!(
                !facts.subject.contains('\u{FFFD}') && !facts.preview.contains('\u{FFFD}'),
                "{}",
                mail.name
            );
            assert!(mail.sent(NOW) >= last, "{}: not in the order of time", mail.name);
            last = mail.sent(NOW);
            ids.insert(facts.message_id.unwrap_or_default());
            references.extend(facts.references.into_iter().map(|id| (mail.name, id)));
        }
        for (name, id) in references {
            assert!(ids.contains(&id), "{name} refers to {id}, which nobody has");
        }
    }

    #[test]
    fn arriving_mail_is_sound_and_unique() {
        for raw in ARRIVING {
            let id = |unique| message::facts(&prepare(raw, NOW, unique)).message_id;
            assert!(id(1).is_some() && id(1) != id(2));
        }
    }
}
