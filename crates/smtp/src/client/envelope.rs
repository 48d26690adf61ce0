//! What a client says in MAIL and RCPT.

use model::Address;
use queue::{Notify, Orcpt, Ret, xtext};

use super::capabilities::Capabilities;

/// From whom a message goes to whom.
#[derive(Debug, Clone, Default)]
pub struct Envelope {
    /// `None` is the null reverse-path `<>`.
    pub reverse_path: Option<Address>,
    /// At least one.
    pub recipients: Vec<Recipient>,
    /// Whether the message has UTF-8 in its header, as its sender declared.
    pub smtputf8: bool,
    /// RET: how much a DSN shall return (RFC 3461 §4.3).
    pub ret: Option<Ret>,
    /// ENVID, decoded (RFC 3461 §4.4).
    pub envid: Option<String>,
}

/// One recipient of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The forward-path.
    pub address: Address,
    /// NOTIFY (RFC 3461 §4.1).
    pub notify: Notify,
    /// ORCPT (RFC 3461 §4.2).
    pub orcpt: Option<Orcpt>,
}

impl From<Address> for Recipient {
    fn from(address: Address) -> Recipient {
        Recipient { address, notify: Notify::Unspecified, orcpt: None }
    }
}

impl Envelope {
    /// MAIL with what the server understands of the parameters.
    pub(crate) fn mail(&self, can: &Capabilities, content: &Content<'_>) -> String {
        let path = self.reverse_path.as_ref().map_or_else(String::new, ToString::to_string);
        let mut line = format!("MAIL FROM:<{path}>");
        if can.size.is_some() {
            line.push_str(&format!(" SIZE={}", content.bytes.len()));
        }
        if can.eight_bit_mime && content.is_8bit {
            line.push_str(" BODY=8BITMIME");
        }
        if can.smtputf8 && self.needs_smtputf8(content) {
            line.push_str(" SMTPUTF8");
        }
        if can.dsn {
            if let Some(ret) = self.ret {
                line.push_str(&format!(" RET={ret}"));
            }
            if let Some(envid) = &self.envid {
                line.push_str(&format!(" ENVID={}", xtext::encode(envid)));
            }
        }
        line.push_str("\r\n");
        line
    }

    /// Whether only SMTPUTF8 can carry it (RFC 6531 §3.2): for an address, or for a
    /// header that was declared to need it and does.
    pub(crate) fn needs_smtputf8(&self, content: &Content<'_>) -> bool {
        let recipients = self.recipients.iter().map(|recipient| &recipient.address);
        let mut addresses = self.reverse_path.iter().chain(recipients);
        (self.smtputf8 && content.has_8bit_header) || addresses.any(Address::needs_smtputf8)
    }
}

impl Recipient {
    /// RCPT with what the server understands of the parameters.
    pub(crate) fn rcpt(&self, can: &Capabilities) -> String {
        let mut line = format!("RCPT TO:<{}>", self.address);
        if can.dsn {
            if self.notify != Notify::Unspecified {
                line.push_str(&format!(" NOTIFY={}", self.notify));
            }
            if let Some(orcpt) = &self.orcpt {
                line.push_str(&format!(" ORCPT={orcpt}"));
            }
        }
        line.push_str("\r\n");
        line
    }
}

/// A message and what its transport must be able to carry.
#[derive(Debug)]
pub(crate) struct Content<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) is_8bit: bool,
    pub(crate) has_8bit_header: bool,
}

impl Content<'_> {
    pub(crate) fn of(bytes: &[u8]) -> Content<'_> {
        let header_ends = memchr::memmem::find(bytes, b"\r\n\r\n").unwrap_or(bytes.len());
        let has_8bit_header = !bytes[..header_ends].is_ascii();
        let is_8bit = has_8bit_header || !bytes.is_ascii();
        Content { bytes, is_8bit, has_8bit_header }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Capabilities {
        Capabilities {
            pipelining: true,
            eight_bit_mime: true,
            smtputf8: true,
            dsn: true,
            size: Some(0),
            ..Capabilities::default()
        }
    }

    fn address(text: &str) -> Address {
        text.parse().expect("an address")
    }

    #[test]
    fn mail_says_what_is_understood() {
        let envelope = Envelope {
            reverse_path: Some(address("a@b.c")),
            smtputf8: true,
            ret: Some(Ret::Headers),
            envid: Some("a+b c".into()),
            ..Envelope::default()
        };
        let none = Capabilities::default();
        let rows: &[(&Capabilities, &str, &str)] = &[
            (&none, "A: b\r\n\r\n\u{e9}", "MAIL FROM:<a@b.c>\r\n"),
            (&all(), "A: b\r\n\r\nx", "MAIL FROM:<a@b.c> SIZE=9 RET=HDRS ENVID=a+2Bb+20c\r\n"),
            (
                &all(),
                "A: b\r\n\r\n\u{e9}",
                "MAIL FROM:<a@b.c> SIZE=10 BODY=8BITMIME RET=HDRS ENVID=a+2Bb+20c\r\n",
            ),
            (
                &all(),
                "A: \u{e9}\r\n\r\n",
                "MAIL FROM:<a@b.c> SIZE=9 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+2Bb+20c\r\n",
            ),
        ];
        for (can, content, expected) in rows {
            assert_eq!(envelope.mail(can, &Content::of(content.as_bytes())), *expected);
        }
        let bounce = Envelope::default().mail(&none, &Content::of(b""));
        assert_eq!(bounce, "MAIL FROM:<>\r\n");
    }

    #[test]
    fn rcpt_says_what_is_understood() {
        let recipient = Recipient {
            address: address("\"a b\"@c.d"),
            notify: Notify::When { success: true, failure: false, delay: true },
            orcpt: Some(Orcpt { kind: "rfc822".into(), address: "a+b@c.d".into() }),
        };
        assert_eq!(recipient.rcpt(&Capabilities::default()), "RCPT TO:<\"a b\"@c.d>\r\n");
        let expected = "RCPT TO:<\"a b\"@c.d> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+2Bb@c.d\r\n";
        assert_eq!(recipient.rcpt(&all()), expected);
    }
}
