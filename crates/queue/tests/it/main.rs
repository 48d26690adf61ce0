//! The queue over a real mail store, in memory.

use std::sync::Arc;

use engine::{Memory, Shared};
use mailstore::{Error, Mailstore, NewMessage, Rules};
use model::{AccountId, Clock, MessageNumber, Role, Timestamp};
use queue::{
    Config, Notify, Outcome, Queue, QueueError, QueueId, Queued, Recipient, Reply, Started, State,
};

const ALICE: AccountId = AccountId(1000);
const MAIL: &[u8] = b"From: alice@demo.test\r\nSubject: Lunch\r\n\r\nAt noon?\r\n";

struct Server {
    engine: Shared,
    store: Mailstore,
    queue: Queue,
    clock: Clock,
}

impl Server {
    fn new() -> Server {
        Server::on(Arc::new(Memory::new()), Clock::manual(1_000_000))
    }

    fn on(engine: Shared, clock: Clock) -> Server {
        let rules = Rules { leave_outbox: queue::leave_outbox, ..Rules::default() };
        let store =
            Mailstore::new(engine.clone(), clock.clone(), rules, mailstore::Config::default());
        let queue = Queue::new(store.clone(), clock.clone(), Config::default());
        Server { engine, store, queue, clock }
    }

    /// The same disk after a stop, however hard.
    async fn restarted(&self) -> Server {
        let server = Server::on(self.engine.clone(), self.clock.clone());
        server.queue.rebuild(&*server.engine, [ALICE]).await.expect("records are read");
        server
    }

    async fn submit(&self, delay: i64) -> QueueId {
        let now = self.clock.now();
        let queued = mail(now, now.plus(delay));
        let account = self.store.account(ALICE).await.expect("an account");
        let new = NewMessage::new(MAIL, now);
        let write =
            move |tx: &mut mailstore::Tx<'_>| queue::submit(tx, &new, &queued, Some(Role::Outbox));
        let number = account.write(write).await.expect("written");
        let id = QueueId::new(ALICE, number);
        self.queue.note(id, now.plus(delay));
        id
    }

    async fn mailbox_of(&self, number: MessageNumber) -> Vec<Role> {
        let account = self.store.account(ALICE).await.expect("an account");
        let roles = account
            .write(move |tx| {
                let places: Vec<_> = tx.labels(number).into_iter().map(|(id, _)| id).collect();
                Ok(Role::ALL.into_iter().filter(|r| places.contains(&tx.role(*r))).collect())
            })
            .await;
        roles.expect("read")
    }

    async fn cancel(&self, number: MessageNumber) -> Result<(), Error> {
        let account = self.store.account(ALICE).await.expect("an account");
        account.write(move |tx| tx.cancel(number)).await
    }

    async fn go(&self, id: QueueId) -> Queued {
        match self.queue.start(id).await.expect("started") {
            Started::Go(queued) => *queued,
            other => panic!("{other:?}"),
        }
    }
}

fn mail(now: Timestamp, due: Timestamp) -> Queued {
    let to = |a: &str| Recipient::new(a.parse().expect("an address"));
    let from = Some("alice@demo.test".parse().expect("an address"));
    let (number, blob) = (MessageNumber(0), engine::BlobId([0; 16]));
    Queued::new(number, blob, from, vec![to("bob@x.org"), to("carol@y.org")], now, due)
}

fn reply(code: u16) -> Reply {
    Reply::new(code, None, "said so", Some("mx.x.org".to_owned()))
}

#[tokio::test]
async fn a_mail_waits_in_outbox_and_goes_to_sent() {
    let server = Server::new();
    let id = server.submit(10).await;
    assert!(server.mailbox_of(id.message).await.contains(&Role::Outbox));
    assert_eq!(
        server.queue.start(id).await.expect("asked"),
        Started::NotBefore(Timestamp(1_000_010))
    );
    assert_eq!(server.queue.take_due(server.clock.now(), 9), []);
    server.clock.advance(10);
    assert_eq!(server.queue.take_due(server.clock.now(), 9), [id]);
    let queued = server.go(id).await;
    assert_eq!((queued.state, queued.attempts), (State::Sending, 1));
    let places = server.mailbox_of(id.message).await;
    assert!(places.contains(&Role::Sent) && !places.contains(&Role::Outbox), "{places:?}");
}

#[tokio::test]
async fn a_held_mail_can_be_taken_back_and_a_sent_one_cannot() {
    let server = Server::new();
    let (held, sent) = (server.submit(10).await, server.submit(0).await);
    server.cancel(held.message).await.expect("taken back");
    assert!(server.mailbox_of(held.message).await.contains(&Role::Drafts));
    server.clock.advance(10);
    assert_eq!(server.queue.start(held).await.expect("asked"), Started::Gone);
    server.go(sent).await;
    assert!(server.cancel(sent.message).await.is_err());
    assert!(server.mailbox_of(sent.message).await.contains(&Role::Sent));
}

