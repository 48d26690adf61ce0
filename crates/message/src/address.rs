//! Address lists of header fields: RFC 5322 §3.4, with the obsolete forms of
//! §4.4 and what mailers send instead.

use serde::{Deserialize, Serialize};

use crate::envelope::EnvelopeAddress;
use crate::header::unfold;
use crate::words::{decode_words, word_length};

/// Somebody's name and address, decoded, to be shown and compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Person {
    /// What stands before the address; often empty.
    pub name: String,
    /// As `name@domain`; without `@` if the field gave no domain.
    pub email: String,
}

impl Person {
    /// A name, which may be empty, and an address.
    pub fn new(name: impl Into<String>, email: impl Into<String>) -> Person {
        Person { name: name.into(), email: email.into() }
    }
}

/// Addresses kept of one field; a message to more people is listed in part.
pub(crate) const MAX_ADDRESSES: usize = 2000;
/// Longest name, local part or domain kept, in bytes.
const MAX_WORD: usize = 1000;

/// The members of a field in ENVELOPE form (RFC 3501 §7.4.2): groups open
/// with an entry that has no host and close with one that has nothing.
pub(crate) fn address_list(raw: &[u8]) -> Vec<EnvelopeAddress> {
    let line = unfold(raw);
    let mut list = List { bytes: &line, at: 0, found: Vec::new(), in_group: false };
    while list.at < line.len() && list.found.len() < MAX_ADDRESSES {
        list.member();
    }
    list.end_group();
    list.found
}

/// The people of a field: its addresses decoded, groups opened.
pub(crate) fn persons(list: &[EnvelopeAddress]) -> Vec<Person> {
    list.iter()
        .filter_map(|address| {
            let (mailbox, host) = (address.mailbox.as_ref()?, address.host.as_ref()?);
            let name = decode_words(address.name.as_deref().unwrap_or_default());
            let mut email = quoted_if_needed(&crate::charset::guess(mailbox));
            if !host.is_empty() {
                email.push('@');
                email.push_str(&crate::charset::guess(host));
            }
            (!email.is_empty()).then_some(Person { name, email })
        })
        .collect()
}

fn quoted_if_needed(local: &str) -> String {
    let special = |c: char| c.is_whitespace() || "()<>[]:;@\\,\"".contains(c);
    if local.contains(special) {
        format!("\"{}\"", local.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        local.to_owned()
    }
}

struct List<'a> {
    bytes: &'a [u8],
    at: usize,
    found: Vec<EnvelopeAddress>,
    in_group: bool,
}

/// What was read before it is known to be a name or an address.
#[derive(Default)]
struct Words {
    /// As a phrase: quotes gone, white space single.
    phrase: Vec<u8>,
    /// As a local part: white space gone.
    local: Vec<u8>,
    /// The last comment; an old way to give the name.
    comment: Vec<u8>,
    space: bool,
}

impl Words {
    fn push(&mut self, bytes: &[u8]) {
        if self.space && !self.phrase.is_empty() {
            self.phrase.push(b' ');
        }
        self.space = false;
        self.phrase.extend_from_slice(bytes);
        self.local.extend_from_slice(bytes);
    }

    fn name(&self) -> Option<Vec<u8>> {
        let name = if self.phrase.is_empty() { &self.comment } else { &self.phrase };
        let name = &name[..name.len().min(MAX_WORD)];
        (!name.is_empty()).then(|| name.to_vec())
    }
}

