//! What can be asked, and what is answered: one JSON object per line.

use ::queue::QueueId;
use model::{Address, Secret};
use serde::{Deserialize, Serialize, Serializer};

use super::messages::{Exported, Import, Imported, MailboxFacts};
use super::queue::{QueueRow, QueuedMail};
use super::rows::{AccountRow, AliasRow, AppPasswordRow, DomainRow};
use crate::say::Sentence;

/// One operation on the store.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each is the command of the same name")]
pub enum Request {
    DomainAdd {
        name: String,
    },
    DomainList,
    DomainRemove {
        name: String,
    },
    AccountAdd {
        address: Address,
        #[serde(serialize_with = "expose")]
        password: Secret,
        quota: Option<u64>,
        administrator: bool,
        language: String,
    },
    AccountList,
    AccountRemove {
        address: Address,
    },
    AccountRename {
        address: Address,
        to: Address,
    },
    AccountSuspend {
        address: Address,
        suspended: bool,
    },
    AccountPassword {
        address: Address,
        #[serde(serialize_with = "expose")]
        password: Secret,
    },
    AccountQuota {
        address: Address,
        quota: Option<u64>,
    },
    AppPasswordAdd {
        address: Address,
        label: String,
        protocols: Option<Vec<directory::Protocol>>,
    },
    AppPasswordList {
        address: Address,
    },
    AppPasswordRevoke {
        address: Address,
        id: u32,
    },
    AliasAdd {
        alias: Address,
        to: Vec<Address>,
    },
    AliasList,
    AliasRemove {
        alias: Address,
    },
    QueueList,
    QueueShow {
        id: QueueId,
    },
    QueueRetry {
        id: QueueId,
    },
    QueueHold {
        id: QueueId,
    },
    QueueRemove {
        id: QueueId,
        tell: bool,
    },
    /// The mailboxes of an account, for an export.
    Mailboxes {
        address: Address,
    },
    /// Messages of a mailbox behind `after`, with their bytes as payload.
    Export {
        address: Address,
        mailbox: u32,
        after: u32,
    },
    /// Messages whose bytes are the payload, one after the other.
    Import {
        address: Address,
        messages: Vec<Import>,
    },
}

/// The name of the socket says who may read this: only the owner of the data.
fn expose<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "is", content = "with", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each answers the request of its name")]
pub enum Reply {
    Done(Sentence),
    Domains(Vec<DomainRow>),
    Accounts(Vec<AccountRow>),
    Aliases(Vec<AliasRow>),
    AppPasswords(Vec<AppPasswordRow>),
    Queue(Vec<QueueRow>),
    Queued(QueuedMail),
    /// A secret that is shown once.
    NewAppPassword {
        id: u32,
        password: String,
    },
    Mailboxes(Vec<MailboxFacts>),
    Exported(Vec<Exported>),
    Imported(Imported),
}