#[tokio::test]
async fn results_are_kept_and_the_finished_mail_is_forgotten() {
    let server = Server::new();
    let id = server.submit(0).await;
    assert_eq!(server.queue.take_due(server.clock.now(), 9), [id]);
    server.go(id).await;
    let relayed = Outcome::Relayed { dsn: true, reply: reply(250) };
    let results = vec![(0, relayed.clone()), (1, Outcome::Later(reply(450)))];
    let queued = server.queue.record(id, results).await.expect("recorded").expect("there");
    assert_eq!(queued.pending().collect::<Vec<_>>(), [1]);
    server.queue.finish(id, Some(queued.due));
    assert_eq!(server.queue.next_due(), Some(Timestamp(1_000_060)));

    let server = server.restarted().await;
    assert_eq!(server.queue.show(id).await.expect("shown"), queued);
    server.clock.advance(60);
    assert_eq!(server.queue.take_due(server.clock.now(), 9), [id]);
    server.go(id).await;
    server.queue.record(id, vec![(1, relayed)]).await.expect("recorded");
    server.queue.finish(id, None);
    assert!(server.restarted().await.queue.is_empty());
    assert!(server.mailbox_of(id.message).await.contains(&Role::Sent));
}

#[tokio::test]
async fn an_attempt_that_a_crash_interrupted_is_made_again() {
    let server = Server::new();
    let id = server.submit(0).await;
    server.go(id).await;
    let server = server.restarted().await;
    assert_eq!(server.queue.take_due(server.clock.now(), 9), [id]);
    assert_eq!(server.go(id).await.attempts, 2);
}

#[tokio::test]
async fn deleting_from_sent_does_not_lose_what_waits() {
    let server = Server::new();
    let id = server.submit(0).await;
    let queued = server.go(id).await;
    let account = server.store.account(ALICE).await.expect("an account");
    let number = id.message;
    let destroy = move |tx: &mut mailstore::Tx<'_>| {
        tx.trash(&[number])?;
        tx.destroy(&[number])
    };
    account.write(destroy).await.expect("destroyed");
    assert_eq!(account.content(number).await.expect("read"), None);
    let content = server.queue.content(id, &queued).await.expect("read");
    assert_eq!(content.as_deref(), Some(MAIL));
}

#[tokio::test]
async fn mail_nobody_here_sent_leaves_nothing_behind() {
    let server = Server::new();
    let now = server.clock.now();
    let queued = Queued { reverse_path: None, ..mail(now, now) };
    let id = server.queue.put(NewMessage::new(MAIL, now), queued).await.expect("kept");
    assert_eq!(id.account, AccountId::MAILER);
    let server = server.restarted().await;
    assert_eq!(server.queue.take_due(now, 9), [id]);
    let queued = server.go(id).await;
    let results = vec![(0, Outcome::Failed(reply(550))), (1, Outcome::Delivered)];
    server.queue.record(id, results).await.expect("recorded");
    let mailer = server.store.account(AccountId::MAILER).await.expect("an account");
    assert_eq!(mailer.read(|state| state.usage().messages).await.expect("read"), 0);
    assert_eq!(server.queue.content(id, &queued).await.expect("read"), None);
}

#[tokio::test]
async fn an_administrator_holds_retries_and_removes() {
    let server = Server::new();
    let id = server.submit(100).await;
    assert!(server.queue.hold(id).await.expect("held").on_hold);
    server.clock.advance(1000);
    assert_eq!(server.queue.take_due(server.clock.now(), 9), []);
    assert_eq!(server.queue.list().await.expect("listed").len(), 1);
    let server = server.restarted().await;
    assert_eq!(server.queue.take_due(server.clock.now(), 9), [], "a hold outlives a restart");
    server.queue.retry(id).await.expect("retried");
    assert_eq!(server.queue.take_due(server.clock.now(), 9), [id]);
    assert!(matches!(server.queue.remove(id, false).await, Err(QueueError::Busy(_))));
    server.queue.finish(id, Some(server.clock.now()));
    server.queue.remove(id, false).await.expect("removed");
    assert!(server.queue.is_empty());
    assert!(matches!(server.queue.show(id).await, Err(QueueError::NoSuchMail(_))));
    assert!(server.restarted().await.queue.is_empty());
}

#[tokio::test]
async fn removing_with_notice_owes_the_sender_a_dsn() {
    let server = Server::new();
    let id = server.submit(0).await;
    server.queue.remove(id, true).await.expect("removed");
    assert_eq!(server.queue.take_due(server.clock.now(), 9), [id]);
    let queued = server.go(id).await;
    assert_eq!((queued.attempts, queued.pending().count()), (0, 0));
    let notices = queued.notices(server.clock.now(), server.queue.config());
    assert_eq!(notices.failed, [0, 1]);
    server.queue.told(id, notices).await.expect("told");
    server.queue.finish(id, None);
    assert!(server.restarted().await.queue.is_empty());
}

#[tokio::test]
async fn a_mail_to_thousands_is_kept() {
    let server = Server::new();
    let now = server.clock.now();
    let to = |at: usize| {
        let address = format!("someone.with.a.name{at}@a.rather.long.domain.example");
        Recipient::new(address.parse().expect("an address")).with_dsn(Notify::Never, None)
    };
    let queued = Queued { recipients: (0..3000).map(to).collect(), ..mail(now, now) };
    let id = server.queue.put(NewMessage::new(MAIL, now), queued).await.expect("kept");
    server.go(id).await;
    let results = (0..2999).map(|at| (at, Outcome::Delivered)).collect();
    server.queue.record(id, results).await.expect("recorded");
    let left = server.restarted().await.queue.show(id).await.expect("shown");
    assert_eq!(left.pending().collect::<Vec<_>>(), [2999]);
}
