//! The door to the rest of the house: the only place that speaks with
//! `delivery` and `directory`.

#[cfg(test)]
pub(crate) mod fake;

use std::net::IpAddr;

use bytes::Bytes;
use delivery::{Arrival, Delivery, Reason, Refusal, Submission, Trace};
use directory::sasl::Credentials;
use directory::{AccountInfo, Directory, LoginError, Protocol};
use model::Address;

use crate::transaction::Transaction;

/// The house, or in tests what stands for it.
pub(crate) enum Door {
    House {
        delivery: Delivery,
        directory: Directory,
    },
    #[cfg(test)]
    Fake(fake::Fake),
}

impl Door {
    /// Whether mail is taken at all now: not where the disk is nearly full.
    pub(crate) fn accepts_mail(&self) -> Result<(), Refusal> {
        match self {
            Door::House { delivery, .. } => delivery.accepts_mail(),
            #[cfg(test)]
            Door::Fake(fake) => fake.accepts_mail(),
        }
    }

    /// Whether the account may write as this.
    pub(crate) fn check_sender(
        &self,
        account: &AccountInfo,
        reverse_path: Option<&Address>,
    ) -> Result<(), Refusal> {
        match self {
            Door::House { delivery, directory } => {
                // A session outlives the sign-in; the account may not.
                let suspended = directory.account(account.id).is_none_or(|info| info.suspended);
                if suspended {
                    return Err(Refusal {
                        code: 550,
                        enhanced: "5.7.1",
                        text: "the account is suspended; ask the administrator".into(),
                        reason: Reason::Suspended(account.address.to_string()),
                    });
                }
                delivery.check_sender(account.id, reverse_path)
            }
            #[cfg(test)]
            Door::Fake(fake) => fake.check_sender(account, reverse_path),
        }
    }

    /// Whether mail for this address ends here.
    pub(crate) async fn check_recipient(
        &self,
        recipient: &Address,
        size: Option<u64>,
    ) -> Result<(), Refusal> {
        match self {
            Door::House { delivery, .. } => delivery.check_recipient(recipient, size).await,
            #[cfg(test)]
            Door::Fake(fake) => fake.check_recipient(recipient, size),
        }
    }

    /// Whether one of ours may send there.
    pub(crate) fn check_destination(&self, recipient: &Address) -> Result<(), Refusal> {
        match self {
            Door::House { delivery, .. } => delivery.check_destination(recipient),
            #[cfg(test)]
            Door::Fake(fake) => fake.check_destination(recipient),
        }
    }

    /// Who `<Postmaster>` without a domain is: that of the host's own domain if it
    /// is ours, else of the first one.
    pub(crate) fn postmaster(&self, hostname: &str) -> Option<Address> {
        let domain = match self {
            Door::House { directory, .. } if directory.is_local_domain(hostname) => {
                hostname.to_owned()
            }
            Door::House { directory, .. } => directory.domains().into_iter().next()?.name,
            #[cfg(test)]
            Door::Fake(_) => "foo.com".to_owned(),
        };
        Address::new("postmaster", &domain).ok()
    }

    /// Who this is.
    pub(crate) async fn login(
        &self,
        credentials: &Credentials,
        peer: IpAddr,
    ) -> Result<AccountInfo, LoginError> {
        match self {
            Door::House { directory, .. } => {
                let (user, password) = (&credentials.user, &credentials.password);
                Ok(directory.login(user, password, Protocol::Smtp, peer).await?.account)
            }
            #[cfg(test)]
            Door::Fake(fake) => fake.login(credentials),
        }
    }

    /// Takes a message for people here, with one answer for all of them.
    pub(crate) async fn receive_as_one(
        &self,
        transaction: Transaction,
        content: Bytes,
        trace: Trace,
    ) -> Result<(), Refusal> {
        let arrival = arrival(transaction, content, trace);
        match self {
            Door::House { delivery, .. } => delivery.receive_as_one(&arrival).await,
            #[cfg(test)]
            Door::Fake(fake) => fake.receive_as_one(arrival),
        }
    }

    /// The same with an answer for each, in the order of RCPT.
    pub(crate) async fn receive(
        &self,
        transaction: Transaction,
        content: Bytes,
        trace: Trace,
    ) -> Vec<Result<(), Refusal>> {
        let arrival = arrival(transaction, content, trace);
        match self {
            Door::House { delivery, .. } => delivery.receive(&arrival).await,
            #[cfg(test)]
            Door::Fake(fake) => fake.receive(arrival),
        }
    }

    /// Takes a message from one of ours, to leave at once.
    pub(crate) async fn submit(
        &self,
        account: &AccountInfo,
        transaction: Transaction,
        content: Bytes,
        trace: Trace,
    ) -> Result<(), Refusal> {
        let submission = Submission {
            account: account.id,
            trace,
            reverse_path: transaction.reverse_path,
            recipients: transaction.recipients,
            content,
            delay_seconds: 0,
            ret: transaction.ret,
            envid: transaction.envid,
            smtputf8: transaction.smtputf8,
        };
        match self {
            Door::House { delivery, .. } => delivery.submit(submission).await.map(drop),
            #[cfg(test)]
            Door::Fake(fake) => fake.submit(submission),
        }
    }
}

fn arrival(transaction: Transaction, content: Bytes, trace: Trace) -> Arrival {
    let recipients = transaction.recipients.into_iter();
    Arrival {
        trace,
        reverse_path: transaction.reverse_path,
        recipients: recipients.map(|recipient| recipient.address).collect(),
        content,
    }
}
