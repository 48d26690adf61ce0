//! The server's answers: RFC 5321 §4.2, with the codes of RFC 2034 and RFC 3463.

use std::borrow::Cow;

/// What a reply line may hold besides its code: RFC 5321 §4.5.3.1.5 allows 512
/// bytes in all, and no bare CR, LF or other control.
const MAX_TEXT: usize = 480;

/// One reply, of one line or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) code: u16,
    /// `None` for the greeting, EHLO and 3xx replies, which have none.
    enhanced: Option<&'static str>,
    /// Lines are parted by LF.
    text: Cow<'static, str>,
}

impl Reply {
    /// With an enhanced status code (RFC 2034 §4).
    pub(crate) fn new(
        code: u16,
        enhanced: &'static str,
        text: impl Into<Cow<'static, str>>,
    ) -> Reply {
        Reply { code, enhanced: Some(enhanced), text: text.into() }
    }

    /// Without one.
    pub(crate) fn bare(code: u16, text: impl Into<Cow<'static, str>>) -> Reply {
        Reply { code, enhanced: None, text: text.into() }
    }

    pub(crate) fn ok() -> Reply {
        Reply::new(250, "2.0.0", "Ok")
    }

    /// 501, for an argument that is not as its command wants it.
    pub(crate) fn bad_argument(text: impl Into<Cow<'static, str>>) -> Reply {
        Reply::new(501, "5.5.4", text)
    }

    /// 503, for a command out of order.
    pub(crate) fn bad_sequence(text: impl Into<Cow<'static, str>>) -> Reply {
        Reply::new(503, "5.5.1", text)
    }

    /// Adds the reply as it goes over the wire (RFC 5321 §4.2.1).
    pub(crate) fn write_to(&self, out: &mut Vec<u8>) {
        let mut lines = self.text.split('\n').peekable();
        while let Some(line) = lines.next() {
            let code = self.code;
            let digits = [code / 100 % 10, code / 10 % 10, code % 10];
            out.extend(digits.map(|digit| b'0' + digit as u8));
            out.push(if lines.peek().is_some() { b'-' } else { b' ' });
            if let Some(enhanced) = self.enhanced {
                out.extend_from_slice(enhanced.as_bytes());
                out.push(b' ');
            }
            let text = line.bytes().take(MAX_TEXT);
            out.extend(text.map(|b| if (b' '..=b'~').contains(&b) { b } else { b'?' }));
            out.extend_from_slice(b"\r\n");
        }
    }
}

impl From<delivery::Refusal> for Reply {
    fn from(refusal: delivery::Refusal) -> Reply {
        Reply::new(refusal.code, refusal.enhanced, refusal.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_on_the_wire() {
        let long = "x".repeat(600);
        let cut = format!("550 5.1.1 {}\r\n", "x".repeat(480));
        let rows = [
            (Reply::ok(), "250 2.0.0 Ok\r\n"),
            (Reply::bare(250, "a\nB C\nd"), "250-a\r\n250-B C\r\n250 d\r\n"),
            (Reply::new(214, "2.0.0", "a\nb"), "214-2.0.0 a\r\n214 2.0.0 b\r\n"),
            (Reply::new(550, "5.1.1", "No\r\u{e9}\u{7f}"), "550 5.1.1 No????\r\n"),
            (Reply::new(550, "5.1.1", long), cut.as_str()),
        ];
        for (reply, expected) in rows {
            let mut out = Vec::new();
            reply.write_to(&mut out);
            assert_eq!(String::from_utf8_lossy(&out), expected, "{reply:?}");
        }
    }
}
