//! Names of people, as lists and letters show them.

use std::collections::HashSet;

use message::Person;
use model::Address;

use crate::words::Words;

/// One line of a stranger's text, fit to stand in a list: no line ends, no
/// control characters, no marks that turn the direction of what follows
/// (Unicode UAX #9; a name can dress up as another with them), and not longer
/// than `max` letters.
pub(crate) fn one_line(text: &str, max: usize) -> String {
    let mut line = String::with_capacity(text.len().min(max * 4));
    let mut letters = 0;
    let mut space = false;
    for c in text.chars() {
        if c.is_whitespace() || c.is_control() {
            space = !line.is_empty();
            continue;
        }
        if is_invisible(c) {
            continue;
        }
        if letters >= max {
            line.push('…');
            break;
        }
        if space {
            line.push(' ');
            space = false;
        }
        line.push(c);
        letters += 1;
    }
    line
}

/// Direction marks, and fillers that newsletters hide their beginning with.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{ad}' | '\u{34f}' | '\u{e0000}'..='\u{e007f}' | '\u{fff9}'..='\u{fffb}')
}

/// The name somebody goes by, or the address.
pub(crate) fn name(person: &Person) -> String {
    let name = one_line(&person.name, 100);
    if name.is_empty() { one_line(&person.email, 100) } else { name }
}

/// How somebody is called among several: the first name.
fn short_name(person: &Person) -> String {
    let name = name(person);
    if let Some((local, _)) = name.split_once('@')
        && !name.contains(' ')
    {
        return local.to_owned();
    }
    // "Dupont, Marie": the family name came first.
    let given = name.split_once(", ").map_or(name.as_str(), |(_, given)| given);
    given.split(' ').next().unwrap_or(given).to_owned()
}

/// The addresses that mean the reader.
#[derive(Debug, Clone, Default)]
pub(crate) struct Myself(HashSet<String>);

impl Myself {
    pub(crate) fn new(addresses: &[Address]) -> Myself {
        Myself(addresses.iter().map(|address| address.to_string().to_lowercase()).collect())
    }

    pub(crate) fn is(&self, email: &str) -> bool {
        let email = email.to_lowercase();
        if self.0.contains(&email) {
            return true;
        }
        // A subaddress of ours is ours too.
        let Some((local, domain)) = email.rsplit_once('@') else { return false };
        let base = local.split('+').next().unwrap_or(local);
        self.0.contains(&format!("{base}@{domain}"))
    }

    /// "me", or the name.
    fn call(&self, words: &Words, person: &Person, short: bool) -> String {
        if self.is(&person.email) {
            words.t("web-me").into_owned()
        } else if short {
            short_name(person)
        } else {
            name(person)
        }
    }
}

/// Who takes part in a conversation: each once, in the order they appear.
/// One has the whole name; of many the first and the last two remain.
pub(crate) fn participants(words: &Words, me: &Myself, people: &[Person]) -> String {
    let mut seen = HashSet::new();
    let mut distinct: Vec<&Person> = Vec::new();
    for person in people {
        let key = if me.is(&person.email) { String::new() } else { person.email.to_lowercase() };
        if seen.insert(key) {
            distinct.push(person);
        }
    }
    match distinct.as_slice() {
        [] => words.t("web-nobody").into_owned(),
        [one] => me.call(words, one, false),
        [first, .., last_but_one, last] if distinct.len() > 3 => format!(
            "{} … {}, {}",
            me.call(words, first, true),
            me.call(words, last_but_one, true),
            me.call(words, last, true)
        ),
        few => few.iter().map(|p| me.call(words, p, true)).collect::<Vec<_>>().join(", "),
    }
}

/// "to me, Bob": whom a letter is for, in one line.
pub(crate) fn recipients(words: &Words, me: &Myself, people: &[&Person]) -> String {
    if people.is_empty() {
        return words.t("web-to-nobody").into_owned();
    }
    let mut names: Vec<String> =
        people.iter().take(4).map(|p| me.call(words, p, people.len() > 1)).collect();
    if people.len() > 4 {
        names.push(words.n("web-and-more", people.len() - 4).into_owned());
    }
    words.s("web-to-people", names.join(", ")).into_owned()
}

/// `Name <address>`, as header lines show it.
pub(crate) fn full(person: &Person) -> String {
    let name = one_line(&person.name, 200);
    let email = one_line(&person.email, 320);
    match (name.is_empty(), email.is_empty()) {
        (true, _) => email,
        (false, true) => name,
        (false, false) => format!("{name} <{email}>"),
    }
}

