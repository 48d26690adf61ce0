//! A whole server but for its doors, a name server, and a world to send to.

use std::sync::Arc;

use delivery::{Delivery, Submission, Trace};
use directory::Directory;
use engine::{Memory, Shared};
use mailstore::{Mailstore, Rules};
use message::{decode_part, facts, part_text};
use model::{AccountId, Clock, Role, Secret};
use queue::{Queue, QueueId, Queued, Recipient};
use relay::{Config, Relay, Resolver};

use crate::mail_server::MailServer;
use crate::name_server::Zone;

pub struct World {
    pub clock: Clock,
    pub zone: Zone,
    pub config: Config,
    pub store: Mailstore,
    pub delivery: Delivery,
    pub queue: Queue,
    pub relay: Relay,
    pub alice: AccountId,
    pub bob: AccountId,
}

pub const MAIL: &str = "From: alice@demo.test\r\nTo: bob@x.org\r\nBcc: secret@x.org\r\nSubject: Lunch\r\nMessage-ID: <one@demo.test>\r\nDate: Mon, 23 Nov 2026 19:30:00 +0000\r\n\r\nAt noon?\r\n.\r\n";

impl World {
    pub async fn with(settings: impl FnOnce(&mut Config)) -> World {
        let clock = Clock::manual(1_795_462_200);
        let zone = Zone::default();
        let mut config = Config { resolver: Some(zone.serve().await), ..Config::default() };
        settings(&mut config);
        World::on(Arc::new(Memory::new()), clock, zone, config).await
    }

    /// The server on a disk that may have been used before.
    pub async fn on(engine: Shared, clock: Clock, zone: Zone, config: Config) -> World {
        let rules = Rules { leave_outbox: queue::leave_outbox, ..Rules::default() };
        let store =
            Mailstore::new(engine.clone(), clock.clone(), rules, mailstore::Config::default());
        let passwords = directory::Config::for_tests();
        let directory = Directory::open(engine.clone(), clock.clone(), passwords).await.unwrap();
        if directory.domains().is_empty() {
            directory.add_domain("demo.test").await.unwrap();
            for (address, language) in [("alice@demo.test", "en"), ("bob@demo.test", "fr")] {
                let (address, password) = (address.parse().unwrap(), Secret::new("facteur-demo"));
                let added = directory.add_account(&address, &password, None, true, language);
                added.await.unwrap();
            }
        }
        let id = |address: &str| {
            directory.account_by_address(&address.parse().unwrap()).expect("an account").id
        };
        let (alice, bob) = (id("alice@demo.test"), id("bob@demo.test"));
        let queue = Queue::new(store.clone(), clock.clone(), queue::Config::default());
        queue.rebuild(&*engine, [alice, bob]).await.unwrap();
        let delivery = Delivery::new(
            directory.clone(),
            store.clone(),
            queue.clone(),
            "mail.demo.test",
            delivery::Config::default(),
        );
        let dns = Arc::new(Resolver::new(config.resolver));
        let relay = Relay::new(
            queue.clone(),
            delivery.clone(),
            directory,
            clock.clone(),
            dns,
            config.clone(),
        )
        .unwrap();
        World { clock, zone, config, store, delivery, queue, relay, alice, bob }
    }

    /// The world, and a server that has the mail of `x.org` on 127.0.0.1.
    pub async fn with_server() -> (World, MailServer) {
        World::with_server_and(|_| {}).await
    }

    pub async fn with_server_and(settings: impl FnOnce(&mut Config)) -> (World, MailServer) {
        let server = MailServer::default();
        server.change(|s| s.offers = vec!["PIPELINING".into(), "8BITMIME".into()]);
        let (address, _) = server.listen("127.0.0.1:0").await;
        let world = World::with(|config| {
            config.port = address.port();
            settings(config);
        })
        .await;
        world.zone.mx("x.org", 10, "mx.x.org");
        world.zone.a("mx.x.org", "127.0.0.1");
        (world, server)
    }

    pub async fn submit(&self, to: &[&str]) -> QueueId {
        let to = to.iter().map(|a| Recipient::new(a.parse().unwrap())).collect();
        self.submit_mail(self.alice, "alice@demo.test", to, MAIL).await
    }

    pub async fn submit_mail(
        &self,
        account: AccountId,
        from: &str,
        recipients: Vec<Recipient>,
        content: &str,
    ) -> QueueId {
        let submission = Submission {
            account,
            trace: Trace { protocol: "ESMTPSA".into(), ..Trace::default() },
            reverse_path: Some(from.parse().unwrap()),
            recipients,
            content: content.to_owned().into(),
            delay_seconds: 0,
            ret: None,
            envid: None,
            smtputf8: !content.is_ascii(),
        };
        self.delivery.submit(submission).await.unwrap().id
    }

    /// The texts in a mailbox, oldest first.
    pub async fn mailbox(&self, account: AccountId, role: Role) -> Vec<Vec<u8>> {
        let account = self.store.account(account).await.unwrap();
        let numbers = account.read(|state| state.role(role).numbers().to_vec()).await.unwrap();
        let contents = account.contents(&numbers).await.unwrap();
        contents.into_iter().map(|c| c.unwrap().to_vec()).collect()
    }

    /// The DSNs in an inbox: subject, words for the person, status fields.
    pub async fn dsns(&self, account: AccountId) -> Vec<(String, String, String)> {
        let mails = self.mailbox(account, Role::Inbox).await;
        let read = |mail: &Vec<u8>| {
            let facts = facts(mail);
            let [human, status, _] = &facts.structure.children[..] else { panic!("no report") };
            assert_eq!(status.subtype, "DELIVERY-STATUS");
            assert!(mail.starts_with(b"Return-Path: <>\r\n"), "null reverse-path");
            let status = String::from_utf8(decode_part(mail, status)).unwrap();
            (facts.subject.clone(), part_text(mail, human), status)
        };
        mails.iter().map(read).collect()
    }

    /// What waits.
    pub async fn waiting(&self) -> Vec<Queued> {
        self.queue.list().await.unwrap().into_iter().map(|(_, queued)| queued).collect()
    }

    /// Moves the clock and lets the robot work.
    pub async fn after(&self, seconds: i64) {
        self.clock.advance(seconds);
        self.relay.run_due().await;
    }
}
