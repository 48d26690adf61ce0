//! What a message undergoes, on a store in memory.

use std::sync::Arc;

use bytes::Bytes;
use delivery::{Arrival, Config, Delivery, Reason, Submission, Trace};
use directory::{Directory, FileSent};
use engine::{Faults, Memory};
use mailstore::{Mailstore, OnPopDelete, Policy, Rules};
use model::{AccountId, Address, Clock, Role, Secret};
use queue::Queue;

struct House {
    engine: Arc<Memory>,
    directory: Directory,
    mailstore: Mailstore,
    queue: Queue,
    delivery: Delivery,
    alice: AccountId,
    bob: AccountId,
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

impl House {
    async fn new() -> House {
        let engine = Arc::new(Memory::new());
        let clock = Clock::manual(1_800_000_000);
        let config = directory::Config::for_tests();
        let directory = Directory::open(engine.clone(), clock.clone(), config).await.unwrap();
        directory.add_domain("x.org").await.unwrap();
        let quotas = directory.clone();
        let policy = move |id| {
            let quota = quotas.account(id).map(|info| info.quota.base);
            Policy {
                quota,
                on_pop_delete: OnPopDelete::Archive,
                replace_filed: true,
                ..Policy::default()
            }
        };
        let rules = Rules { policy: Arc::new(policy), leave_outbox: queue::leave_outbox };
        let mailstore =
            Mailstore::new(engine.clone(), clock.clone(), rules, mailstore::Config::default());
        let queue = Queue::new(mailstore.clone(), clock, queue::Config::default());
        let delivery = Delivery::new(
            directory.clone(),
            mailstore.clone(),
            queue.clone(),
            "mx.x.org",
            Config::default(),
        );
        let add = async |name: &str, quota| {
            let secret = Secret::new("a long password");
            directory
                .add_account(&address(name), &secret, quota, name.starts_with("alice"), "fr")
                .await
        };
        let alice = add("alice@x.org", None).await.unwrap();
        let bob = add("bob@x.org", Some(2000)).await.unwrap();
        House { engine, directory, mailstore, queue, delivery, alice, bob }
    }

    /// Texts of a mailbox.
    async fn texts(&self, id: AccountId, role: Role) -> Vec<String> {
        let account = self.mailstore.account(id).await.unwrap();
        let numbers = account.read(|s| s.role(role).numbers().to_vec()).await.unwrap();
        let texts = account.contents(&numbers).await.unwrap();
        texts.into_iter().map(|t| String::from_utf8(t.unwrap().to_vec()).unwrap()).collect()
    }

