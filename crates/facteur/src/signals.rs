//! What the system tells a server: stop, stop at once, read the certificate again.

use net::{Shutdown, Tls};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{error, info};

use crate::exit::{Exit, Failure};

/// The signals a server listens to.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    /// Listens from now on.
    pub(crate) fn new() -> Result<Signals, Failure> {
        let listen = |kind| {
            signal(kind)
                .map_err(|error| Failure::new(Exit::Software, "cli-runtime").with("error", error))
        };
        Ok(Signals {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hangup: listen(SignalKind::hangup())?,
        })
    }

    /// Waits for the first SIGINT or SIGTERM and begins the shutdown; a SIGHUP
    /// before it reads the certificate again. A second SIGINT or SIGTERM, once
    /// the sessions have been asked to end, ends the program at once: what was
    /// answered is durable anyway.
    pub(crate) async fn wait(mut self, tls: &Tls, shutdown: &Shutdown) {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => break,
                _ = self.terminate.recv() => break,
                _ = self.hangup.recv() => match tls.reload() {
                    Ok(()) => info!(fingerprint = tls.fingerprint(), "read the certificate again"),
                    Err(cause) => error!(%cause, "the certificate is not usable; the old one stays"),
                },
            }
        }
        shutdown.begin();
        tokio::spawn(async move {
            tokio::select! {
                _ = self.interrupt.recv() => std::process::exit(130),
                _ = self.terminate.recv() => std::process::exit(143),
            }
        });
    }
}
