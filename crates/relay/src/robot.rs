//! The robot: it takes due mail, has it delivered, and tells the sender.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use delivery::{Arrival, Delivery, Refusal, Trace};
use directory::{Directory, Resolution};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use model::{Clock, Timestamp};
use net::Shutdown;
use queue::{Enhanced, Outcome, Queue, QueueId, Queued, Reply, Results, Started};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::config::{Config, ConfigError};
use crate::content;
use crate::dns::Dns;
use crate::route::{NoRoute, Route, route};
use crate::session::Sessions;
use crate::transaction::Transaction;

/// A mail that has seen more servers than this goes in circles (RFC 5321
/// §6.3 asks for 100 at most; 50 is what others use).
const MAX_RECEIVED: usize = 50;
/// After trouble in our own store, a mail waits so long.
const AFTER_TROUBLE: i64 = 60;
/// The longest sleep, so that a clock that was set is noticed.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// Transactions of one mail at the same time.
const GROUPS_AT_ONCE: usize = 8;
/// How long conversations may go on when the server stops.
const GRACE: Duration = Duration::from_secs(20);

/// The robot that delivers due mail. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Relay {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) queue: Queue,
    pub(crate) delivery: Delivery,
    pub(crate) directory: Directory,
    pub(crate) clock: Clock,
    dns: Arc<dyn Dns>,
    config: Config,
    sessions: Arc<Sessions>,
    mails: Arc<Semaphore>,
}

/// What becomes of a taken mail.
pub(crate) enum Next {
    Again(Timestamp),
    OnHold,
    Gone,
}

/// A taken mail: whatever happens to its task, the queue gets it back.
struct Taken {
    queue: Queue,
    id: QueueId,
    next: Next,
}

impl Drop for Taken {
    fn drop(&mut self) {
        match self.next {
            Next::Again(due) => self.queue.finish(self.id, Some(due)),
            Next::OnHold => self.queue.finish_on_hold(self.id),
            Next::Gone => self.queue.finish(self.id, None),
        }
    }
}

impl Relay {
    /// `dns` answers where mail goes: [`crate::Resolver`] in earnest.
    ///
    /// Fails where the settings name a file that cannot be read, or TLS cannot
    /// be set up at all.
    pub fn new(
        queue: Queue,
        delivery: Delivery,
        directory: Directory,
        clock: Clock,
        dns: Arc<dyn Dns>,
        config: Config,
    ) -> Result<Relay, ConfigError> {
        let verified = config.verified_tls()?;
        let sessions = Sessions::new(delivery.hostname(), &config, clock.clone(), verified)?;
        let mails = Arc::new(Semaphore::new(config.max_mails.max(1)));
        let sessions = Arc::new(sessions);
        let inner = Inner { queue, delivery, directory, clock, dns, config, sessions, mails };
        Ok(Relay { inner: Arc::new(inner) })
    }

