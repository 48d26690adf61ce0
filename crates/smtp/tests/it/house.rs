//! A house of two people, in memory.

use std::sync::Arc;

use delivery::Delivery;
use directory::Directory;
use engine::Memory;
use mailstore::{Mailstore, Rules};
use model::{AccountId, Address, Clock, Role, Secret};
use net::test_support::{connections, peer};
use net::{Shutdown, Tls, Trusted};
use queue::Queue;
use smtp::client::{Client, Envelope, Protocol, Timeouts};
use smtp::{Config, Server, Services};

pub struct House {
    pub server: Server,
    pub mailstore: Mailstore,
    pub directory: Directory,
    pub alice: AccountId,
    pub bob: AccountId,
    pub shutdown: Shutdown,
    _data: tempfile::TempDir,
}

pub fn address(text: &str) -> Address {
    text.parse().expect("an address")
}

impl House {
    pub async fn new() -> House {
        let engine = Arc::new(Memory::new());
        let clock = Clock::manual(1_200_000_000);
        let config = directory::Config::for_tests();
        let directory =
            Directory::open(engine.clone(), clock.clone(), config).await.expect("opens");
        directory.add_domain("example.org").await.expect("added");
        let password = Secret::new("secret");
        let mut ids = Vec::new();
        for name in ["alice@example.org", "bob@example.org"] {
            let added = directory.add_account(&address(name), &password, None, true, "en").await;
            ids.push(added.expect("added"));
        }
        let store = mailstore::Config::default();
        let mailstore = Mailstore::new(engine, clock.clone(), Rules::default(), store);
        let queue = Queue::new(mailstore.clone(), clock.clone(), queue::Config::default());
        let delivery = Delivery::new(
            directory.clone(),
            mailstore.clone(),
            queue,
            "mail.example.org",
            delivery::Config::default(),
        );
        let data = tempfile::tempdir().expect("a folder");
        let shutdown = Shutdown::new();
        let services = Services {
            hostname: "mail.example.org".into(),
            tls: Some(Tls::self_signed("mail.example.org", data.path()).expect("made")),
            plaintext_auth_from: Trusted(vec![peer().ip().to_string().parse().expect("one")]),
            delivery,
            directory: directory.clone(),
            clock,
            shutdown: shutdown.clone(),
        };
        let server = Server::new(Config::default(), services);
        let (alice, bob) = (ids[0], ids[1]);
        House { server, mailstore, directory, alice, bob, shutdown, _data: data }
    }

    /// A client that is greeted.
    pub async fn client(&self, role: smtp::Role) -> Client {
        let (server, connection) = connections();
        let session = self.server.clone();
        tokio::spawn(async move { session.session(server, role).await });
        let protocol = if role == smtp::Role::Lmtp { Protocol::Lmtp } else { Protocol::Smtp };
        let client = Client::greet(connection, protocol, "bar.com", Timeouts::default()).await;
        client.expect("greeted")
    }

    /// The messages of a mailbox, oldest first.
    pub async fn mailbox(&self, account: AccountId, role: Role) -> Vec<String> {
        let account = self.mailstore.account(account).await.expect("opens");
        let numbers = account.read(move |state| state.role(role).numbers().to_vec()).await;
        let contents = account.contents(&numbers.expect("read")).await.expect("read");
        let text = |bytes: bytes::Bytes| String::from_utf8_lossy(&bytes).into_owned();
        contents.into_iter().flatten().map(text).collect()
    }
}

pub fn envelope(from: &str, to: &[&str]) -> Envelope {
    Envelope {
        reverse_path: from.parse().ok(),
        recipients: to.iter().map(|to| address(to).into()).collect(),
        ..Envelope::default()
    }
}
