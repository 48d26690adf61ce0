//! From a domain to the servers that take its mail: RFC 5321 §5.1, RFC 7505.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use queue::{Enhanced, Reply};

use crate::config::Config;
use crate::dns::{Dns, DnsError, Mx};

/// A server that may take the mail.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hop {
    /// Its name, or its address as text.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// Why there is no way to a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoRoute {
    /// There never will be.
    Never(Reply),
    /// Not now.
    Later(Reply),
}

/// The ways to a domain: hops of the same preference stand together, and the
/// sender chooses among them at random.
pub(crate) type Route = Vec<Vec<Hop>>;

/// The servers for `domain`, best first.
pub(crate) async fn route(
    domain: &str,
    own_name: &str,
    config: &Config,
    dns: &dyn Dns,
) -> Result<Route, NoRoute> {
    if let Some(fixed) = config.hosts.get(domain) {
        return Ok(fixed.iter().map(|host| vec![Hop::parse(host, config.port)]).collect());
    }
    if let Some(smarthost) = &config.smarthost {
        return Ok(vec![vec![Hop { host: smarthost.host.clone(), port: smarthost.port }]]);
    }
    if let Some(literal) = domain.strip_prefix('[').and_then(|d| d.strip_suffix(']')) {
        let ip = address_literal(literal).ok_or_else(|| {
            NoRoute::Never(Reply::ours(Enhanced(5, 1, 2), "the address literal is no IP address"))
        })?;
        return Ok(vec![vec![Hop { host: ip.to_string(), port: config.port }]]);
    }
    let found = match dns.mx(domain).await {
        Ok(found) => found,
        Err(DnsError::NoSuchName) => {
            let text = format!("the domain {domain} does not exist");
            return Err(NoRoute::Never(Reply::ours(Enhanced(5, 1, 2), &text)));
        }
        Err(DnsError::Temporary(why)) => {
            let text = format!("the DNS gave no answer about {domain}: {why}");
            return Err(NoRoute::Later(Reply::ours(Enhanced(4, 4, 3), &text)));
        }
    };
    let route = sort(domain, found, own_name)?;
    let hop = |host: String| Hop { host, port: config.port };
    Ok(route.into_iter().map(|hosts| hosts.into_iter().map(hop).collect()).collect())
}

/// The hosts of MX records by preference, those of one preference together.
fn sort(domain: &str, mut found: Vec<Mx>, own_name: &str) -> Result<Vec<Vec<String>>, NoRoute> {
    if found.is_empty() {
        // The implicit MX: RFC 5321 §5.1.
        return Ok(vec![vec![domain.to_owned()]]);
    }
    if found.iter().all(|mx| mx.host.is_empty()) {
        // RFC 7505 §3 and §4.1.
        let text = format!("the domain {domain} says that it takes no mail");
        return Err(NoRoute::Never(Reply::ours(Enhanced(5, 1, 10), &text)));
    }
    found.retain(|mx| !mx.host.is_empty());
    found.sort();
    found.dedup();
    // RFC 5321 §5.1: ourselves, and whatever is no better, would make a loop.
    if let Some(own) = found.iter().find(|mx| mx.host.eq_ignore_ascii_case(own_name)) {
        let own = own.preference;
        found.retain(|mx| mx.preference < own);
    }
    if found.is_empty() {
        let text = format!(
            "the mail for {domain} would come back to this server, which does not know the domain"
        );
        return Err(NoRoute::Never(Reply::ours(Enhanced(5, 4, 6), &text)));
    }
    let groups = found.chunk_by(|a, b| a.preference == b.preference);
    Ok(groups.map(|group| group.iter().map(|mx| mx.host.clone()).collect()).collect())
}

/// The IP address of an address literal (RFC 5321 §4.1.3).
fn address_literal(literal: &str) -> Option<IpAddr> {
    match literal.get(..5) {
        Some(tag) if tag.eq_ignore_ascii_case("ipv6:") => {
            literal[5..].parse::<Ipv6Addr>().ok().map(IpAddr::V6)
        }
        _ => literal.parse().ok().map(IpAddr::V4),
    }
}

impl Hop {
    /// Reads `host`, `host:port`, `1.2.3.4:port` or `[::1]:port`.
    fn parse(text: &str, port: u16) -> Hop {
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Hop { host: address.ip().to_string(), port: address.port() };
        }
        if text.parse::<IpAddr>().is_err()
            && let Some((host, digits)) = text.rsplit_once(':')
            && let Ok(port) = digits.parse()
        {
            return Hop { host: host.to_owned(), port };
        }
        Hop { host: text.to_owned(), port }
    }

    /// The IP addresses of this hop, IPv4 first: its reverse name, by which
    /// others judge us, is set more often than that of IPv6.
    pub(crate) async fn addresses(&self, dns: &dyn Dns) -> Result<Vec<IpAddr>, DnsError> {
        if let Ok(ip) = self.host.parse() {
            return Ok(vec![ip]);
        }
        let mut found = dns.addresses(&self.host).await?;
        found.sort_by_key(IpAddr::is_ipv6);
        Ok(found)
    }
}

