//! A house for tests: the people of RFC 5321 appendix D, and a list of what was taken.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use delivery::{Arrival, Reason, Refusal, Submission};
use directory::sasl::Credentials;
use directory::{AccountInfo, Error, FileSent, LoginError, OnExpunge, OnPopDelete, Quota};
use model::{AccountId, Address, Timestamp};

/// Everybody lives at foo.com but Green. A local part that begins with `full`,
/// `spam` or `later` is refused with the message.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fake {
    pub(crate) arrivals: Arc<Mutex<Vec<Arrival>>>,
    pub(crate) submissions: Arc<Mutex<Vec<Submission>>>,
    pub(crate) disk_full: bool,
}

fn refusal(code: u16, enhanced: &'static str, text: &str) -> Refusal {
    Refusal { code, enhanced, text: text.into(), reason: Reason::BadMessage("refused") }
}

impl Fake {
    pub(super) fn accepts_mail(&self) -> Result<(), Refusal> {
        if self.disk_full {
            return Err(refusal(452, "4.3.1", "The disk is nearly full"));
        }
        Ok(())
    }

    pub(super) fn check_sender(
        &self,
        account: &AccountInfo,
        reverse_path: Option<&Address>,
    ) -> Result<(), Refusal> {
        match reverse_path {
            Some(address) if *address != account.address => {
                Err(refusal(550, "5.7.1", "You may not write as this"))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn check_recipient(
        &self,
        recipient: &Address,
        size: Option<u64>,
    ) -> Result<(), Refusal> {
        if recipient.domain() != "foo.com" {
            return Err(refusal(550, "5.7.1", "We do not relay"));
        }
        if size.is_some_and(|size| size > 400_000) {
            return Err(refusal(452, "4.2.2", "Mailbox full"));
        }
        self.check_destination(recipient)
    }

    pub(super) fn check_destination(&self, recipient: &Address) -> Result<(), Refusal> {
        let green = recipient.local().eq_ignore_ascii_case("green");
        if green && recipient.domain() == "foo.com" {
            return Err(refusal(550, "5.1.1", "No such user here"));
        }
        Ok(())
    }

    pub(super) fn login(&self, credentials: &Credentials) -> Result<AccountInfo, LoginError> {
        match (credentials.user.as_str(), credentials.password.expose()) {
            ("smith@foo.com", "secret") => Ok(account("smith@foo.com")),
            ("jones@foo.com", "secret") => Err(LoginError::Suspended),
            ("fast@foo.com", _) => Err(LoginError::TooFast { retry_after: Duration::from_secs(8) }),
            ("broken@foo.com", _) => Err(LoginError::Engine(Error::NoSuchDomain("a test".into()))),
            _ => Err(LoginError::Refused),
        }
    }

    pub(super) fn receive_as_one(&self, arrival: Arrival) -> Result<(), Refusal> {
        let results = self.receive(arrival);
        let first = results.iter().find_map(|result| result.as_ref().err()).cloned();
        if results.iter().any(Result::is_ok) { Ok(()) } else { Err(first.expect("a refusal")) }
    }

    pub(super) fn receive(&self, arrival: Arrival) -> Vec<Result<(), Refusal>> {
        let judge = |recipient: &Address| match recipient.local() {
            local if local.starts_with("full") => Err(refusal(452, "4.2.2", "Mailbox full")),
            local if local.starts_with("spam") => Err(refusal(550, "5.7.1", "Looks like spam")),
            _ => Ok(()),
        };
        let results = arrival.recipients.iter().map(judge).collect();
        self.arrivals.lock().expect("not poisoned").push(arrival);
        results
    }

    pub(super) fn submit(&self, submission: Submission) -> Result<(), Refusal> {
        self.submissions.lock().expect("not poisoned").push(submission);
        Ok(())
    }
}

fn account(address: &str) -> AccountInfo {
    AccountInfo {
        id: AccountId(1000),
        address: address.parse().expect("an address"),
        name: String::new(),
        administrator: false,
        suspended: false,
        quota: Quota { base: 0, growth_per_day: 0, since: Timestamp(0), fixed: false },
        language: "en".into(),
        created: Timestamp(0),
        file_sent: FileSent::Auto,
        on_expunge: OnExpunge::default(),
        on_pop_delete: OnPopDelete::default(),
    }
}
