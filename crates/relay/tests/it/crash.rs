//! The power goes off at each step in turn, and nothing is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use engine::{BlobId, Commit, CommitId, Engine, Error, Key, Memory, Outcome, Page, Space, Version};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use model::{AccountId, Clock, Role};
use relay::Config;

use crate::mail_server::MailServer;
use crate::name_server::Zone;
use crate::world::World;

/// An engine that makes so many commits more and then stops; the one it stops
/// at is done or not, and not answered in either case.
struct Dying {
    inner: Memory,
    left: AtomicI64,
    last_is_done: bool,
}

impl Engine for Dying {
    fn version(&self, account: AccountId) -> BoxFuture<'_, Result<Version, Error>> {
        self.inner.version(account)
    }

    fn get(
        &self,
        account: AccountId,
        keys: Vec<Key>,
    ) -> BoxFuture<'_, Result<Vec<Option<Bytes>>, Error>> {
        self.inner.get(account, keys)
    }

    fn scan(
        &self,
        account: AccountId,
        from: Key,
        to: Key,
        after: Option<Key>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Page, Error>> {
        self.inner.scan(account, from, to, after, limit)
    }

    fn commit(&self, commits: Vec<Commit>) -> BoxFuture<'_, Result<Vec<Outcome>, Error>> {
        let left = self.left.fetch_sub(1, Ordering::SeqCst);
        let stopped = || Error::Stopped("the power is off".to_owned());
        async move {
            if left > 0 {
                return self.inner.commit(commits).await;
            }
            if left == 0 && self.last_is_done {
                self.inner.commit(commits).await?;
            }
            Err(stopped())
        }
        .boxed()
    }

    fn find_commit(
        &self,
        account: AccountId,
        id: CommitId,
    ) -> BoxFuture<'_, Result<Option<Version>, Error>> {
        self.inner.find_commit(account, id)
    }

    fn blobs(&self, ids: Vec<BlobId>) -> BoxFuture<'_, Result<Vec<Option<Bytes>>, Error>> {
        self.inner.blobs(ids)
    }

    fn space(&self) -> Option<Space> {
        self.inner.space()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.inner.close()
    }
}

const PLENTY: i64 = 1 << 40;

/// Sends one mail to someone outside, to nobody, and to bob; the power goes
/// off after `steps` commits of that. Answers whether it went off at all.
async fn crash_after(steps: i64, last_is_done: bool) -> bool {
    let server = MailServer::default();
    server.change(|s| {
        s.rcpt.insert("nobody@x.org".into(), "550 5.1.1 no".into());
    });
    let (address, _) = server.listen("127.0.0.1:0").await;
    let zone = Zone::default();
    zone.mx("x.org", 10, "mx.x.org");
    zone.a("mx.x.org", "127.0.0.1");
    let config =
        Config { resolver: Some(zone.serve().await), port: address.port(), ..Config::default() };
    let clock = Clock::manual(1_795_462_200);
    let engine =
        Arc::new(Dying { inner: Memory::new(), left: AtomicI64::new(PLENTY), last_is_done });

    let world = World::on(engine.clone(), clock.clone(), zone.clone(), config.clone()).await;
    world.submit(&["carol@x.org", "nobody@x.org", "bob@demo.test"]).await;
    engine.left.store(steps, Ordering::SeqCst);
    world.after(0).await;
    let went_off = engine.left.load(Ordering::SeqCst) < 0;
    drop(world);

    engine.left.store(PLENTY, Ordering::SeqCst);
    let world = World::on(engine, clock, zone, config).await;
    for _ in 0..4 {
        world.after(3600).await;
    }
    let at = format!("after {steps} commits, the next is done: {last_is_done}");
    assert!(world.waiting().await.is_empty(), "{at}");
    let sent = server.received().len();
    let here = world.mailbox(world.bob, Role::Inbox).await.len();
    let told = world.dsns(world.alice).await.len();
    for (what, count) in [("sent", sent), ("delivered", here), ("told", told)] {
        assert!((1..=2).contains(&count), "{what} {count} times, {at}");
    }
    if !went_off {
        assert_eq!((sent, here, told), (1, 1, 1), "once without a crash");
    }
    assert_eq!(world.mailbox(world.alice, Role::Sent).await.len(), 1, "{at}");
    went_off
}

#[tokio::test]
async fn nothing_is_lost_whenever_the_power_goes_off() {
    for last_is_done in [false, true] {
        let mut steps = 0;
        while crash_after(steps, last_is_done).await {
            steps += 1;
            assert!(steps < 50, "it takes fewer commits");
        }
        assert!(steps >= 4, "the attempt, the delivery, the results, the DSN: {steps}");
    }
}