impl List<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Reads one mailbox, or the start or the end of a group.
    fn member(&mut self) {
        let mut words = Words::default();
        // Where the domain of an address without angle brackets begins in
        // `words.phrase`; such an address may turn out to be a name.
        let mut bare: Option<(Vec<u8>, usize)> = None;
        loop {
            match self.peek() {
                None | Some(b',') => break self.at += 1,
                Some(b';') => {
                    self.bare(words, bare);
                    self.at += 1;
                    return self.end_group();
                }
                Some(b'<') => {
                    let name = words.name();
                    return self.angle(name);
                }
                Some(b':') if bare.is_none() && !self.in_group => {
                    self.at += 1;
                    let name = words.name().unwrap_or_default();
                    self.in_group = true;
                    return self.push(None, None, Some(name), None);
                }
                Some(b'@') if bare.is_none() => {
                    let local = std::mem::take(&mut words.local);
                    words.space = false;
                    words.push(b"@");
                    bare = Some((local, words.phrase.len()));
                    words.local.clear();
                    self.at += 1;
                    while matches!(self.peek(), Some(b' ' | b'\t')) {
                        self.at += 1;
                    }
                }
                Some(_) => self.word(&mut words),
            }
        }
        self.bare(words, bare);
    }

    /// One word, comment or run of white space.
    fn word(&mut self, words: &mut Words) {
        let Some(byte) = self.peek() else { return };
        match byte {
            b' ' | b'\t' => {
                words.space = true;
                self.at += 1;
            }
            b'(' => words.comment = self.comment(),
            b'"' => {
                let text = self.quoted();
                words.push(&text);
            }
            b'=' => {
                // Commas and brackets inside an encoded word are not ours.
                let length = word_length(&self.bytes[self.at..]).unwrap_or(1);
                words.push(&self.bytes[self.at..self.at + length]);
                self.at += length;
            }
            b'[' => {
                let end = self.bytes[self.at..].iter().position(|b| *b == b']' || *b == b',');
                let length = end
                    .map_or(1, |end| if self.bytes[self.at + end] == b']' { end + 1 } else { 1 });
                words.push(&self.bytes[self.at..self.at + length]);
                self.at += length;
            }
            _ => {
                let rest = &self.bytes[self.at..];
                let special = |b: &u8| b" \t(\"=[,;<>:@".contains(b);
                let length = rest.iter().skip(1).position(special).map_or(rest.len(), |n| n + 1);
                words.push(&rest[..length]);
                self.at += length;
            }
        }
    }

    /// An address that had no angle brackets.
    fn bare(&mut self, words: Words, bare: Option<(Vec<u8>, usize)>) {
        let comment = || (!words.comment.is_empty()).then(|| words.comment.clone());
        match bare {
            Some((local, _)) => self.push(comment(), None, Some(local), Some(words.local)),
            None if words.local.is_empty() => {}
            // A name without domain, as `root` in local mail.
            None => self.push(comment(), None, Some(words.local), Some(Vec::new())),
        }
    }

    /// `<@route:local@domain>`, here at the opening bracket.
    fn angle(&mut self, name: Option<Vec<u8>>) {
        self.at += 1;
        let (mut local, mut domain, mut route) = (Vec::new(), None, None);
        loop {
            let mut words = Words::default();
            while !matches!(self.peek(), None | Some(b'>' | b'@' | b':' | b',' | b';' | b'<')) {
                self.word(&mut words);
            }
            let part = words.local;
            match domain.as_mut() {
                Some(domain) => Vec::extend(domain, part),
                None => local.extend(part),
            }
            match self.peek() {
                None => break,
                Some(b'>') => break self.at += 1,
                Some(b'@') if domain.is_none() => domain = Some(Vec::new()),
                // An @ in the local part, without the quotes it should have.
                Some(b'@') if !local.is_empty() => {
                    local.push(b'@');
                    local.extend(domain.replace(Vec::new()).unwrap_or_default());
                }
                Some(sign @ (b'@' | b',')) if local.is_empty() => {
                    domain.get_or_insert_default().push(sign);
                }
                Some(b':') if local.is_empty() => {
                    // RFC 5322 §4.4: a source route, kept with its first @.
                    let mut hosts = vec![b'@'];
                    hosts.extend(domain.take().unwrap_or_default());
                    route = Some(hosts);
                }
                // The bracket was forgotten.
                Some(b',' | b';' | b'<') => break,
                Some(sign) => match domain.as_mut() {
                    Some(domain) => domain.push(sign),
                    None => local.push(sign),
                },
            }
            self.at += 1;
        }
        // What stands between the bracket and the comma says nothing new.
        while !matches!(self.peek(), None | Some(b',' | b';')) {
            self.word_or_sign();
        }
        if self.peek() == Some(b',') {
            self.at += 1;
        }
        self.push(name, route, Some(local), Some(domain.unwrap_or_default()));
    }

    fn word_or_sign(&mut self) {
        let before = self.at;
        if !matches!(self.peek(), Some(b'<' | b':' | b'@')) {
            self.word(&mut Words::default());
        }
        if self.at == before {
            self.at += 1;
        }
    }

    fn push(
        &mut self,
        name: Option<Vec<u8>>,
        adl: Option<Vec<u8>>,
        mailbox: Option<Vec<u8>>,
        host: Option<Vec<u8>>,
    ) {
        let cut = |text: Option<Vec<u8>>| {
            text.map(|mut t| {
                t.truncate(MAX_WORD);
                t
            })
        };
        let (name, adl, mailbox, host) = (cut(name), cut(adl), cut(mailbox), cut(host));
        self.found.push(EnvelopeAddress { name, adl, mailbox, host });
    }

    fn end_group(&mut self) {
        if std::mem::take(&mut self.in_group) {
            self.push(None, None, None, None);
        }
    }

    fn quoted(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'"' => break,
                b'\\' => {
                    text.extend(self.peek());
                    self.at += 1;
                }
                b => text.push(b),
            }
        }
        self.at = self.at.min(self.bytes.len());
        text
    }

    fn comment(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'\\' => {
                    text.extend(self.peek());
                    self.at += 1;
                    continue;
                }
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            match (byte, depth) {
                (b'(', 1) => {}
                (_, 0) => break,
                _ => text.push(byte),
            }
        }
        self.at = self.at.min(self.bytes.len());
        text.trim_ascii().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(address: &EnvelopeAddress) -> String {
        let text = |t: &Option<Vec<u8>>| {
            t.as_ref().map_or("NIL".to_owned(), |t| format!("\"{}\"", String::from_utf8_lossy(t)))
        };
        let EnvelopeAddress { name, adl, mailbox, host } = address;
        format!("{} {} {} {}", text(name), text(adl), text(mailbox), text(host))
    }

    #[test]
    fn lists() {
        let rows: &[(&str, &[&str])] = &[
            ("", &[]),
            (" , ,", &[]),
            ("a@x.org", &[r#"NIL NIL "a" "x.org""#]),
            ("Alice B. <a@x.org>", &[r#""Alice B." NIL "a" "x.org""#]),
            (
                "\"Doe, \\\"J\\\"\" <a@x.org>, b@y",
                &[r#""Doe, "J"" NIL "a" "x.org""#, r#"NIL NIL "b" "y""#],
            ),
            ("a@x.org (Alice (the A))", &[r#""Alice (the A)" NIL "a" "x.org""#]),
            ("<a@x.org>", &[r#"NIL NIL "a" "x.org""#]),
            ("<@r1,@r2:a@x.org>", &[r#"NIL "@r1,@r2" "a" "x.org""#]),
            ("\"a b\"@x.org", &[r#"NIL NIL "a b" "x.org""#]),
            ("a @ x . org", &[r#"NIL NIL "a" "x.org""#]),
            ("root", &[r#"NIL NIL "root" """#]),
            ("<>", &[r#"NIL NIL "" """#]),
            ("a@x.org <a@x.org>", &[r#""a@x.org" NIL "a" "x.org""#]),
            (
                "G: a@x, B <b@y>;, c@z",
                &[
                    r#"NIL NIL "G" NIL"#,
                    r#"NIL NIL "a" "x""#,
                    r#""B" NIL "b" "y""#,
                    "NIL NIL NIL NIL",
                    r#"NIL NIL "c" "z""#,
                ],
            ),
            (
                "undisclosed-recipients:;",
                &[r#"NIL NIL "undisclosed-recipients" NIL"#, "NIL NIL NIL NIL"],
            ),
            ("G: a@x", &[r#"NIL NIL "G" NIL"#, r#"NIL NIL "a" "x""#, "NIL NIL NIL NIL"]),
            ("A <a@x", &[r#""A" NIL "a" "x""#]),
            ("A <a@x, b@y", &[r#""A" NIL "a" "x""#, r#"NIL NIL "b" "y""#]),
            ("a@x; b@y", &[r#"NIL NIL "a" "x""#, r#"NIL NIL "b" "y""#]),
            ("=?utf-8?q?Doe,_John?= <a@x>", &[r#""=?utf-8?q?Doe,_John?=" NIL "a" "x""#]),
            ("Caf\u{e9} <a@x>", &["\"Café\" NIL \"a\" \"x\""]),
            ("a@[127.0.0.1]", &[r#"NIL NIL "a" "[127.0.0.1]""#]),
            ("<a@b@x.org>", &[r#"NIL NIL "a@b" "x.org""#]),
            ("A\r\n  B\r\n <a@x>", &[r#""A B" NIL "a" "x""#]),
            ("(only a comment)", &[]),
            ("\"open <a@x>", &[r#"NIL NIL "open <a@x>" """#]),
        ];
        for (raw, expected) in rows {
            let got: Vec<String> = address_list(raw.as_bytes()).iter().map(show).collect();
            assert_eq!(got, *expected, "{raw:?}");
        }
    }

    #[test]
    fn people() {
        let raw = b"=?utf-8?q?=C3=89lodie?= <e@x.org>, G: \"a b\"@y;, root";
        let people = persons(&address_list(raw));
        let expected = [
            Person::new("Élodie", "e@x.org"),
            Person::new("", "\"a b\"@y"),
            Person::new("", "root"),
        ];
        assert_eq!(people, expected);
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(text in "([a-z@<>()\":;,.=?\\[\\] \\\\\r\n]|\\PC){0,80}") {
            persons(&address_list(text.as_bytes()));
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            persons(&address_list(&bytes));
        }
    }
}
