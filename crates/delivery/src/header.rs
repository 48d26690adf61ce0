//! The fields that a server adds: trace (RFC 5321 §4.4) and what a submission
//! lacks (RFC 6409 §8).

use model::{Address, Timestamp};

/// How a message came to us, for its Received field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trace {
    /// What the client called itself in EHLO.
    pub helo: String,
    /// Where it came from; `None` for what never crossed a network.
    pub peer: Option<std::net::IpAddr>,
    /// The keyword of RFC 3848: `ESMTPS`, `ESMTPSA`, `LMTP`, `HTTP`, ...
    pub protocol: String,
    /// TLS version and cipher, for the comment.
    pub tls: Option<String>,
    /// What the transaction was called in the reply and in the log.
    pub id: String,
}

impl Trace {
    /// The Received field, CRLF included.
    pub(crate) fn received(
        &self,
        hostname: &str,
        recipient: Option<&Address>,
        now: Timestamp,
    ) -> String {
        let helo: String = self.helo.chars().filter(|c| c.is_ascii_graphic()).take(200).collect();
        let helo = if helo.is_empty() { "unknown" } else { &helo };
        let peer = self.peer.map(|ip| format!(" ([{}])", ip.to_canonical())).unwrap_or_default();
        let tls = self.tls.as_ref().map(|tls| format!("\r\n\t({tls})")).unwrap_or_default();
        let recipient = recipient.map(|to| format!("\r\n\tfor <{to}>")).unwrap_or_default();
        let date = message::rfc5322_date(now, 0);
        let (protocol, id) = (&self.protocol, &self.id);
        format!(
            "Received: from {helo}{peer}\r\n\tby {hostname} (Facteur) with {protocol}{tls}\r\n\tid {id}{recipient};\r\n\t{date}\r\n"
        )
    }
}

/// What stands in front of a message in a mailbox (RFC 5321 §4.4).
pub(crate) fn prefix(
    hostname: &str,
    trace: &Trace,
    reverse_path: Option<&Address>,
    recipient: &Address,
    now: Timestamp,
) -> String {
    let path = reverse_path.map(ToString::to_string).unwrap_or_default();
    let received = trace.received(hostname, Some(recipient), now);
    format!("Return-Path: <{path}>\r\nDelivered-To: {recipient}\r\n{received}")
}

/// How many Received fields the header has, for finding loops.
pub(crate) fn count_received(content: &[u8]) -> usize {
    let received = |(name, _): &(&[u8], &[u8])| name.eq_ignore_ascii_case(b"Received");
    message::header_fields(content).filter(received).count()
}

/// Whether the header has such a field.
pub(crate) fn has(content: &[u8], name: &str) -> bool {
    message::header_fields(content).any(|(known, _)| known.eq_ignore_ascii_case(name.as_bytes()))
}

/// Whether nothing but CRLF ends a line.
pub(crate) fn is_crlf_only(content: &[u8]) -> bool {
    let mut previous = 0;
    for (at, byte) in content.iter().enumerate() {
        let good = match byte {
            b'\n' => previous == b'\r',
            b'\r' => content.get(at + 1) == Some(&b'\n'),
            _ => true,
        };
        if !good {
            return false;
        }
        previous = *byte;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn received_names_the_way() {
        let trace = Trace {
            helo: "client.example\r\nX: y".into(),
            peer: Some([127, 0, 0, 1].into()),
            protocol: "ESMTPS".into(),
            tls: Some("TLSv1.3".into()),
            id: "7f3a".into(),
        };
        let to = "bob@x.org".parse().ok();
        let field = trace.received("mx.x.org", to.as_ref(), Timestamp(0));
        assert!(
            field.starts_with("Received: from client.exampleX:y ([127.0.0.1])\r\n\tby mx.x.org")
        );
        assert!(
            field.contains("for <bob@x.org>;\r\n\tThu, 01 Jan 1970 00:00:00 +0000\r\n"),
            "{field}"
        );
        assert!(is_crlf_only(field.as_bytes()));
    }

    #[test]
    fn line_ends() {
        let rows: &[(&[u8], bool)] = &[
            (b"", true),
            (b"a\r\nb\r\n", true),
            (b"a\nb", false),
            (b"a\rb", false),
            (b"a\r", false),
            (b"\n", false),
            (b"\r\r\n", false),
        ];
        for (text, expected) in rows {
            assert_eq!(is_crlf_only(text), *expected, "{text:?}");
        }
    }
}