    /// Works until `shutdown`, then gives conversations a while to end. What
    /// they did not finish is due again at the next start.
    pub async fn run(&self, shutdown: Shutdown) {
        let mut tasks = JoinSet::new();
        while !shutdown.is_begun() {
            self.begin_due(&mut tasks).await;
            while tasks.try_join_next().is_some() {}
            tokio::select! {
                () = shutdown.wait() => {}
                () = self.inner.queue.wait_for_work() => {}
                () = tokio::time::sleep(self.until_next()) => {}
            }
        }
        let all = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, all).await.is_err() {
            tracing::info!("mail that is still being sent will be sent again after the restart");
        }
        self.inner.sessions.close().await;
    }

    /// Works on all that is due and waits for it; answers how many mails that
    /// were. For tests, and whoever has a clock of their own.
    pub async fn run_due(&self) -> usize {
        let mut tasks = JoinSet::new();
        let mut count = 0;
        loop {
            let begun = self.begin_due(&mut tasks).await;
            count += begun;
            if tasks.join_next().await.is_none() && begun == 0 {
                return count;
            }
        }
    }

    async fn begin_due(&self, tasks: &mut JoinSet<()>) -> usize {
        let inner = &self.inner;
        if inner.queue.was_urged() {
            inner.sessions.forget_down();
        }
        let free = inner.mails.available_permits();
        let due = inner.queue.take_due(inner.clock.now(), free);
        let count = due.len();
        for id in due {
            let Ok(permit) = inner.mails.clone().acquire_owned().await else { break };
            let inner = inner.clone();
            tasks.spawn(async move {
                let again = Next::Again(inner.clock.now().plus(AFTER_TROUBLE));
                let mut taken = Taken { queue: inner.queue.clone(), id, next: again };
                match inner.work(id).await {
                    Ok(next) => taken.next = next,
                    Err(error) => {
                        tracing::error!(%id, %error, "a mail waits because the store failed");
                    }
                }
                drop(taken);
                drop(permit);
            });
        }
        count
    }

    fn until_next(&self) -> Duration {
        // Without a free place, the end of a task rings the bell.
        if self.inner.mails.available_permits() == 0 {
            return LONGEST_SLEEP;
        }
        let Some(due) = self.inner.queue.next_due() else { return LONGEST_SLEEP };
        let seconds = due.0.saturating_sub(self.inner.clock.now().0);
        Duration::from_secs(u64::try_from(seconds).unwrap_or(0)).min(LONGEST_SLEEP)
    }
}

impl Inner {
    /// One attempt on one mail, from its record to its record.
    async fn work(&self, id: QueueId) -> Result<Next, mailstore::Error> {
        let queued = match self.queue.start(id).await? {
            Started::Go(queued) => *queued,
            Started::NotBefore(due) => return Ok(Next::Again(due)),
            Started::OnHold => return Ok(Next::OnHold),
            Started::Gone => return Ok(Next::Gone),
        };
        let content = self.queue.content(id, &queued).await?;
        let queued = if queued.pending().next().is_some() {
            let results = self.attempt(id, &queued, content.as_ref()).await;
            log(id, &queued, &results);
            match self.queue.record(id, results).await? {
                Some(queued) => queued,
                None => return Ok(Next::Gone),
            }
        } else {
            queued
        };
        self.tell(id, queued, &content.unwrap_or_default()).await
    }

    /// Tries every pending recipient once.
    async fn attempt(&self, id: QueueId, queued: &Queued, content: Option<&Bytes>) -> Results {
        let pending: Vec<usize> = queued.pending().collect();
        let all =
            |reply: Reply| pending.iter().map(|at| (*at, Outcome::Failed(reply.clone()))).collect();
        let Some(content) = content else {
            let text = "the content of the message is no longer in the store";
            return all(Reply::ours(Enhanced(5, 3, 5), text));
        };
        if content::received_count(content) > MAX_RECEIVED {
            let text = format!("the message has passed {MAX_RECEIVED} servers: it goes in circles");
            return all(Reply::ours(Enhanced(5, 4, 6), &text));
        }
        let content = match queued.strip_bcc {
            true => match content::without_bcc(content) {
                std::borrow::Cow::Borrowed(_) => content.clone(),
                std::borrow::Cow::Owned(stripped) => stripped.into(),
            },
            false => content.clone(),
        };
        let address = |at: &usize| &queued.recipients[*at].address;
        let is_remote = |at: &usize| self.directory.resolve(address(at)) == Resolution::NotLocal;
        let (remote, local): (Vec<usize>, Vec<usize>) =
            pending.iter().partition(|at| is_remote(at));
        let (mut results, outside) = tokio::join!(
            self.deliver_here(id, queued, local, &content),
            self.deliver_outside(queued, remote, &content),
        );
        results.extend(outside);
        results
    }

