//! Flags as files carry them: `Status` and its kin, Maildir's letters.
//!
//! No RFC says these; the header fields are those of mutt, c-client, Dovecot
//! and Thunderbird, which agree with one another.

use model::{Flags, Keyword};

/// The marks of a message in a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marks {
    /// Those every message can have.
    pub flags: Flags,
    /// `\Deleted`: told, so that such a message can be left behind.
    pub deleted: bool,
    /// Removed already, and only still in the file: Thunderbird's way.
    pub expunged: bool,
    /// Names that programs gave.
    pub keywords: Vec<Keyword>,
    /// Labels of Google Takeout.
    pub labels: Vec<String>,
}

/// The header fields that carry marks and are not part of the message.
const FIELDS: [&str; 8] = [
    "status",
    "x-status",
    "x-keywords",
    "x-mozilla-status",
    "x-mozilla-status2",
    "x-mozilla-keys",
    "x-gmail-labels",
    "x-gm-thrid",
];

impl Marks {
    /// Takes the marks out of a message with CRLF lines: what they say, and
    /// the message as it was before a program added them.
    pub fn take(message: &[u8]) -> (Marks, Vec<u8>) {
        let mut marks = Marks::default();
        let mut rest = Vec::with_capacity(message.len());
        let mut at = 0;
        while let Some(field) = next_field(&message[at..]) {
            let bytes = &message[at..at + field];
            at += field;
            match name_and_value(bytes) {
                Some((name, value)) if FIELDS.contains(&name.as_str()) => marks.read(&name, &value),
                _ => rest.extend_from_slice(bytes),
            }
        }
        rest.extend_from_slice(&message[at..]);
        (marks, rest)
    }

    fn read(&mut self, name: &str, value: &str) {
        match name {
            "status" if value.contains('R') => self.flags |= Flags::SEEN,
            "x-status" => {
                self.set(
                    value,
                    &[('A', Flags::ANSWERED), ('F', Flags::FLAGGED), ('T', Flags::DRAFT)],
                );
                self.deleted |= value.contains('D');
            }
            "x-mozilla-status" => {
                let bits = u32::from_str_radix(value, 16).unwrap_or(0);
                for (bit, flag) in [(1, Flags::SEEN), (2, Flags::ANSWERED), (4, Flags::FLAGGED)] {
                    if bits & bit != 0 {
                        self.flags |= flag;
                    }
                }
                self.expunged |= bits & 8 != 0;
            }
            "x-keywords" | "x-mozilla-keys" => {
                for word in value.split([' ', '\t', ',']).filter(|word| !word.is_empty()) {
                    if let Ok(keyword) = word.parse::<Keyword>()
                        && !self.keywords.contains(&keyword)
                    {
                        self.keywords.push(keyword);
                    }
                }
            }
            "x-gmail-labels" => {
                let decoded = message::decode_words(value.as_bytes());
                let labels =
                    decoded.split(',').map(|label| label.trim().trim_matches('"').to_owned());
                self.labels.extend(labels.filter(|label| !label.is_empty()));
            }
            _ => {}
        }
    }

    fn set(&mut self, value: &str, letters: &[(char, Flags)]) {
        for (letter, flag) in letters {
            if value.contains(*letter) {
                self.flags |= *flag;
            }
        }
    }

    /// `Status`, `X-Status` and `X-Keywords`, each with CRLF, for an mbox.
    pub fn fields(&self) -> String {
        let letter = |flag, letter| if self.flags.contains(flag) { letter } else { "" };
        let mut fields = format!("Status: {}O\r\n", letter(Flags::SEEN, "R"));
        let state = [
            letter(Flags::ANSWERED, "A"),
            if self.deleted { "D" } else { "" },
            letter(Flags::FLAGGED, "F"),
            letter(Flags::DRAFT, "T"),
        ]
        .concat();
        if !state.is_empty() {
            fields += &format!("X-Status: {state}\r\n");
        }
        if !self.keywords.is_empty() {
            let words: Vec<&str> = self.keywords.iter().map(Keyword::as_str).collect();
            fields += &format!("X-Keywords: {}\r\n", words.join(" "));
        }
        fields
    }

    /// From the letters behind `:2,` of a Maildir name.
    pub fn from_letters(letters: &str) -> Marks {
        let mut marks = Marks { deleted: letters.contains('T'), ..Marks::default() };
        marks.set(
            letters,
            &[
                ('D', Flags::DRAFT),
                ('F', Flags::FLAGGED),
                ('R', Flags::ANSWERED),
                ('S', Flags::SEEN),
            ],
        );
        marks
    }

