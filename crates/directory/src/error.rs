//! Why the directory refused a change.

use model::{AccountId, Address, AddressError};

/// Callers act on the variant; the text is for administrators.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A text that is no domain name or no address.
    #[error("{text:?} cannot be used: {cause}")]
    BadName {
        /// As it was given.
        text: String,
        /// What is wrong with it.
        cause: AddressError,
    },

    /// `+` marks a subaddress, so an account cannot have one in its name.
    #[error("{0} has a + in it, which marks a subaddress; choose a name without")]
    PlusInName(Address),

    /// Only addresses of domains served here can be made.
    #[error("{0} is not a domain of this server; add it first")]
    NoSuchDomain(String),

    /// It is there already.
    #[error("the domain {0} exists already")]
    DomainExists(String),

    /// Its addresses must go first.
    #[error(
        "the domain {name} still has {accounts} accounts and {aliases} aliases; remove or rename them first"
    )]
    DomainInUse {
        /// The domain.
        name: String,
        /// Accounts with an address in it.
        accounts: usize,
        /// Aliases in it.
        aliases: usize,
    },

    /// An account or an alias has this address.
    #[error("{0} exists already; choose another address")]
    AddressTaken(Address),

    /// No account has this number.
    #[error("there is no account number {0}")]
    NoSuchAccount(AccountId),

    /// No account has this address.
    #[error("there is no account {0}; an alias leads to addresses of accounts")]
    NoSuchAddress(Address),

    /// An alias that leads nowhere.
    #[error("the alias {0} needs at least one account to lead to")]
    EmptyAlias(Address),

    /// More accounts than one row can name.
    #[error("the alias {address} leads to more than {limit} accounts; make it smaller")]
    AliasTooLarge {
        /// The alias.
        address: Address,
        /// How many it may have.
        limit: usize,
    },

    /// No alias has this address.
    #[error("there is no alias {0}")]
    NoSuchAlias(Address),

    /// No app password has this number.
    #[error("there is no such app password")]
    NoSuchAppPassword,

    /// Somebody must be left to administrate, and to read postmaster's mail.
    #[error("{0} is the last administrator; make another account administrator first")]
    LastAdministrator(Address),

    /// Too easily guessed.
    #[error("the password is too short; take at least {0} characters")]
    PasswordTooShort(usize),

    /// Longer than any protocol carries.
    #[error("the password is longer than {0} bytes; take a shorter one")]
    PasswordTooLong(usize),

    /// A name, label or setting over its limit.
    #[error("the {what} is longer than {limit} bytes")]
    TooLong {
        /// Which text.
        what: &'static str,
        /// How long it may be.
        limit: usize,
    },

    /// Other processes changed the directory again and again meanwhile.
    #[error("the directory is being changed by others; try again")]
    Contended,

    /// Our fault: the password could not be hashed.
    #[error("hashing the password failed: {0}")]
    Hashing(String),

    /// Our fault, never the user's: the cause goes to the log.
    #[error("the directory could not be read or written")]
    Engine(#[from] engine::Error),
}

impl Error {
    /// Whether the same request may succeed later.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Error::Contended | Error::Hashing(_) | Error::Engine(_))
    }
}
