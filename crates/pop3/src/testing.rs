//! A small office for the dialogues: Alice, her mail, and a server.

use std::sync::Arc;

use directory::Directory;
use engine::Memory;
use mailstore::{Account, Mailstore, NewMessage, Rules};
use model::{Address, Clock, MessageNumber, Role, Secret, Timestamp};
use net::test_support::transcript;
use net::{Connection, Shutdown, Tls, Trusted};

use crate::{Config, Pop3, Services};

/// What lies in Alice's inbox, and how she comes.
pub(crate) struct Scene {
    mails: Vec<String>,
    trusted: bool,
    logged_in: bool,
}

impl Scene {
    /// A client in clear, from anywhere. A mail is its subject, or its subject
    /// and what follows.
    pub(crate) fn new(mails: &[&str]) -> Scene {
        let mails = mails.iter().map(|&mail| mail.to_owned()).collect();
        Scene { mails, trusted: false, logged_in: false }
    }

    /// A client from a network where a password may be said in clear.
    pub(crate) fn trusted(mails: &[&str]) -> Scene {
        Scene { trusted: true, ..Scene::new(mails) }
    }

    /// One that has logged in already.
    pub(crate) fn logged_in(mails: &[&str]) -> Scene {
        Scene { logged_in: true, ..Scene::trusted(mails) }
    }
}

/// What comes before the script of a client that is logged in.
pub(crate) const LOGIN: &str = "
    S: +OK Facteur POP3 ready
    C: USER alice@example.org
    C: PASS alice-secret
    S: +OK now the password, by PASS
    S: +OK maildrop has [...]
";

/// Plays a script against a server of its own.
pub(crate) fn dialogue(scene: Scene, script: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let mails: Vec<&str> = scene.mails.iter().map(String::as_str).collect();
        let stage = Stage::new(&mails, scene.trusted).await;
        let login = if scene.logged_in { LOGIN } else { "" };
        stage.play(&format!("{login}{script}")).await;
    });
}

/// A server that several scripts are played against.
pub(crate) struct Stage {
    pub(crate) engine: Arc<Memory>,
    pub(crate) directory: Directory,
    pub(crate) alice: Account,
    pub(crate) pop3: Pop3,
    _data: tempfile::TempDir,
}

impl Stage {
    pub(crate) async fn new(mails: &[&str], trusted: bool) -> Stage {
        let engine = Arc::new(Memory::new());
        let clock = Clock::manual(1_200_000_000);
        let config = directory::Config::for_tests();
        let directory = Directory::open(engine.clone(), clock.clone(), config).await.unwrap();
        directory.add_domain("example.org").await.unwrap();
        let address: Address = "alice@example.org".parse().unwrap();
        let password = Secret::new("alice-secret");
        let id = directory.add_account(&address, &password, None, false, "en").await.unwrap();
        let store = mailstore::Config::default();
        let mailstore = Mailstore::new(engine.clone(), clock, Rules::default(), store);
        let alice = mailstore.account(id).await.unwrap();
        let data = tempfile::tempdir().unwrap();
        let networks = if trusted { vec!["192.0.2.0/24".parse().unwrap()] } else { vec![] };
        let services = Services {
            directory: directory.clone(),
            mailstore,
            tls: Tls::self_signed("mail.example.org", data.path()).unwrap(),
            plaintext_auth_from: Trusted(networks),
            config: Config::default(),
            shutdown: Shutdown::new(),
        };
        let pop3 = Pop3::new(services);
        let stage = Stage { engine, directory, alice, pop3, _data: data };
        for mail in mails {
            stage.deliver(mail).await;
        }
        stage
    }

    /// A mail into the inbox.
    pub(crate) async fn deliver(&self, mail: &str) -> MessageNumber {
        let rest = if mail.contains('\n') { "" } else { "\n\nabc" };
        let text = format!("Subject: {mail}{rest}\n").replace('\n', "\r\n");
        self.deliver_bytes(text.as_bytes()).await
    }

    pub(crate) async fn deliver_bytes(&self, text: &[u8]) -> MessageNumber {
        let new = NewMessage::new(text, Timestamp(1_200_000_000));
        let appended = self.alice.write(move |tx| {
            let inbox = tx.role(Role::Inbox);
            tx.append(&new, &[inbox])
        });
        appended.await.unwrap().number
    }

    pub(crate) async fn play(&self, script: &str) {
        transcript(script, |connection| self.session(connection)).await;
    }

    pub(crate) async fn session(&self, connection: Connection) {
        self.pop3.session(connection).await;
    }

    /// How many messages the mailbox of that role holds.
    pub(crate) async fn count(&self, role: Role) -> usize {
        self.alice.read(|state| state.role(role).exists()).await.unwrap()
    }
}
