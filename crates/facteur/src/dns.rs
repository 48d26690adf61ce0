//! The records a domain publishes so that mail finds this server.

use std::fmt;

use serde::Serialize;

use crate::exit::{Exit, Failure};
use crate::settings::{Door, Settings};

/// A record, as a line of a zone file (RFC 1035 §5.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Record {
    /// The owner's name, with its last dot.
    pub(crate) name: String,
    /// `MX`, `TXT`, …
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// What it says.
    pub(crate) value: String,
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<32} IN {:<4} {}", self.name, self.kind, self.value)
    }
}

/// The name in ASCII, or a failure that says what is wrong.
pub(crate) fn domain(name: &str) -> Result<String, Failure> {
    let ascii = model::domain_to_ascii(name).ok().filter(|name| !name.starts_with('['));
    ascii.ok_or_else(|| Failure::new(Exit::DataErr, "cli-domain-bad").with("domain", name))
}

/// What to publish for `domain`.
///
/// The address record of the server itself is for its administrator to fill
/// in: this machine may stand behind a router and not know it.
pub(crate) fn records(domain: &str, settings: &Settings) -> Vec<Record> {
    let host = settings.hostname();
    let record =
        |name: String, kind, value: String| Record { name: format!("{name}."), kind, value };
    let mut records = vec![
        // RFC 5321 §5.1: where mail for the domain goes.
        record(domain.to_owned(), "MX", format!("10 {host}.")),
        // RFC 7208 §5.4: only the hosts of the MX send mail of this domain.
        record(domain.to_owned(), "TXT", "\"v=spf1 mx -all\"".to_owned()),
    ];
    // RFC 8314 §5.1 and RFC 6186: where mail programs find the doors.
    for (service, door) in
        [("submissions", Door::Submissions), ("imaps", Door::Imaps), ("pop3s", Door::Pop3s)]
    {
        if let Some(address) = settings.listen.addresses(door).first() {
            let value = format!("0 1 {} {host}.", address.port());
            records.push(record(format!("_{service}._tcp.{domain}"), "SRV", value));
        }
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone() {
        let mut settings = Settings { hostname: "mail.example.org".into(), ..Settings::default() };
        settings.listen.pop3s = Vec::new();
        let lines: Vec<String> = records("example.org", &settings)
            .iter()
            .map(|record| record.to_string().split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(
            lines,
            [
                "example.org. IN MX 10 mail.example.org.",
                "example.org. IN TXT \"v=spf1 mx -all\"",
                "_submissions._tcp.example.org. IN SRV 0 1 465 mail.example.org.",
                "_imaps._tcp.example.org. IN SRV 0 1 993 mail.example.org.",
            ]
        );
    }

    #[test]
    fn names() {
        assert_eq!(domain("Exämple.ORG").as_deref(), Ok("xn--exmple-cua.org"));
        for bad in ["", "a b", "[127.0.0.1]", "a..b"] {
            assert!(domain(bad).is_err(), "{bad}");
        }
    }
}