/// Shuffles hops of equal preference (RFC 5321 §5.1) and puts all in a row.
/// `random` gives a number below its argument.
pub(crate) fn in_order(route: &Route, mut random: impl FnMut(usize) -> usize) -> Vec<Hop> {
    let mut hops = Vec::new();
    for group in route {
        let mut group = group.clone();
        for last in (1..group.len()).rev() {
            group.swap(last, random(last + 1));
        }
        hops.extend(group);
    }
    hops
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::Table;

    fn mx(records: &[(u16, &str)]) -> Vec<Mx> {
        records.iter().map(|(p, h)| Mx { preference: *p, host: (*h).to_owned() }).collect()
    }

    #[test]
    fn records_are_sorted_and_loops_are_cut() {
        // (records, hosts; | parts preferences, or an error)
        let rows: &[(&[(u16, &str)], &str)] = &[
            (&[], "x.org"),
            (&[(10, "a"), (5, "b")], "b|a"),
            (&[(10, "a"), (10, "b"), (20, "c")], "a,b|c"),
            (&[(10, "a"), (10, "a")], "a"),
            (&[(0, "")], "never 5.1.10"),
            (&[(0, ""), (5, "a")], "a"),
            (&[(10, "a"), (20, "Mail.Demo.Test"), (30, "c")], "a"),
            (&[(10, "a"), (20, "mail.demo.test"), (20, "c")], "a"),
            (&[(10, "mail.demo.test"), (20, "c")], "never 5.4.6"),
        ];
        for (records, expected) in rows {
            let got = match sort("x.org", mx(records), "mail.demo.test") {
                Ok(groups) => groups.iter().map(|g| g.join(",")).collect::<Vec<_>>().join("|"),
                Err(NoRoute::Never(reply)) => {
                    format!("never {}", reply.enhanced.expect("a code"))
                }
                Err(NoRoute::Later(reply)) => format!("later {reply}"),
            };
            assert_eq!(got, *expected, "{records:?}");
        }
    }

    #[test]
    fn hops_of_the_settings() {
        for (text, host, port) in [
            ("mx.x.org", "mx.x.org", 25),
            ("mx.x.org:2525", "mx.x.org", 2525),
            ("127.0.0.1", "127.0.0.1", 25),
            ("127.0.0.1:2525", "127.0.0.1", 2525),
            ("[::1]:2525", "::1", 2525),
            ("::1", "::1", 25),
        ] {
            assert_eq!(Hop::parse(text, 25), Hop { host: host.to_owned(), port }, "{text}");
        }
    }

    #[test]
    fn address_literals() {
        for (text, good) in [
            ("127.0.0.1", true),
            ("ipv6:::1", true),
            ("IPv6:2001:db8::1", true),
            ("::1", false),
            ("ipv6:127.0.0.1", false),
            ("x", false),
            ("é:::1", false),
        ] {
            assert_eq!(address_literal(text).is_some(), good, "{text}");
        }
    }

    #[tokio::test]
    async fn ways_to_a_domain() {
        let mut table = Table::default();
        table.mx.insert("x.org".into(), mx(&[(5, "mx.x.org")]));
        table.addresses.insert("y.org".into(), vec!["127.0.0.1".parse().expect("ip")]);
        let mut config = Config::default();
        config.hosts.insert("z.org".into(), vec!["127.0.0.1:99".into(), "b".into()]);
        for (domain, expected) in [
            ("x.org", Ok("mx.x.org:25")),
            ("y.org", Ok("y.org:25")),
            ("z.org", Ok("127.0.0.1:99 b:25")),
            ("[127.0.0.1]", Ok("127.0.0.1:25")),
            ("[what]", Err("5.1.2 the address literal is no IP address")),
            ("gone.org", Err("5.1.2 the domain gone.org does not exist")),
        ] {
            let got = route(domain, "me", &config, &table).await;
            let got = got.map(|route| {
                let hops = route.iter().flatten().map(|h| format!("{}:{}", h.host, h.port));
                hops.collect::<Vec<_>>().join(" ")
            });
            let expected = match expected {
                Ok(hops) => Ok(hops.to_owned()),
                Err(text) => Err(text.to_owned()),
            };
            let got = got.map_err(|e| match e {
                NoRoute::Never(reply) | NoRoute::Later(reply) => reply.to_string(),
            });
            assert_eq!(got, expected, "{domain}");
        }
    }

    #[test]
    fn equals_are_shuffled_and_others_are_not() {
        let hop = |host: &str| Hop { host: host.to_owned(), port: 25 };
        let route = vec![vec![hop("a"), hop("b"), hop("c")], vec![hop("d")]];
        let mut firsts = std::collections::BTreeSet::new();
        for seed in 0..6 {
            let hops = in_order(&route, |n| seed % n);
            assert_eq!(hops.len(), 4);
            assert_eq!(hops[3], hop("d"));
            firsts.insert(hops[0].clone());
        }
        assert_eq!(firsts.len(), 3, "each is first at times");
    }
}
