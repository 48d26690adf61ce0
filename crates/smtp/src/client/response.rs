//! Replies as a client reads them: RFC 5321 §4.2, RFC 2034 §4.

use std::fmt;

/// A reply of a server, of one line or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The three digits.
    pub code: u16,
    /// The enhanced status code at the head of the text, if there is one.
    pub enhanced: Option<Enhanced>,
    /// The text of each line, without the codes.
    pub lines: Vec<String>,
}

/// An enhanced status code such as 5.1.1: RFC 3463 §2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enhanced(pub u8, pub u16, pub u16);

impl fmt::Display for Enhanced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

impl Enhanced {
    /// Reads `class.subject.detail`.
    pub fn parse(text: &str) -> Option<Enhanced> {
        let mut parts = text.split('.');
        let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
        let number = |digits: &str| {
            let good =
                (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
            if good { digits.parse::<u16>().ok() } else { None }
        };
        let class = match class {
            "2" => 2,
            "4" => 4,
            "5" => 5,
            _ => return None,
        };
        if parts.next().is_some() {
            return None;
        }
        Some(Enhanced(class, number(subject)?, number(detail)?))
    }
}

impl Response {
    /// One of our own, for what no server said.
    pub fn ours(code: u16, enhanced: Enhanced, text: impl Into<String>) -> Response {
        Response { code, enhanced: Some(enhanced), lines: vec![text.into()] }
    }

    /// 2xx.
    pub fn is_positive(&self) -> bool {
        self.code / 100 == 2
    }

    /// 4xx: the same may succeed later.
    pub fn is_temporary(&self) -> bool {
        self.code / 100 == 4
    }

    /// 5xx: the same will never succeed.
    pub fn is_permanent(&self) -> bool {
        self.code / 100 == 5
    }

    /// All lines in one, without the codes.
    pub fn text(&self) -> String {
        self.lines.join(" ")
    }
}

/// As a log and a DSN show it: `550 5.1.1 No such user`.
impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}", self.code)?;
        if let Some(enhanced) = self.enhanced {
            write!(f, " {enhanced}")?;
        }
        write!(f, " {}", self.text())
    }
}

/// Lines of a reply at most; EHLO of the most talkative server has thirty.
const MAX_LINES: usize = 128;

/// Gathers the lines of one reply.
#[derive(Debug, Default)]
pub(crate) struct Gathering {
    code: Option<u16>,
    enhanced: Option<Enhanced>,
    lines: Vec<String>,
}

impl Gathering {
    /// Takes one line without its ending; the reply, when that was the last. The
    /// error says what is wrong with the line.
    pub(crate) fn take(&mut self, line: &[u8]) -> Result<Option<Response>, &'static str> {
        let (digits, rest) = line.split_at_checked(3).ok_or("a reply line is too short")?;
        // RFC 5321 §4.2: the first digit is 2 to 5.
        if !digits.iter().all(u8::is_ascii_digit) || !(b'2'..=b'5').contains(&digits[0]) {
            return Err("a reply line does not begin with a code");
        }
        let code = digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
        if *self.code.get_or_insert(code) != code {
            return Err("the lines of a reply have different codes");
        }
        let (last, text) = match rest {
            [] => (true, rest),
            [b' ', text @ ..] => (true, text),
            [b'-', text @ ..] => (false, text),
            _ => return Err("a reply line has neither space nor hyphen behind its code"),
        };
        let text = self.without_enhanced(clean(text), code);
        self.lines.push(text);
        if self.lines.len() > MAX_LINES {
            return Err("the reply has too many lines");
        }
        if !last {
            return Ok(None);
        }
        let lines = std::mem::take(&mut self.lines);
        self.code = None;
        Ok(Some(Response { code, enhanced: self.enhanced.take(), lines }))
    }

    /// Takes an enhanced status code of the right class off the text.
    fn without_enhanced(&mut self, text: String, code: u16) -> String {
        let (word, rest) = text.split_once(' ').unwrap_or((&text, ""));
        let found = Enhanced::parse(word).filter(|found| u16::from(found.0) == code / 100);
        let Some(found) = found else { return text };
        if *self.enhanced.get_or_insert(found) == found { rest.to_owned() } else { text }
    }
}

/// The text without controls, which would upset a log or a DSN.
fn clean(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim_end().into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<String, &'static str> {
        let mut gathering = Gathering::default();
        for line in text.lines() {
            if let Some(response) = gathering.take(line.as_bytes())? {
                return Ok(format!("{response}"));
            }
        }
        Err("not ended")
    }

    #[test]
    fn replies() {
        let rows: &[(&str, Option<&str>)] = &[
            ("250 OK", Some("250 OK")),
            ("250", Some("250 ")),
            ("250 ", Some("250 ")),
            ("220-foo.com\n220 ready", Some("220 foo.com ready")),
            ("550 5.1.1 No such user", Some("550 5.1.1 No such user")),
            ("550-5.1.1 No such\n550 5.1.1 user", Some("550 5.1.1 No such user")),
            ("550-5.1.1 No such\n550 5.1.2 user", Some("550 5.1.1 No such 5.1.2 user")),
            ("250 4.1.1 odd", Some("250 4.1.1 odd")),
            ("550 5.1.1", Some("550 5.1.1 ")),
            ("550 1.2.3.4 is listed", Some("550 1.2.3.4 is listed")),
            ("354 go\ton", Some("354 go on")),
            ("250-a\n251 b", None),
            ("25", None),
            ("2500 OK", None),
            ("150 OK", None),
            ("650 OK", None),
            ("OK 250", None),
            ("250-only", None),
        ];
        for (text, expected) in rows {
            assert_eq!(parse(text).ok().as_deref(), *expected, "{text}");
        }
        let endless: String = (0..200).map(|_| "250-x\n").collect();
        assert_eq!(parse(&endless), Err("the reply has too many lines"));
    }

    proptest! {
        #[test]
        fn no_line_makes_us_panic(lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..5)) {
            let mut gathering = Gathering::default();
            for line in lines {
                let _ = gathering.take(&line);
            }
        }

        #[test]
        fn what_our_server_says_we_understand(code in 200u16..600, text in "[ -~]{0,60}(\n[ -~]{0,60}){0,3}") {
            let mut wire = Vec::new();
            crate::reply::Reply::bare(code, text.clone()).write_to(&mut wire);
            let mut gathering = Gathering::default();
            let mut got = None;
            for line in wire.split_inclusive(|b| *b == b'\n') {
                prop_assert!(got.is_none());
                got = gathering.take(&line[..line.len() - 2]).expect("well formed");
            }
            let got = got.expect("ended");
            prop_assert_eq!(got.code, code);
            prop_assert_eq!(got.lines.len(), text.split('\n').count());
        }
    }
}
