//! Dialogues with the whole server, and the client against it.

mod client;
mod limits;
mod lmtp;
mod mx;
mod submission;

use std::future::Future;

use delivery::{Arrival, Submission};
use net::test_support::{peer, transcript};
use net::{Connection, Shutdown, Tls, Trusted};

use crate::config::Config;
use crate::door::fake::Fake;
use crate::server::{Role, Server};

/// A server for tests and what it was given.
struct House {
    config: Config,
    fake: Fake,
    tls: Option<Tls>,
    trusted: Trusted,
    shutdown: Shutdown,
    role: Role,
}

fn house(role: Role) -> House {
    House {
        config: Config::default(),
        fake: Fake::default(),
        tls: None,
        trusted: Trusted::default(),
        shutdown: Shutdown::new(),
        role,
    }
}

impl House {
    /// A port where people of the test's network may sign in without TLS.
    fn trusting() -> House {
        let network = peer().ip().to_string().parse().expect("a network");
        House { trusted: Trusted(vec![network]), ..house(Role::Submission) }
    }

    fn server(&self) -> Server {
        let (config, fake, tls) = (self.config.clone(), self.fake.clone(), self.tls.clone());
        Server::with_fake(config, fake, tls, self.trusted.clone(), self.shutdown.clone())
    }

    fn session(&self, connection: Connection) -> impl Future<Output = ()> + use<> {
        let (server, role) = (self.server(), self.role);
        async move { server.session(connection, role).await }
    }

    /// Plays a dialogue after the greeting.
    fn plays(&self, script: &str) {
        let greeting = match self.role {
            Role::Lmtp => "S: 220 foo.com LMTP Facteur",
            Role::Mx | Role::Submission => "S: 220 foo.com ESMTP Facteur",
        };
        let script = format!("{greeting}\n{script}");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let serve = |connection| self.session(connection);
        runtime.expect("a runtime").block_on(transcript(&script, serve));
    }

    /// The only message that arrived.
    fn arrival(&self) -> Arrival {
        let mut all = std::mem::take(&mut *self.fake.arrivals.lock().expect("not poisoned"));
        assert_eq!(all.len(), 1, "one arrival");
        all.remove(0)
    }

    /// The only message that was submitted.
    fn submission(&self) -> Submission {
        let mut all = std::mem::take(&mut *self.fake.submissions.lock().expect("not poisoned"));
        assert_eq!(all.len(), 1, "one submission");
        all.remove(0)
    }

    fn got_nothing(&self) {
        assert!(self.fake.arrivals.lock().expect("not poisoned").is_empty());
        assert!(self.fake.submissions.lock().expect("not poisoned").is_empty());
    }
}

fn text(content: &[u8]) -> &str {
    std::str::from_utf8(content).expect("UTF-8")
}

/// A certificate for tests, and where it lives.
fn certificate() -> (tempfile::TempDir, Tls) {
    let data = tempfile::tempdir().expect("a folder");
    let tls = Tls::self_signed("foo.com", data.path()).expect("made");
    (data, tls)
}
