//! Mail addresses: the `Mailbox` of RFC 5321 §4.1.2, with RFC 6531 §3.3.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A forward-path or reverse-path without its brackets and source route.
///
/// The local part is kept as written, without quotes where they are not
/// needed; the domain is kept in ASCII, lower case. The null reverse-path is
/// no address: it is `None` where one may stand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address {
    local: String,
    domain: String,
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// There is no `@`.
    #[error("an address has the form name@domain")]
    NoAt,
    /// Before the `@`.
    #[error(
        "the part before the @ is empty, longer than 64 bytes, or has a character that must be quoted"
    )]
    LocalPart,
    /// After the `@`.
    #[error("the part after the @ is no domain name")]
    Domain,
}

impl Address {
    /// From its two parts, the local part without quotes.
    pub fn new(local: &str, domain: &str) -> Result<Address, AddressError> {
        let printable = |c: char| !c.is_control();
        if local.is_empty() || local.len() > 64 || !local.chars().all(printable) {
            return Err(AddressError::LocalPart);
        }
        Ok(Address { local: local.to_owned(), domain: domain_to_ascii(domain)? })
    }

    /// The local part, unquoted.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The domain in ASCII, lower case (A-labels, RFC 5890 §2.3.2.1), or an
    /// address literal in brackets.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The local part without its subaddress: `alice` of `alice+shop`.
    pub fn base_local(&self) -> &str {
        match self.local.split_once('+') {
            Some((base, _)) if !base.is_empty() => base,
            _ => &self.local,
        }
    }

    /// What stands behind the `+`, if anything.
    pub fn subaddress(&self) -> Option<&str> {
        match self.local.split_once('+') {
            Some((base, detail)) if !base.is_empty() => Some(detail),
            _ => None,
        }
    }

    /// Whether only SMTPUTF8 can carry it (RFC 6531 §3.2).
    pub fn needs_smtputf8(&self) -> bool {
        !self.local.is_ascii()
    }

    fn local_is_dot_string(&self) -> bool {
        self.local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext))
    }
}

/// `atext` of RFC 5322 §3.2.3, widened by RFC 6532 §3.2.
fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || "!#$%&'*+-/=?^_`{|}~".contains(c)
        || (!c.is_ascii() && !c.is_control())
}

/// A domain in ASCII and lower case (RFC 5891 §4); address literals stay.
///
/// Fails with [`AddressError::Domain`] where a label is empty, too long, or
/// has a character that host names do not allow.
pub fn domain_to_ascii(domain: &str) -> Result<String, AddressError> {
    if let Some(literal) = domain.strip_prefix('[').and_then(|d| d.strip_suffix(']')) {
        let good = !literal.is_empty()
            && literal.len() < 100
            && literal.bytes().all(|b| b.is_ascii_alphanumeric() || b".:-".contains(&b));
        return if good { Ok(domain.to_ascii_lowercase()) } else { Err(AddressError::Domain) };
    }
    let ascii = if domain.is_ascii() {
        domain.to_ascii_lowercase()
    } else {
        idna::domain_to_ascii(domain).map_err(|_| AddressError::Domain)?
    };
    let label = |l: &str| {
        (1..=63).contains(&l.len())
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    if ascii.len() > 253 || !ascii.split('.').all(label) {
        return Err(AddressError::Domain);
    }
    Ok(ascii)
}

impl FromStr for Address {
    type Err = AddressError;

    /// Takes `local@domain` with a dot-string or a quoted local part.
    fn from_str(text: &str) -> Result<Address, AddressError> {
        let (local, domain) = text.rsplit_once('@').ok_or(AddressError::NoAt)?;
        if let Some(quoted) = local.strip_prefix('"') {
            let inner = unquote(quoted).ok_or(AddressError::LocalPart)?;
            return Address::new(&inner, domain);
        }
        let address = Address::new(local, domain)?;
        if address.local_is_dot_string() { Ok(address) } else { Err(AddressError::LocalPart) }
    }
}

/// The content of a `Quoted-string` whose first quote is gone already.
fn unquote(quoted: &str) -> Option<String> {
    let mut inner = String::with_capacity(quoted.len());
    let mut chars = quoted.chars();
    loop {
        match chars.next()? {
            '"' => return chars.next().is_none().then_some(inner),
            '\\' => inner.push(chars.next()?),
            c => inner.push(c),
        }
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;
    fn try_from(text: String) -> Result<Address, AddressError> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> String {
        address.to_string()
    }
}

/// As in SMTP, the local part quoted where it must be.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.local_is_dot_string() {
            write!(f, "{}@{}", self.local, self.domain)
        } else {
            let quoted = self.local.replace('\\', "\\\\").replace('"', "\\\"");
            write!(f, "\"{quoted}\"@{}", self.domain)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        use AddressError::*;
        let rows: &[(&str, Result<&str, AddressError>)] = &[
            ("alice@Example.ORG", Ok("alice@example.org")),
            ("a.b+shop@x.org", Ok("a.b+shop@x.org")),
            ("\"a b\"@x.org", Ok("\"a b\"@x.org")),
            ("\"ab\"@x.org", Ok("ab@x.org")),
            ("\"a\\\"b\"@x.org", Ok("\"a\\\"b\"@x.org")),
            ("élodie@exämple.org", Ok("élodie@xn--exmple-cua.org")),
            ("bob@[127.0.0.1]", Ok("bob@[127.0.0.1]")),
            ("bob@localhost", Ok("bob@localhost")),
            ("bob", Err(NoAt)),
            ("@x.org", Err(LocalPart)),
            ("a..b@x.org", Err(LocalPart)),
            ("a b@x.org", Err(LocalPart)),
            ("a\r\nb@x.org", Err(LocalPart)),
            ("\"a\"b@x.org", Err(LocalPart)),
            ("\"a@x.org", Err(LocalPart)),
            ("a@", Err(Domain)),
            ("a@x..org", Err(Domain)),
            ("a@x.org.", Err(Domain)),
            ("a@-x.org", Err(Domain)),
            ("a@x org", Err(Domain)),
        ];
        for (text, expected) in rows {
            let got = text.parse::<Address>().map(|a| a.to_string());
            assert_eq!(got, expected.clone().map(str::to_owned), "{text:?}");
        }
    }

    #[test]
    fn subaddresses() {
        let a: Address = "alice+shop+x@x.org".parse().expect("an address");
        assert_eq!((a.base_local(), a.subaddress()), ("alice", Some("shop+x")));
        let a: Address = "+shop@x.org".parse().expect("an address");
        assert_eq!((a.base_local(), a.subaddress()), ("+shop", None));
    }
}