    /// The letters for a Maildir name, in the order of the alphabet.
    pub fn letters(&self) -> String {
        let letter = |flag, letter| if self.flags.contains(flag) { letter } else { "" };
        [
            letter(Flags::DRAFT, "D"),
            letter(Flags::FLAGGED, "F"),
            letter(Flags::ANSWERED, "R"),
            letter(Flags::SEEN, "S"),
            if self.deleted { "T" } else { "" },
        ]
        .concat()
    }
}

/// The length of the first header field with its folded lines, or `None` where
/// the header ends.
fn next_field(bytes: &[u8]) -> Option<usize> {
    let mut length = 0;
    loop {
        let rest = &bytes[length..];
        let line = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |at| at + 1);
        if length == 0 && (rest[..line].is_empty() || matches!(&rest[..line], b"\r\n" | b"\n")) {
            return None;
        }
        length += line;
        if !matches!(bytes.get(length), Some(b' ' | b'\t')) {
            return Some(length);
        }
    }
}

/// The name in lower case and the value unfolded.
fn name_and_value(field: &[u8]) -> Option<(String, String)> {
    let colon = field.iter().position(|b| *b == b':')?;
    let name = std::str::from_utf8(&field[..colon]).ok()?.trim_end().to_ascii_lowercase();
    let value = String::from_utf8_lossy(&field[colon + 1..]);
    Some((name, value.replace(['\r', '\n'], "").trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keywords(words: &[&str]) -> Vec<Keyword> {
        words.iter().map(|word| word.parse().expect("a keyword")).collect()
    }

    #[test]
    fn marks_are_taken_out_of_the_header_only() {
        let message =
            b"Subject: a\r\nStatus: RO\r\nX-Status: AF\r\nX-Keywords: $Work\r\n\t$Work urgent\r\n\
            To: b\r\n\r\nStatus: R\r\n";
        let (marks, rest) = Marks::take(message);
        assert_eq!(marks.flags, Flags::SEEN | Flags::ANSWERED | Flags::FLAGGED);
        assert_eq!(marks.keywords, keywords(&["$Work", "urgent"]));
        assert!(!marks.deleted);
        assert_eq!(rest, b"Subject: a\r\nTo: b\r\n\r\nStatus: R\r\n");
    }

    #[test]
    fn marks_of_several_programs() {
        let (seen, flagged) = (Flags::SEEN, Flags::FLAGGED);
        let rows: &[(&str, Flags, bool)] = &[
            ("Status: O", Flags::NONE, false),
            ("status:R", seen, false),
            ("X-Status: D", Flags::NONE, true),
            ("X-Status: T", Flags::DRAFT, false),
            ("X-Mozilla-Status: 0005", seen | flagged, false),
            ("X-Mozilla-Status: 0009", seen, false),
            ("X-Mozilla-Status: zz", Flags::NONE, false),
            ("Subject: Status: R", Flags::NONE, false),
        ];
        for (field, flags, deleted) in rows {
            let (marks, _) = Marks::take(format!("{field}\r\n\r\n").as_bytes());
            assert_eq!((marks.flags, marks.deleted), (*flags, *deleted), "{field}");
        }
    }

    #[test]
    fn maildir_letters() {
        for letters in ["", "S", "DFRST", "RS"] {
            assert_eq!(Marks::from_letters(letters).letters(), letters);
        }
        assert_eq!(Marks::from_letters("SabF").letters(), "FS");
    }

    proptest::proptest! {
        #[test]
        fn fields_parse_back(bits in 0_u8..16, deleted: bool, words in proptest::collection::vec("[a-z$]{1,9}", 0..4)) {
            let mut marks = Marks { flags: Flags::from_bits(bits), deleted, ..Marks::default() };
            for word in words {
                let keyword: Keyword = word.parse().expect("a keyword");
                if !marks.keywords.contains(&keyword) {
                    marks.keywords.push(keyword);
                }
            }
            let text = format!("A: b\r\n{}\r\nbody", marks.fields());
            let (read, rest) = Marks::take(text.as_bytes());
            proptest::prop_assert_eq!(read, marks);
            proptest::prop_assert_eq!(rest, b"A: b\r\n\r\nbody");
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = Marks::take(&bytes);
        }
    }
}
