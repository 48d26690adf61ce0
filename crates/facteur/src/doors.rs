//! Opening the doors: all of them, or none.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;
use tracing::warn;

use crate::exit::{Exit, Failure};
use crate::settings::{Door, Listen};

/// Listeners that accept nothing yet.
pub(crate) struct Doors(pub(crate) Vec<(Door, TcpListener)>);

impl Doors {
    /// Binds every address of the settings.
    ///
    /// A machine without IPv6 is no error: its IPv6 addresses are passed over
    /// if the door has others.
    pub(crate) fn open(listen: &Listen) -> Result<Doors, Failure> {
        let mut open = Vec::new();
        for door in Door::ALL {
            let addresses = listen.addresses(door);
            for address in addresses {
                match net::bind(*address) {
                    Ok(listener) => open.push((door, listener)),
                    Err(error)
                        if no_ipv6(*address, &error)
                            && addresses.iter().any(SocketAddr::is_ipv4) =>
                    {
                        warn!(%address, "this machine has no IPv6");
                    }
                    Err(error) => return Err(refused(*address, door, &error)),
                }
            }
        }
        Ok(Doors(open))
    }
}

fn no_ipv6(address: SocketAddr, error: &io::Error) -> bool {
    // EAFNOSUPPORT has no kind of its own.
    address.is_ipv6()
        && !matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied)
}

fn refused(address: SocketAddr, door: Door, error: &io::Error) -> Failure {
    let (exit, id) = match error.kind() {
        io::ErrorKind::AddrInUse => (Exit::Unavailable, "cli-port-busy"),
        io::ErrorKind::PermissionDenied => (Exit::NoPerm, "cli-port-forbidden"),
        _ => (Exit::Unavailable, "cli-port-refused"),
    };
    Failure::new(exit, id)
        .with("address", address)
        .with("port", address.port())
        .with("door", door.name())
        .with("error", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed() -> Listen {
        Listen::on(&[], 0)
    }

    #[tokio::test]
    async fn a_busy_port_is_named_and_nothing_is_open() {
        let taken = net::bind(([127, 0, 0, 1], 0).into()).expect("a port");
        let address = taken.local_addr().expect("an address");
        let listen = Listen { imap: vec![([127, 0, 0, 1], 0).into(), address], ..closed() };
        let Err(failure) = Doors::open(&listen) else { panic!("two listeners on one port") };
        assert_eq!(failure.exit, Exit::Unavailable);
        let said = failure.sentence.told(locale::Language::English);
        assert!(said.contains(&address.port().to_string()), "{said}");
    }

    #[tokio::test]
    async fn an_empty_list_closes_the_door() {
        let Ok(doors) = Doors::open(&closed()) else { panic!("nothing to refuse") };
        assert!(doors.0.is_empty());
    }
}
