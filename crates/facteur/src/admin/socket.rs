//! The admin socket of a running server: `admin.sock` in its data directory.
//!
//! Whoever may open it may do everything, so it belongs to the owner of the
//! data alone (0600, in a directory that is theirs).

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use net::Shutdown;
use tokio::io::BufReader;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tracing::{debug, warn};

use super::operations::perform;
use super::request::{Reply, Request};
use super::wire;
use crate::exit::Failure;
use crate::services::Services;

/// Commands served at once; a batch of an import may take 256 MiB.
const MAX_SESSIONS: usize = 4;

/// Where it is.
///
/// A path longer than a socket may have (108 bytes, unix(7)) is told as an
/// error by whoever binds or connects.
pub(crate) fn path(data: &Path) -> PathBuf {
    data.join("admin.sock")
}

/// Binds the socket, replacing one that a crash left behind.
///
/// Only the process that has the store open gets here, so the old socket
/// belongs to nobody.
fn bind(data: &Path) -> io::Result<UnixListener> {
    let path = path(data);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // The directory is closed to others already; the mode makes it certain.
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Serves commands until the shutdown begins.
pub(crate) fn serve(services: Arc<Services>, shutdown: Shutdown) -> io::Result<()> {
    let data = services.settings.data.clone();
    let listener = bind(&data)?;
    let places = Arc::new(Semaphore::new(MAX_SESSIONS));
    tokio::spawn(async move {
        loop {
            let accepted = tokio::select! {
                () = shutdown.wait() => break,
                accepted = listener.accept() => accepted,
            };
            let Ok((stream, _)) = accepted else { continue };
            let Ok(place) = places.clone().acquire_owned().await else { break };
            let services = services.clone();
            tokio::spawn(async move {
                if let Err(error) = session(&services, stream).await {
                    debug!(%error, "an admin session ended");
                }
                drop(place);
            });
        }
        if let Err(error) = std::fs::remove_file(path(&data)) {
            warn!(%error, "the admin socket could not be removed");
        }
    });
    Ok(())
}

async fn session(services: &Services, stream: UnixStream) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some((request, payload)) = wire::read::<Request>(&mut stream).await? {
        let (reply, payload) = match perform(services, request, payload).await {
            Ok((reply, payload)) => (Ok(reply), payload),
            Err(failure) => (Err(failure), Default::default()),
        };
        wire::write(&mut stream, &reply as &Result<Reply, Failure>, &payload).await?;
    }
    Ok(())
}