    fn submission(&self, content: &str, to: &str) -> Submission {
        Submission {
            account: self.alice,
            trace: Trace { helo: "laptop".into(), protocol: "ESMTPSA".into(), ..Trace::default() },
            reverse_path: Some(address("alice@x.org")),
            recipients: vec![queue::Recipient::new(address(to))],
            content: Bytes::from(content.replace('\n', "\r\n")),
            delay_seconds: 10,
            ret: None,
            envid: None,
            smtputf8: false,
        }
    }
}

fn arrival(content: &str, to: &[&str]) -> Arrival {
    Arrival {
        trace: Trace {
            helo: "mail.y.org".into(),
            peer: Some([192, 0, 2, 1].into()),
            protocol: "ESMTPS".into(),
            tls: Some("TLSv1.3".into()),
            id: "7f3a".into(),
        },
        reverse_path: Some(address("carol@y.org")),
        recipients: to.iter().map(|to| address(to)).collect(),
        content: Bytes::from(content.replace('\n', "\r\n")),
    }
}

const HELLO: &str = "From: carol@y.org\nTo: alice@x.org\nSubject: hello\n\nHello.\n";

#[tokio::test]
async fn what_arrives_is_kept_byte_for_byte_behind_its_prefix() {
    let house = House::new().await;
    let results = house.delivery.receive(&arrival(HELLO, &["alice+shop@x.org"])).await;
    assert_eq!(results, [Ok(())]);
    let texts = house.texts(house.alice, Role::Inbox).await;
    let prefix = "Return-Path: <carol@y.org>\r\nDelivered-To: alice+shop@x.org\r\nReceived: from mail.y.org ([192.0.2.1])\r\n\tby mx.x.org (Facteur) with ESMTPS\r\n\t(TLSv1.3)\r\n\tid 7f3a\r\n\tfor <alice+shop@x.org>;\r\n\t";
    assert!(texts[0].starts_with(prefix), "{}", texts[0]);
    assert!(texts[0].ends_with(&HELLO.replace('\n', "\r\n")));
}

#[tokio::test]
async fn recipients_are_checked_before_the_mail() {
    let house = House::new().await;
    let check = async |to: &str, size| {
        house.delivery.check_recipient(&address(to), size).await.map_err(|r| (r.code, r.enhanced))
    };
    assert_eq!(check("alice@x.org", None).await, Ok(()));
    assert_eq!(check("postmaster@x.org", None).await, Ok(()));
    assert_eq!(check("nobody@x.org", None).await, Err((550, "5.1.1")));
    assert_eq!(check("carol@y.org", None).await, Err((550, "5.7.1")));
    assert_eq!(check("bob@x.org", Some(5000)).await, Err((452, "4.2.2")));
    house.directory.suspend(house.bob, true).await.unwrap();
    assert_eq!(check("bob@x.org", None).await, Err((550, "5.2.1")));
}

#[tokio::test]
async fn several_recipients_share_the_blob_and_one_account_gets_one_copy() {
    let house = House::new().await;
    let to = ["alice@x.org", "alice+a@x.org", "bob@x.org"];
    let results = house.delivery.receive(&arrival(HELLO, &to)).await;
    assert_eq!(results, [Ok(()), Ok(()), Ok(())]);
    assert_eq!(house.texts(house.alice, Role::Inbox).await.len(), 1);
    assert_eq!(house.texts(house.bob, Role::Inbox).await.len(), 1);
    assert_eq!(house.engine.blob_count(), 1);
}

#[tokio::test]
async fn one_reply_for_several_is_a_refusal_only_if_all_refuse() {
    let house = House::new().await;
    let large = format!("{HELLO}{}", "x".repeat(3000));
    let both = arrival(&large, &["alice@x.org", "bob@x.org"]);
    assert_eq!(house.delivery.receive_as_one(&both).await, Ok(()));
    assert_eq!(house.texts(house.alice, Role::Inbox).await.len(), 1);
    let waiting = house.queue.list().await.unwrap();
    assert_eq!(waiting.len(), 1, "what Bob could not have now waits, durably");
    assert_eq!(waiting[0].0.account, AccountId::MAILER);
    assert_eq!(waiting[0].1.recipients[0].address, address("bob@x.org"));
    let alone = arrival(&large, &["bob@x.org"]);
    let refused = house.delivery.receive_as_one(&alone).await.unwrap_err();
    assert_eq!((refused.code, refused.reason), (452, Reason::MailboxFull));
}

#[tokio::test]
async fn an_alias_of_two_loses_nobodys_copy() {
    let house = House::new().await;
    let both = [address("alice@x.org"), address("bob@x.org")];
    house.directory.add_alias(&address("team@x.org"), &both).await.unwrap();
    let large = format!("{HELLO}{}", "x".repeat(3000));
    assert_eq!(house.delivery.receive(&arrival(&large, &["team@x.org"])).await, [Ok(())]);
    let waiting = house.queue.list().await.unwrap();
    assert_eq!(
        waiting[0].1.recipients[0].address,
        address("bob@x.org"),
        "and Alice gets no second"
    );
}

#[tokio::test]
async fn loops_and_bare_line_ends_are_refused() {
    let house = House::new().await;
    let received = "Received: from a by b; Thu, 1 Jan 1970 00:00:00 +0000\n".repeat(51);
    let looping = arrival(&format!("{received}{HELLO}"), &["alice@x.org"]);
    let refused = house.delivery.receive_as_one(&looping).await.unwrap_err();
    assert_eq!((refused.code, refused.reason), (554, Reason::Loop));
    let bare = Arrival { content: Bytes::from_static(b"From: a\n\nx"), ..looping };
    assert_eq!(house.delivery.receive_as_one(&bare).await.unwrap_err().code, 554);
    assert!(house.texts(house.alice, Role::Inbox).await.is_empty());
}

#[tokio::test]
async fn a_full_disk_is_told_and_nothing_is_acknowledged() {
    let house = House::new().await;
    house.engine.set_faults(Faults { full: true, ..Faults::default() }, 1);
    assert_eq!(house.delivery.accepts_mail().unwrap_err().code, 452);
    let refused = house.delivery.receive_as_one(&arrival(HELLO, &["alice@x.org"])).await;
    assert_eq!(refused.unwrap_err().code, 452);
    house.engine.set_faults(Faults { broken: true, ..Faults::default() }, 1);
    let refused = house.delivery.receive_as_one(&arrival(HELLO, &["alice@x.org"])).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code, 451);
    assert!(!refused.text.contains("test"), "no cause from inside: {}", refused.text);
}

