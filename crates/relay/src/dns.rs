//! Where mail for a domain goes: MX and address records, RFC 5321 §5.1.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use futures_util::future::{BoxFuture, FutureExt, ready};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolverConfig,
};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{Name, RData, RecordType};

/// An MX record. The empty host is the null MX of RFC 7505 §3.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mx {
    /// Lower is better.
    pub preference: u16,
    /// In lower case, without the last dot.
    pub host: String,
}

/// Why a question was not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DnsError {
    /// The name does not exist, whatever is asked of it.
    #[error("the domain does not exist")]
    NoSuchName,
    /// No answer, or none that helps: ask again later.
    #[error("the DNS gave no answer: {0}")]
    Temporary(String),
}

/// Who answers questions about names.
pub trait Dns: Send + Sync + 'static {
    /// The MX records of `domain`; none if it has none.
    fn mx<'a>(&'a self, domain: &'a str) -> BoxFuture<'a, Result<Vec<Mx>, DnsError>>;

    /// The addresses of `host`; none if it has none.
    fn addresses<'a>(&'a self, host: &'a str) -> BoxFuture<'a, Result<Vec<IpAddr>, DnsError>>;
}

/// The resolver of the system, or one of its own choice, with a cache.
pub struct Resolver(Result<TokioResolver, String>);

impl Resolver {
    /// Asks `server`; without one, those of `/etc/resolv.conf`.
    ///
    /// Where that file cannot be read, every question fails for the time
    /// being: mail waits rather than be refused.
    pub fn new(server: Option<SocketAddr>) -> Resolver {
        let builder = match server {
            Some(address) => {
                let mut connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
                connections.iter_mut().for_each(|c| c.port = address.port());
                let server = NameServerConfig::new(address.ip(), true, connections.into());
                let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
                Ok(TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()))
            }
            None => TokioResolver::builder_tokio().map_err(|e| e.to_string()),
        };
        Resolver(builder.and_then(|mut builder| {
            builder.options_mut().ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
            builder.build().map_err(|e| e.to_string())
        }))
    }

    fn ready(&self) -> Result<&TokioResolver, DnsError> {
        self.0.as_ref().map_err(|e| DnsError::Temporary(e.clone()))
    }

    async fn ask_mx(&self, domain: &str) -> Result<Vec<Mx>, DnsError> {
        let lookup = match self.ready()?.lookup(absolute(domain)?, RecordType::MX).await {
            Ok(lookup) => lookup,
            Err(error) => return none_or(error),
        };
        let records = lookup.answers().iter().filter_map(|record| match &record.data {
            RData::MX(mx) => Some(Mx { preference: mx.preference, host: host(&mx.exchange) }),
            _ => None,
        });
        Ok(records.collect())
    }

    async fn ask_addresses(&self, host: &str) -> Result<Vec<IpAddr>, DnsError> {
        match self.ready()?.lookup_ip(absolute(host)?).await {
            Ok(lookup) => Ok(lookup.iter().collect()),
            Err(error) => none_or(error),
        }
    }
}

/// A name that no search list may lengthen (RFC 5321 §5.1).
fn absolute(name: &str) -> Result<Name, DnsError> {
    let mut name = Name::from_ascii(name).map_err(|_| DnsError::NoSuchName)?;
    name.set_fqdn(true);
    Ok(name)
}

fn host(name: &Name) -> String {
    name.to_ascii().trim_end_matches('.').to_ascii_lowercase()
}

fn none_or<T>(error: NetError) -> Result<Vec<T>, DnsError> {
    if error.is_nx_domain() {
        Err(DnsError::NoSuchName)
    } else if error.is_no_records_found() {
        Ok(Vec::new())
    } else {
        Err(DnsError::Temporary(error.to_string()))
    }
}

impl Dns for Resolver {
    fn mx<'a>(&'a self, domain: &'a str) -> BoxFuture<'a, Result<Vec<Mx>, DnsError>> {
        self.ask_mx(domain).boxed()
    }

    fn addresses<'a>(&'a self, host: &'a str) -> BoxFuture<'a, Result<Vec<IpAddr>, DnsError>> {
        self.ask_addresses(host).boxed()
    }
}

/// A world of its own: what is not in the table does not exist. The demo uses
/// an empty one, so that its mail stays at home.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// MX records by domain.
    pub mx: HashMap<String, Vec<Mx>>,
    /// Addresses by host.
    pub addresses: HashMap<String, Vec<IpAddr>>,
}

impl Table {
    fn knows(&self, name: &str) -> bool {
        self.mx.contains_key(name) || self.addresses.contains_key(name)
    }
}

impl Dns for Table {
    fn mx<'a>(&'a self, domain: &'a str) -> BoxFuture<'a, Result<Vec<Mx>, DnsError>> {
        let found = self.mx.get(domain).cloned().unwrap_or_default();
        let known = self.knows(domain);
        ready(if known { Ok(found) } else { Err(DnsError::NoSuchName) }).boxed()
    }

    fn addresses<'a>(&'a self, host: &'a str) -> BoxFuture<'a, Result<Vec<IpAddr>, DnsError>> {
        let found = self.addresses.get(host).cloned().unwrap_or_default();
        let known = self.knows(host);
        ready(if known { Ok(found) } else { Err(DnsError::NoSuchName) }).boxed()
    }
}