/// As it must be written in a field of the composer, to be read back.
pub(crate) fn editable(person: &Person) -> String {
    let name = one_line(&person.name, 200);
    let email = one_line(&person.email, 320);
    if name.is_empty() {
        return email;
    }
    let plain = name.chars().all(|c| c.is_alphanumeric() || " -_'’.!".contains(c));
    if plain && !name.contains('.') {
        return format!("{name} <{email}>");
    }
    let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{quoted}\" <{email}>")
}

/// The letter on somebody's stamp.
pub(crate) fn initial(name: &str) -> String {
    let letter = name.chars().find(|c| c.is_alphanumeric());
    letter.map_or_else(|| "·".to_owned(), |c| c.to_uppercase().collect())
}

/// One of the eight hues, always the same for the same text.
pub(crate) fn hue(text: &str) -> u8 {
    blake3::hash(text.to_lowercase().as_bytes()).as_bytes()[0] % 8 + 1
}

/// The subject, or what stands for none.
pub(crate) fn subject(words: &Words, subject: &str) -> String {
    let line = one_line(subject, 300);
    if line.is_empty() { words.t("web-no-subject").into_owned() } else { line }
}

/// A subject with `Re: ` or the like before it, once.
pub(crate) fn answered_subject(prefix: &str, subject: &str) -> String {
    let subject = one_line(subject, 300);
    let known: &[&str] = match prefix {
        "Re" => &["re:", "re :", "ré:", "ré :", "aw:", "re\u{a0}:", "re\u{202f}:"],
        _ => &["fwd:", "fw:", "tr:", "tr :", "wg:"],
    };
    let lower = subject.to_lowercase();
    if known.iter().any(|known| lower.starts_with(known)) {
        return subject;
    }
    format!("{prefix}: {subject}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use locale::Language;
    use model::Timestamp;

    use super::*;

    fn words(language: Language) -> Words {
        Words { language, zone: TimeZone::UTC, now: Timestamp(0) }
    }

    fn person(name: &str, email: &str) -> Person {
        Person { name: name.to_owned(), email: email.to_owned() }
    }

    #[test]
    fn hostile_lines_become_one_plain_line() {
        for (text, expected) in [
            ("a\r\n b\tc", "a b c"),
            ("\u{202e}moc.evil\u{202c}", "moc.evil"),
            ("\0\u{1b}[31mred", "[31mred"),
            ("  ", ""),
            ("x\u{200b}y", "xy"),
            ("abcdef", "abcd…"),
        ] {
            assert_eq!(
                one_line(text, if text == "abcdef" { 4 } else { 100 }),
                expected,
                "{text:?}"
            );
        }
    }

    #[test]
    fn participants_in_a_row() {
        let me = Myself::new(&["alice@demo.test".parse().expect("an address")]);
        let alice = person("Alice", "Alice+shop@demo.test");
        let bob = person("Bob Martin", "bob@demo.test");
        let marie = person("Dupont, Marie", "m@x.org");
        let bare = person("", "zoe@x.org");
        let said = |people: &[Person]| participants(&words(Language::English), &me, people);
        assert_eq!(said(&[]), "(nobody)");
        assert_eq!(said(std::slice::from_ref(&bob)), "Bob Martin");
        assert_eq!(said(&[bob.clone(), alice.clone(), bob.clone()]), "Bob, me");
        assert_eq!(said(&[bob, alice.clone(), marie.clone(), bare]), "Bob … Marie, zoe");
        let to = recipients(&words(Language::French), &me, &[&alice, &marie]);
        assert_eq!(to, "à moi, Marie");
    }

    #[test]
    fn written_so_that_it_can_be_read_back() {
        for (name, expected) in [
            ("", "b@x.org"),
            ("Élodie M", "Élodie M <b@x.org>"),
            ("Dupont, Marie", "\"Dupont, Marie\" <b@x.org>"),
            ("a \"b\" \\", "\"a \\\"b\\\" \\\\\" <b@x.org>"),
            ("evil\r\nBcc: x@y.z", "\"evil Bcc: x@y.z\" <b@x.org>"),
        ] {
            assert_eq!(editable(&person(name, "b@x.org")), expected);
        }
    }

    #[test]
    fn subjects() {
        assert_eq!(answered_subject("Re", "Bonjour"), "Re: Bonjour");
        assert_eq!(answered_subject("Re", "RE : Bonjour"), "RE : Bonjour");
        assert_eq!(answered_subject("Fwd", "Re: a"), "Fwd: Re: a");
        assert_eq!(answered_subject("Re", "a\r\nBcc: b"), "Re: a Bcc: b");
        assert_eq!(subject(&words(Language::French), " \n"), "(sans objet)");
        assert!((1..=8).contains(&hue("x")) && hue("A@b") == hue("a@B"));
        assert_eq!((initial("\"élodie"), initial("…")), ("É".to_owned(), "·".to_owned()));
    }
}