#[tokio::test]
async fn a_submission_is_one_commit_and_can_be_taken_back() {
    let house = House::new().await;
    let account = house.mailstore.account(house.alice).await.unwrap();
    let before = account.read(|s| s.modseq().0).await.unwrap();
    let sent = house.delivery.submit(house.submission("Subject: x\n\nText\n", "carol@y.org")).await;
    let sent = sent.unwrap();
    assert_eq!(account.read(|s| s.modseq().0).await.unwrap(), before + 1, "one commit");
    let texts = house.texts(house.alice, Role::Outbox).await;
    for field in ["Received: from laptop", "From: <alice@x.org>", "Date: ", "Message-ID: <"] {
        assert!(texts[0].contains(field), "{field} in {}", texts[0]);
    }
    assert_eq!(house.queue.list().await.unwrap()[0].0, sent.id);
    house.delivery.cancel(house.alice, sent.id.message).await.unwrap();
    assert!(house.queue.list().await.unwrap().is_empty());
    assert_eq!(house.texts(house.alice, Role::Drafts).await.len(), 1);
    assert!(house.texts(house.alice, Role::Outbox).await.is_empty());
}

#[tokio::test]
async fn nobody_writes_as_somebody_else() {
    let house = House::new().await;
    let mut stolen = house.submission("From: bob@x.org\n\nText\n", "carol@y.org");
    let refused = house.delivery.submit(stolen.clone()).await.unwrap_err();
    assert_eq!(refused.reason, Reason::NotYourAddress("bob@x.org".into()));
    stolen.content = Bytes::from_static(b"From: alice@x.org\r\n\r\nText\r\n");
    stolen.reverse_path = Some(address("bob@x.org"));
    assert_eq!(house.delivery.submit(stolen).await.unwrap_err().code, 550);
    let own = house.submission("From: alice+news@x.org\n\nText\n", "carol@y.org");
    assert!(house.delivery.submit(own).await.is_ok(), "a subaddress is one's own");
}

#[tokio::test]
async fn an_account_that_files_its_own_mail_finds_none_of_ours() {
    let house = House::new().await;
    house.directory.set_file_sent(house.alice, FileSent::Never).await.unwrap();
    let direct =
        Submission { delay_seconds: 0, ..house.submission("Subject: x\n\nText\n", "carol@y.org") };
    let sent = house.delivery.submit(direct).await.unwrap();
    let account = house.mailstore.account(house.alice).await.unwrap();
    assert_eq!(account.read(|s| s.messages().len()).await.unwrap(), 0);
    let queued = house.queue.show(sent.id).await.unwrap();
    assert!(house.queue.content(sent.id, &queued).await.unwrap().is_some(), "and yet it is sent");
}