    /// To mailboxes of this server, by the way of all arriving mail.
    async fn deliver_here(
        &self,
        id: QueueId,
        queued: &Queued,
        local: Vec<usize>,
        content: &Bytes,
    ) -> Results {
        if local.is_empty() {
            return Results::new();
        }
        let arrival = Arrival {
            trace: self.trace(id),
            reverse_path: queued.reverse_path.clone(),
            recipients: local.iter().map(|at| queued.recipients[*at].address.clone()).collect(),
            content: content.clone(),
        };
        let answers = self.delivery.receive(&arrival).await;
        local.into_iter().zip(answers).map(|(at, answer)| (at, outcome(answer))).collect()
    }

    /// How a mail that never left this server came to its mailbox.
    pub(crate) fn trace(&self, id: QueueId) -> Trace {
        Trace {
            helo: self.delivery.hostname().to_owned(),
            protocol: "LMTP".to_owned(),
            id: id.to_string(),
            ..Trace::default()
        }
    }

    /// To other servers, recipients with the same route together (RFC 5321
    /// §4.5.4.1: one copy for all of them).
    async fn deliver_outside(
        &self,
        queued: &Queued,
        remote: Vec<usize>,
        content: &Bytes,
    ) -> Results {
        let mut results = Results::new();
        let mut by_domain: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for at in remote {
            by_domain.entry(queued.recipients[at].address.domain()).or_default().push(at);
        }
        let hostname = self.delivery.hostname();
        let asked = FuturesUnordered::new();
        for (domain, recipients) in by_domain {
            let ask = async move {
                (route(domain, hostname, &self.config, &*self.dns).await, recipients)
            };
            asked.push(ask.boxed());
        }
        let mut asked = asked;
        let mut by_route: BTreeMap<Route, Vec<usize>> = BTreeMap::new();
        while let Some((found, recipients)) = asked.next().await {
            match found {
                Ok(route) => by_route.entry(route).or_default().extend(recipients),
                Err(no_route) => {
                    let outcome = match no_route {
                        NoRoute::Never(reply) => Outcome::Failed(reply),
                        NoRoute::Later(reply) => Outcome::Later(reply),
                    };
                    results.extend(recipients.into_iter().map(|at| (at, outcome.clone())));
                }
            }
        }
        let transaction = Transaction {
            sessions: &self.sessions,
            dns: &*self.dns,
            queued,
            content,
            max_hosts: self.config.max_hosts_per_attempt,
        };
        let at_once = self.config.max_recipients_per_transaction.max(1);
        let mut groups = Vec::new();
        for (route, recipients) in &by_route {
            for some in recipients.chunks(at_once) {
                groups.push(transaction.send(route, some, random).boxed());
            }
        }
        let mut sent = futures_util::stream::iter(groups).buffer_unordered(GROUPS_AT_ONCE);
        while let Some(more) = sent.next().await {
            results.extend(more);
        }
        results
    }
}

fn outcome(answer: Result<(), Refusal>) -> Outcome {
    match answer {
        Ok(()) => Outcome::Delivered,
        Err(refusal) => {
            let enhanced = Enhanced::parse(refusal.enhanced);
            let reply = Reply::new(refusal.code, enhanced, &refusal.text, None);
            if refusal.is_temporary() { Outcome::Later(reply) } else { Outcome::Failed(reply) }
        }
    }
}

/// A random number below `limit`.
fn random(limit: usize) -> usize {
    let number = getrandom::u64().unwrap_or(0);
    usize::try_from(number % limit.max(1) as u64).unwrap_or(0)
}

fn log(id: QueueId, queued: &Queued, results: &Results) {
    for (at, outcome) in results {
        let Some(recipient) = queued.recipients.get(*at) else { continue };
        let to = &recipient.address;
        match outcome {
            Outcome::Delivered => tracing::info!(%id, %to, "delivered"),
            Outcome::Relayed { reply, .. } => {
                tracing::info!(%id, %to, host = reply.host, %reply, "relayed");
            }
            Outcome::Later(reply) => tracing::info!(%id, %to, host = reply.host, %reply, "not yet"),
            Outcome::Failed(reply) => tracing::warn!(%id, %to, host = reply.host, %reply, "failed"),
        }
    }
}
