//! How many connections at once, in all and from one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

/// Connections one door holds at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// From everybody together.
    pub total: usize,
    /// From one IPv4 address or one IPv6 network of 64 bits. The machine itself
    /// is not counted: a proxy or an MTA beside us speaks for many.
    pub per_address: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { total: 10_000, per_address: 100 }
    }
}

/// Counts the connections of a door against its [`Limits`].
#[derive(Debug, Clone)]
pub struct Gate(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    limits: Limits,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A place behind the [`Gate`], given back when dropped.
#[derive(Debug)]
pub struct Pass {
    gate: Gate,
    address: IpAddr,
}

impl Gate {
    /// A gate nobody has passed yet.
    pub fn new(limits: Limits) -> Gate {
        Gate(Arc::new(Shared { limits, counts: Mutex::default() }))
    }

    /// A place for a connection from `address`, or `None` where all are taken.
    pub fn enter(&self, address: IpAddr) -> Option<Pass> {
        let address = counted_as(address);
        let mut counts = self.0.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let from_there = counts.by_address.get(&address).copied().unwrap_or(0);
        let too_many = from_there >= self.0.limits.per_address && !address.is_loopback();
        if too_many || counts.total >= self.0.limits.total {
            return None;
        }
        counts.total += 1;
        counts.by_address.insert(address, from_there + 1);
        Some(Pass { gate: self.clone(), address })
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut counts = self.gate.0.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.total -= 1;
        if let Some(count) = counts.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.by_address.remove(&self.address);
            }
        }
    }
}

/// A household or a server usually owns a whole /64 of IPv6.
fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) if !six.is_loopback() => {
            IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & (u128::MAX << 64)))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn places_are_counted_and_given_back() {
        let gate = Gate::new(Limits { total: 4, per_address: 2 });
        let first = gate.enter(ip("192.0.2.1")).expect("a place");
        let _second = gate.enter(ip("::ffff:192.0.2.1")).expect("a place");
        assert!(gate.enter(ip("192.0.2.1")).is_none());
        drop(first);
        let _third = gate.enter(ip("192.0.2.1")).expect("a place given back");
        let _six = gate.enter(ip("2001:db8::1")).expect("a place");
        let _same_net = gate.enter(ip("2001:db8::ffff:2")).expect("a place");
        assert!(gate.enter(ip("192.0.2.9")).is_none(), "full");
    }

    #[test]
    fn the_machine_itself_is_not_limited_per_address() {
        let gate = Gate::new(Limits { total: 3, per_address: 1 });
        let places: Vec<_> = (0..4).map(|_| gate.enter(ip("127.0.0.1"))).collect();
        assert_eq!(places.iter().flatten().count(), 3);
        drop(places);
        assert!(gate.0.counts.lock().expect("not poisoned").by_address.is_empty());
    }
}
