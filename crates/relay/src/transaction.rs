//! One mail to the recipients that share a route.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use queue::{Enhanced, Outcome, Queued, Reply, Results};
use smtp::client::{Capabilities, Envelope, Recipient, Response};

use crate::content;
use crate::dns::{Dns, DnsError};
use crate::route::{Hop, Route, in_order};
use crate::session::{Session, Sessions, Unreached, broken, reply_of};

/// What is needed to hand a mail over.
pub(crate) struct Transaction<'a> {
    pub(crate) sessions: &'a Arc<Sessions>,
    pub(crate) dns: &'a dyn Dns,
    pub(crate) queued: &'a Queued,
    /// As it leaves: without Bcc.
    pub(crate) content: &'a [u8],
    pub(crate) max_hosts: usize,
}

impl Transaction<'_> {
    /// Hands the mail to `recipients` by `route`: each hop in its turn, until
    /// one takes the conversation to its end (RFC 5321 §5.1).
    pub(crate) async fn send(
        &self,
        route: &Route,
        recipients: &[usize],
        random: fn(usize) -> usize,
    ) -> Results {
        let mut last: Option<Unreached> = None;
        let mut all_permanent = true;
        let mut tries = 0;
        for hop in in_order(route, random) {
            let addresses = match hop.addresses(self.dns).await {
                Ok(addresses) => addresses,
                Err(error) => {
                    let unreached = no_address(&hop, &error);
                    all_permanent &= unreached.permanent;
                    last = Some(unreached);
                    continue;
                }
            };
            if addresses.is_empty() {
                last.get_or_insert_with(|| no_address(&hop, &DnsError::NoSuchName));
            }
            for ip in addresses {
                if tries >= self.max_hosts.max(2) {
                    break;
                }
                tries += 1;
                match self.try_hop(&hop, ip, recipients).await {
                    Ok(results) => return results,
                    Err(unreached) => {
                        all_permanent &= unreached.permanent;
                        last = Some(unreached);
                    }
                }
            }
        }
        let reply = last.map_or_else(
            || Reply::ours(Enhanced(4, 4, 4), "no server is named for this domain"),
            |unreached| unreached.reply,
        );
        let outcome = if all_permanent && tries > 0 || is_hopeless(&reply) {
            Outcome::Failed(reply)
        } else {
            Outcome::Later(reply)
        };
        recipients.iter().map(|at| (*at, outcome.clone())).collect()
    }

    async fn try_hop(
        &self,
        hop: &Hop,
        ip: IpAddr,
        recipients: &[usize],
    ) -> Result<Results, Unreached> {
        let session = self.sessions.open(hop, ip, false).await?;
        let used = session.used;
        match self.talk(hop, session, recipients).await {
            // A kept conversation may have ended meanwhile; that says nothing
            // of the server.
            Err(_) if used => {
                let session = self.sessions.open(hop, ip, true).await?;
                self.talk(hop, session, recipients).await
            }
            result => result,
        }
    }

    async fn talk(
        &self,
        hop: &Hop,
        mut session: Session,
        recipients: &[usize],
    ) -> Result<Results, Unreached> {
        let can = session.client.capabilities().clone();
        let mut results = Results::new();
        let (content, recipients) = match self.fit(&can, recipients, &mut results) {
            Ok(fitting) => fitting,
            Err(reply) => {
                self.sessions.keep(session);
                results.extend(recipients.iter().map(|at| (*at, Outcome::Failed(reply.clone()))));
                return Ok(results);
            }
        };
        if recipients.is_empty() {
            self.sessions.keep(session);
            return Ok(results);
        }
        let mut left = recipients;
        while !left.is_empty() {
            let answers = session.client.send(&self.envelope(&left), &content).await;
            let answers = match answers {
                Ok(answers) => answers,
                // Some have it already; the others wait for the next attempt.
                Err(error) if !results.is_empty() => {
                    let reply = broken(hop, &error).reply;
                    results.extend(left.iter().map(|at| (*at, Outcome::Later(reply.clone()))));
                    return Ok(results);
                }
                Err(error) => {
                    tracing::info!(host = %hop.host, %error, "a conversation broke");
                    return Err(broken(hop, &error));
                }
            };
            let some_taken = answers.iter().any(Response::is_positive);
            let mut again = Vec::new();
            for (at, response) in left.into_iter().zip(&answers) {
                if some_taken && is_too_many(response) {
                    again.push(at);
                } else {
                    results.push((at, outcome(hop, response, can.dsn)));
                }
            }
            left = again;
        }
        self.sessions.keep(session);
        Ok(results)
    }

    /// What this hop can carry: the content in its form, and the recipients
    /// left. `Err` is for all of them.
    fn fit(
        &self,
        can: &Capabilities,
        recipients: &[usize],
        results: &mut Results,
    ) -> Result<(Cow<'_, [u8]>, Vec<usize>), Reply> {
        let mut left = recipients.to_vec();
        if !can.smtputf8 {
            let reply = Reply::ours(
                Enhanced(5, 6, 7),
                "the next server does not take addresses or headers beyond ASCII (SMTPUTF8)",
            );
            let sender = self.queued.reverse_path.as_ref();
            let header = self.queued.smtputf8 && !content::header(self.content).is_ascii();
            if header || sender.is_some_and(model::Address::needs_smtputf8) {
                // RFC 6531 §3.2: it must not be sent.
                return Err(reply);
            }
            left.retain(|at| {
                let carried = !self.queued.recipients[*at].address.needs_smtputf8();
                if !carried {
                    results.push((*at, Outcome::Failed(reply.clone())));
                }
                carried
            });
        }
        let mut content = Cow::Borrowed(self.content);
        if !can.eight_bit_mime && !can.smtputf8 && !content.is_ascii() {
            // RFC 6152 §3: convert it, or return it.
            let converted = content::seven_bit(self.content).ok_or_else(|| {
                let text = "the next server takes 7-bit mail only (no 8BITMIME), and this one cannot be converted without harm";
                Reply::ours(Enhanced(5, 6, 3), text)
            })?;
            content = Cow::Owned(converted);
        }
        if can.size.is_some_and(|max| max > 0 && content.len() as u64 > max) {
            // RFC 1870 §6.1
            let text = format!(
                "the message has {} bytes, and the next server takes {} at most",
                content.len(),
                can.size.unwrap_or_default()
            );
            return Err(Reply::ours(Enhanced(5, 3, 4), &text));
        }
        Ok((content, left))
    }

    fn envelope(&self, recipients: &[usize]) -> Envelope {
        let recipient = |at: &usize| {
            let recipient = &self.queued.recipients[*at];
            Recipient {
                address: recipient.address.clone(),
                notify: recipient.notify,
                orcpt: recipient.orcpt.clone(),
            }
        };
        Envelope {
            reverse_path: self.queued.reverse_path.clone(),
            recipients: recipients.iter().map(recipient).collect(),
            smtputf8: self.queued.smtputf8,
            ret: self.queued.ret,
            envid: self.queued.envid.clone(),
        }
    }
}

