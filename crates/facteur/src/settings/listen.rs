//! `[listen]`: the addresses of each door.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use serde::Deserialize;

/// A way into the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Door {
    /// Mail from the world: RFC 5321.
    Smtp,
    /// Mail from people, STARTTLS: RFC 6409.
    Submission,
    /// Mail from people, TLS at once: RFC 8314 §3.3.
    Submissions,
    /// RFC 3501 with STARTTLS.
    Imap,
    /// IMAP, TLS at once.
    Imaps,
    /// RFC 1939 with STLS.
    Pop3,
    /// POP3, TLS at once.
    Pop3s,
    /// Redirects to HTTPS.
    Http,
    /// The webmail.
    Https,
}

impl Door {
    /// All doors, in the order they are listed to people.
    pub const ALL: [Door; 9] = [
        Door::Smtp,
        Door::Submission,
        Door::Submissions,
        Door::Imap,
        Door::Imaps,
        Door::Pop3,
        Door::Pop3s,
        Door::Http,
        Door::Https,
    ];

    /// Its key in the settings.
    pub fn name(self) -> &'static str {
        match self {
            Door::Smtp => "smtp",
            Door::Submission => "submission",
            Door::Submissions => "submissions",
            Door::Imap => "imap",
            Door::Imaps => "imaps",
            Door::Pop3 => "pop3",
            Door::Pop3s => "pop3s",
            Door::Http => "http",
            Door::Https => "https",
        }
    }

    /// Its port of the IANA register.
    pub fn port(self) -> u16 {
        match self {
            Door::Smtp => 25,
            Door::Submission => 587,
            Door::Submissions => 465,
            Door::Imap => 143,
            Door::Imaps => 993,
            Door::Pop3 => 110,
            Door::Pop3s => 995,
            Door::Http => 80,
            Door::Https => 443,
        }
    }
}

/// Where LMTP listens: an MTA on the same machine hands mail over there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum LmtpAddress {
    /// An address with a port.
    Tcp(SocketAddr),
    /// A socket in the file system, with its whole path.
    Unix(PathBuf),
}

impl TryFrom<String> for LmtpAddress {
    type Error = String;

    fn try_from(text: String) -> Result<LmtpAddress, String> {
        if text.starts_with('/') {
            return Ok(LmtpAddress::Unix(PathBuf::from(text)));
        }
        let told = |_| format!("{text:?} is no address: write 127.0.0.1:24 or /run/facteur/lmtp");
        text.parse().map(LmtpAddress::Tcp).map_err(told)
    }
}

/// One list of addresses per door; an empty list closes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "one key per door, told at Door")]
pub struct Listen {
    pub smtp: Vec<SocketAddr>,
    pub submission: Vec<SocketAddr>,
    pub submissions: Vec<SocketAddr>,
    pub lmtp: Vec<LmtpAddress>,
    pub imap: Vec<SocketAddr>,
    pub imaps: Vec<SocketAddr>,
    pub pop3: Vec<SocketAddr>,
    pub pop3s: Vec<SocketAddr>,
    pub http: Vec<SocketAddr>,
    pub https: Vec<SocketAddr>,
}

impl Listen {
    /// The addresses of a door.
    pub fn addresses(&self, door: Door) -> &[SocketAddr] {
        match door {
            Door::Smtp => &self.smtp,
            Door::Submission => &self.submission,
            Door::Submissions => &self.submissions,
            Door::Imap => &self.imap,
            Door::Imaps => &self.imaps,
            Door::Pop3 => &self.pop3,
            Door::Pop3s => &self.pop3s,
            Door::Http => &self.http,
            Door::Https => &self.https,
        }
    }

    /// Every door on these addresses, at its port of the register plus `offset`.
    pub fn on(addresses: &[IpAddr], offset: u16) -> Listen {
        let at = |door: Door| {
            let port = door.port().saturating_add(offset);
            addresses.iter().map(|ip| SocketAddr::new(*ip, port)).collect()
        };
        Listen {
            smtp: at(Door::Smtp),
            submission: at(Door::Submission),
            submissions: at(Door::Submissions),
            // Who wants it says where.
            lmtp: Vec::new(),
            imap: at(Door::Imap),
            imaps: at(Door::Imaps),
            pop3: at(Door::Pop3),
            pop3s: at(Door::Pop3s),
            http: at(Door::Http),
            https: at(Door::Https),
        }
    }
}

impl Default for Listen {
    /// The ports of the register, on every address of both families.
    fn default() -> Listen {
        Listen::on(&[Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()], 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lmtp_addresses() {
        let unix = LmtpAddress::Unix("/run/facteur/lmtp".into());
        assert_eq!(LmtpAddress::try_from("/run/facteur/lmtp".to_owned()), Ok(unix));
        let tcp = LmtpAddress::Tcp(([127, 0, 0, 1], 24).into());
        assert_eq!(LmtpAddress::try_from("127.0.0.1:24".to_owned()), Ok(tcp));
        for bad in ["", "lmtp", "localhost:24", "./lmtp"] {
            assert!(LmtpAddress::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
