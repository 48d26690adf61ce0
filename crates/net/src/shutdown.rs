//! The end of service, told to everybody at once.

use tokio::sync::watch;

/// A signal that service ends: clones hear it, and it is never taken back.
#[derive(Debug, Clone)]
pub struct Shutdown(watch::Sender<bool>);

impl Default for Shutdown {
    fn default() -> Shutdown {
        Shutdown::new()
    }
}

impl Shutdown {
    /// A signal not yet given.
    pub fn new() -> Shutdown {
        Shutdown(watch::Sender::new(false))
    }

    /// Gives the signal.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was given.
    pub fn is_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Resolves when the signal is given, at once if it was. Cancel-safe.
    pub async fn wait(&self) {
        // We hold a sender, so the channel cannot be closed.
        let _ = self.0.subscribe().wait_for(|begun| *begun).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn clones_hear_the_signal_before_and_after() {
        let shutdown = Shutdown::new();
        let clone = shutdown.clone();
        let waiting = tokio::spawn(async move { clone.wait().await });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        shutdown.begin();
        waiting.await.expect("the waiter ends");
        shutdown.wait().await;
        assert!(shutdown.is_begun());
    }
}