/// What an answer means for its recipient.
fn outcome(hop: &Hop, response: &Response, dsn: bool) -> Outcome {
    let reply = reply_of(hop, response);
    if response.is_positive() {
        Outcome::Relayed { dsn, reply }
    } else if response.is_permanent() {
        Outcome::Failed(reply)
    } else {
        Outcome::Later(reply)
    }
}

/// RFC 5321 §4.5.3.1.10: more recipients than the server takes at once; the
/// others go in a further transaction.
fn is_too_many(response: &Response) -> bool {
    match &response.enhanced {
        Some(enhanced) => (enhanced.1, enhanced.2) == (5, 3),
        None => matches!(response.code, 452 | 552),
    }
}

/// RFC 5321 §5.1: an MX that names a host without addresses is an error, but
/// of a zone that may be under repair.
fn no_address(hop: &Hop, error: &DnsError) -> Unreached {
    let (enhanced, permanent) = match error {
        DnsError::NoSuchName => (Enhanced(5, 4, 4), true),
        DnsError::Temporary(_) => (Enhanced(4, 4, 3), false),
    };
    let text = match error {
        DnsError::NoSuchName => format!("the host {} has no address", hop.host),
        DnsError::Temporary(why) => format!("the DNS gave no address of {}: {why}", hop.host),
    };
    Unreached { reply: Reply::ours(enhanced, &text), permanent }
}

/// Nothing was tried because no host of the domain has an address.
fn is_hopeless(reply: &Reply) -> bool {
    reply.enhanced == Some(Enhanced(5, 4, 4)) && reply.host.is_none()
}
