//! Networks an administrator trusts, in CIDR notation (RFC 4632 §3.1).

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::Deserialize;

/// A network such as `192.0.2.0/24` or `2001:db8::/32`; a lone address is a
/// network of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// Why a text is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no network; write it as 192.0.2.0/24, 2001:db8::/32 or 127.0.0.1")]
pub struct NetworkError(String);

impl Network {
    /// Whether `address` lies in it; an IPv4 address written in IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(one)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                (net.to_bits() ^ one.to_bits()) & mask == 0
            }
            (IpAddr::V6(net), IpAddr::V6(one)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                (net.to_bits() ^ one.to_bits()) & mask == 0
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Network, NetworkError> {
        let error = || NetworkError(text.to_owned());
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| error())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => width,
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().ok().filter(|p| *p <= width).ok_or_else(error)?
            }
            Some(_) => return Err(error()),
        };
        Ok(Network { address, prefix })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl TryFrom<String> for Network {
    type Error = NetworkError;
    fn try_from(text: String) -> Result<Network, NetworkError> {
        text.parse()
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Network, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A list of networks, `[]` by default: nobody is trusted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Trusted(pub Vec<Network>);

impl Trusted {
    /// Whether one of the networks holds `address`.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks() {
        let rows = [
            ("10.0.0.0/8", "10.255.0.1", Some(true)),
            ("10.0.0.0/8", "11.0.0.1", Some(false)),
            ("10.0.0.0/8", "::ffff:10.1.1.1", Some(true)),
            ("127.0.0.1", "127.0.0.1", Some(true)),
            ("127.0.0.1", "127.0.0.2", Some(false)),
            ("0.0.0.0/0", "203.0.113.9", Some(true)),
            ("0.0.0.0/0", "::1", Some(false)),
            ("2001:db8::/32", "2001:db8:1::1", Some(true)),
            ("2001:db8::/32", "2001:db9::1", Some(false)),
            ("::/0", "2001:db9::1", Some(true)),
            ("10.0.0.0/33", "10.0.0.1", None),
            ("10.0.0.0/+8", "10.0.0.1", None),
            ("10.0.0.0/", "10.0.0.1", None),
            ("10.0.0/8", "10.0.0.1", None),
            ("localhost", "127.0.0.1", None),
        ];
        for (network, address, expected) in rows {
            let address: IpAddr = address.parse().expect("an address");
            let got = network.parse::<Network>().ok().map(|n| n.contains(address));
            assert_eq!(got, expected, "{network} {address}");
        }
    }

    #[test]
    fn settings_name_what_is_wrong() {
        #[derive(Deserialize)]
        struct Settings {
            nets: Trusted,
        }
        let good: Settings = toml::from_str(r#"nets = ["10.0.0.0/8", "::1"]"#).expect("good");
        assert!(good.nets.contains("::1".parse().expect("an address")));
        assert!(!Trusted::default().contains("127.0.0.1".parse().expect("an address")));
        let error = toml::from_str::<Settings>(r#"nets = ["ten"]"#).err().expect("refused");
        assert!(error.to_string().contains("\"ten\" is no network"), "{error}");
    }
}
