//! What a server says it can do: the answer to EHLO, RFC 5321 §4.1.1.1.

use super::response::Response;

/// The extensions a server has listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// RFC 2920.
    pub pipelining: bool,
    /// RFC 6152.
    pub eight_bit_mime: bool,
    /// RFC 6531.
    pub smtputf8: bool,
    /// RFC 3461.
    pub dsn: bool,
    /// RFC 3207.
    pub starttls: bool,
    /// RFC 3030.
    pub chunking: bool,
    /// RFC 1870: `None` if not listed, zero if without a limit.
    pub size: Option<u64>,
    /// SASL mechanisms of AUTH (RFC 4954 §3), in upper case.
    pub auth: Vec<String>,
}

impl Capabilities {
    /// Reads the lines behind the first, which is the server's greeting.
    pub(crate) fn of(response: &Response) -> Capabilities {
        let mut found = Capabilities::default();
        for line in response.lines.iter().skip(1) {
            let mut words = line.split_ascii_whitespace();
            let Some(keyword) = words.next() else { continue };
            match keyword.to_ascii_uppercase().as_str() {
                "PIPELINING" => found.pipelining = true,
                "8BITMIME" => found.eight_bit_mime = true,
                "SMTPUTF8" => found.smtputf8 = true,
                "DSN" => found.dsn = true,
                "STARTTLS" => found.starttls = true,
                "CHUNKING" => found.chunking = true,
                "SIZE" => {
                    let limit = words.next().map_or(Some(0), |digits| digits.parse().ok());
                    found.size = limit.or(Some(0));
                }
                "AUTH" => found.auth.extend(words.map(str::to_ascii_uppercase)),
                _ => {}
            }
        }
        found
    }

    /// The largest message it takes, where it says so.
    pub fn max_message_bytes(&self) -> Option<u64> {
        self.size.filter(|limit| *limit > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        let rows: &[(&[&str], Capabilities)] = &[
            (&["foo.com"], Capabilities::default()),
            (&["PIPELINING"], Capabilities::default()),
            (
                &["foo.com greets you", "8BITMIME", "size 1000", "DSN", "HELP", "X-ODD a b"],
                Capabilities {
                    eight_bit_mime: true,
                    size: Some(1000),
                    dsn: true,
                    ..Capabilities::default()
                },
            ),
            (
                &["x", "SIZE", "AUTH plain LOGIN", "STARTTLS", ""],
                Capabilities {
                    size: Some(0),
                    auth: vec!["PLAIN".into(), "LOGIN".into()],
                    starttls: true,
                    ..Capabilities::default()
                },
            ),
            (&["x", "SIZE many"], Capabilities { size: Some(0), ..Capabilities::default() }),
        ];
        for (lines, expected) in rows {
            let lines = lines.iter().map(|line| (*line).to_owned()).collect();
            let response = Response { code: 250, enhanced: None, lines };
            assert_eq!(Capabilities::of(&response), *expected, "{response}");
        }
    }
}
