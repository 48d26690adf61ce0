//! Opening the doors: all of them, or none.

use std::fs::Permissions;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;

use tokio::net::{TcpListener, UnixListener};
use tracing::warn;

use crate::exit::{Exit, Failure};
use crate::settings::{Door, Listen, LmtpAddress};

/// Listeners that accept nothing yet.
#[derive(Default)]
pub(crate) struct Doors {
    /// The doors of the network.
    pub(crate) tcp: Vec<(Door, TcpListener)>,
    /// LMTP over the network.
    pub(crate) lmtp: Vec<TcpListener>,
    /// LMTP in the file system.
    pub(crate) lmtp_sockets: Vec<UnixListener>,
}

impl Doors {
    /// Binds every address of the settings.
    ///
    /// A machine without IPv6 is no error: its IPv6 addresses are passed over
    /// if the door has others.
    pub(crate) fn open(listen: &Listen) -> Result<Doors, Failure> {
        let mut open = Doors::default();
        for door in Door::ALL {
            let addresses = listen.addresses(door);
            for address in addresses {
                match net::bind(*address) {
                    Ok(listener) => open.tcp.push((door, listener)),
                    Err(error)
                        if no_ipv6(*address, &error)
                            && addresses.iter().any(SocketAddr::is_ipv4) =>
                    {
                        warn!(%address, "this machine has no IPv6");
                    }
                    Err(error) => return Err(refused(*address, door.name(), &error)),
                }
            }
        }
        for address in &listen.lmtp {
            match address {
                LmtpAddress::Tcp(address) => {
                    let bound = net::bind(*address);
                    open.lmtp.push(bound.map_err(|error| refused(*address, "lmtp", &error))?);
                }
                LmtpAddress::Unix(path) => {
                    let bound = bind_socket(path);
                    open.lmtp_sockets.push(bound.map_err(|error| {
                        let failure = Failure::new(Exit::CantCreat, "cli-unwritable");
                        failure.with("path", path.display()).with("error", error)
                    })?);
                }
            }
        }
        Ok(open)
    }
}

/// A socket at `path`, in the place of one that nobody answers any more.
///
/// Every user of the machine may hand in mail there, as at port 25; who may
/// reach it is for the rights of its directory to say.
fn bind_socket(path: &Path) -> io::Result<UnixListener> {
    if let Ok(facts) = std::fs::symlink_metadata(path)
        && facts.file_type().is_socket()
        && std::os::unix::net::UnixStream::connect(path).is_err()
    {
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, Permissions::from_mode(0o666))?;
    Ok(listener)
}

fn no_ipv6(address: SocketAddr, error: &io::Error) -> bool {
    // EAFNOSUPPORT has no kind of its own.
    address.is_ipv6()
        && !matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied)
}

fn refused(address: SocketAddr, door: &str, error: &io::Error) -> Failure {
    let (exit, id) = match error.kind() {
        io::ErrorKind::AddrInUse => (Exit::Unavailable, "cli-port-busy"),
        io::ErrorKind::PermissionDenied => (Exit::NoPerm, "cli-port-forbidden"),
        _ => (Exit::Unavailable, "cli-port-refused"),
    };
    Failure::new(exit, id)
        .with("address", address)
        .with("port", address.port())
        .with("door", door)
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
    async fn a_socket_left_behind_is_replaced_and_nothing_else() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("lmtp");
        let listen = Listen { lmtp: vec![LmtpAddress::Unix(path.clone())], ..closed() };
        let Ok(first) = Doors::open(&listen) else { panic!("a new socket") };
        assert!(Doors::open(&listen).is_err(), "somebody listens there");
        drop(first);
        assert!(Doors::open(&listen).is_ok(), "nobody does any more");
        std::fs::remove_file(&path).expect("removed");
        std::fs::write(&path, "a letter").expect("written");
        assert!(Doors::open(&listen).is_err(), "this is no socket");
        assert_eq!(std::fs::read(&path).expect("there"), b"a letter");
    }

    #[tokio::test]
    async fn an_empty_list_closes_the_door() {
        let Ok(doors) = Doors::open(&closed()) else { panic!("nothing to refuse") };
        assert!(doors.tcp.is_empty());
    }
}
