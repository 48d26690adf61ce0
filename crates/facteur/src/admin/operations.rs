//! Each operation, once, over opened services.

use bytes::Bytes;
use directory::{AccountInfo, AppPasswordId, Error};
use model::{AccountId, Address, Flags, MessageNumber};

use super::request::{Reply, Request};
use super::rows::{AccountRow, AliasRow, AppPasswordRow, DomainRow};
use super::{messages, queue};
use crate::exit::{Exit, Failure};
use crate::say::Sentence;
use crate::services::Services;
use crate::time::{day, rfc3339};

/// Does what is asked; the bytes are those of messages.
pub(crate) async fn perform(
    services: &Services,
    request: Request,
    payload: Bytes,
) -> Result<(Reply, Bytes), Failure> {
    let none = |reply| Ok((reply, Bytes::new()));
    match request {
        Request::Mailboxes { address } => none(messages::mailboxes(services, &address).await?),
        Request::Export { address, mailbox, after } => {
            messages::export(services, &address, mailbox, after).await
        }
        Request::Import { address, messages } => {
            none(messages::import(services, &address, messages, payload).await?)
        }
        Request::QueueList
        | Request::QueueShow { .. }
        | Request::QueueRetry { .. }
        | Request::QueueHold { .. }
        | Request::QueueRemove { .. } => none(queue::perform(services, request).await?),
        other => none(change(services, other).await?),
    }
}

async fn change(services: &Services, request: Request) -> Result<Reply, Failure> {
    let directory = &services.directory;
    let said = match request {
        Request::DomainAdd { name } => {
            let name = crate::dns::domain(&name)?;
            directory.add_domain(&name).await.map_err(refused)?;
            Sentence::new("cli-domain-added").with("domain", name)
        }
        Request::DomainRemove { name } => {
            let name = crate::dns::domain(&name)?;
            directory.remove_domain(&name).await.map_err(refused)?;
            Sentence::new("cli-domain-removed").with("domain", name)
        }
        Request::AccountAdd { address, password, quota, administrator, language } => {
            let added = directory.add_account(&address, &password, quota, administrator, &language);
            added.await.map_err(refused)?;
            Sentence::new("cli-account-added").with("address", address)
        }
        Request::AccountRemove { address } => {
            let id = account(services, &address)?.id;
            directory.remove_account(id).await.map_err(refused)?;
            erase(services, id).await.map_err(store_refused)?;
            Sentence::new("cli-account-removed").with("address", address)
        }
        Request::AccountRename { address, to } => {
            let id = account(services, &address)?.id;
            directory.rename_account(id, &to).await.map_err(refused)?;
            Sentence::new("cli-account-renamed").with("address", address).with("to", to)
        }
        Request::AccountSuspend { address, suspended } => {
            let id = account(services, &address)?.id;
            directory.suspend(id, suspended).await.map_err(refused)?;
            let id = if suspended { "cli-account-suspended" } else { "cli-account-opened" };
            Sentence::new(id).with("address", address)
        }
        Request::AccountPassword { address, password } => {
            let id = account(services, &address)?.id;
            directory.set_password(id, &password).await.map_err(refused)?;
            Sentence::new("cli-account-password").with("address", address)
        }
        Request::AccountQuota { address, quota } => {
            let id = account(services, &address)?.id;
            directory.set_quota(id, quota).await.map_err(refused)?;
            Sentence::new("cli-account-quota").with("address", address)
        }
        Request::AppPasswordAdd { address, label, protocols } => {
            let id = account(services, &address)?.id;
            let made = directory.add_app_password(id, &label, protocols).await.map_err(refused)?;
            let password = made.1.expose().to_owned();
            return Ok(Reply::NewAppPassword { id: made.0.0, password });
        }
        Request::AppPasswordRevoke { address, id } => {
            let account = account(services, &address)?.id;
            directory.revoke_app_password(account, AppPasswordId(id)).await.map_err(refused)?;
            Sentence::new("cli-app-password-revoked").with("number", id)
        }
        Request::AliasAdd { alias, to } => {
            directory.add_alias(&alias, &to).await.map_err(refused)?;
            Sentence::new("cli-alias-added").with("alias", alias)
        }
        Request::AliasRemove { alias } => {
            directory.remove_alias(&alias).await.map_err(refused)?;
            Sentence::new("cli-alias-removed").with("alias", alias)
        }
        listing => return list(services, listing).await,
    };
    Ok(Reply::Done(said))
}

async fn list(services: &Services, request: Request) -> Result<Reply, Failure> {
    let directory = &services.directory;
    match request {
        Request::DomainList => {
            let accounts = directory.accounts();
            let row = |domain: directory::Domain| DomainRow {
                accounts: accounts.iter().filter(|a| a.address.domain() == domain.name).count()
                    as u64,
                name: domain.name,
            };
            Ok(Reply::Domains(directory.domains().into_iter().map(row).collect()))
        }
        Request::AccountList => {
            let mut rows = Vec::new();
            for info in directory.accounts() {
                rows.push(account_row(services, info).await?);
            }
            Ok(Reply::Accounts(rows))
        }
        Request::AliasList => {
            let row = |alias: directory::Alias| AliasRow {
                alias: alias.address.to_string(),
                to: alias.to.iter().map(Address::to_string).collect(),
            };
            Ok(Reply::Aliases(directory.aliases().into_iter().map(row).collect()))
        }
        Request::AppPasswordList { address } => {
            let id = account(services, &address)?.id;
            let row = |app: directory::AppPassword| AppPasswordRow {
                id: app.id.0,
                label: app.label,
                protocols: app.protocols.map(|all| all.iter().map(ToString::to_string).collect()),
                created: rfc3339(app.created),
                last_used: app.last_used.map(day),
            };
            Ok(Reply::AppPasswords(directory.app_passwords(id).into_iter().map(row).collect()))
        }
        _ => Err(crate::command::unexpected()),
    }
}

async fn account_row(services: &Services, info: AccountInfo) -> Result<AccountRow, Failure> {
    let mail = services.mailstore.account(info.id).await.map_err(store_refused)?;
    let usage = mail.read(|state| state.usage()).await.map_err(store_refused)?;
    Ok(AccountRow {
        id: info.id.0,
        address: info.address.to_string(),
        quota_bytes: info.quota_bytes(services.clock.now()),
        name: info.name,
        administrator: info.administrator,
        suspended: info.suspended,
        used_bytes: usage.bytes,
        messages: usage.messages,
        language: info.language,
        created: rfc3339(info.created),
    })
}

/// The account of that address itself; an alias will not do here.
pub(super) fn account(services: &Services, address: &Address) -> Result<AccountInfo, Failure> {
    let found = services.directory.account_by_address(address);
    found.ok_or_else(|| Failure::new(Exit::NoUser, "cli-no-account").with("address", address))
}

/// The mail of an account that exists no more goes too, in steps that leave
/// others their turn.
async fn erase(services: &Services, id: AccountId) -> Result<(), mailstore::Error> {
    let mail = services.mailstore.account(id).await?;
    loop {
        let some = |state: &mailstore::State| -> Vec<MessageNumber> {
            state.messages().take(500).map(|message| message.number).collect()
        };
        let numbers = mail.read(some).await?;
        if numbers.is_empty() {
            return Ok(());
        }
        mail.write(move |tx| {
            tx.mark(&numbers, Flags::NONE, Flags::NONE)?;
            tx.trash(&numbers)?;
            tx.destroy(&numbers)
        })
        .await?;
    }
}

/// The directory's refusals as sentences.
pub(crate) fn refused(error: Error) -> Failure {
    use Error::*;
    match &error {
        BadName { text, .. } => Failure::new(Exit::DataErr, "cli-bad-name").with("name", text),
        PlusInName(address) => {
            Failure::new(Exit::DataErr, "cli-plus-in-name").with("address", address)
        }
        NoSuchDomain(domain) => Failure::new(Exit::NoUser, "cli-no-domain").with("domain", domain),
        DomainExists(domain) => {
            Failure::new(Exit::CantCreat, "cli-domain-exists").with("domain", domain)
        }
        DomainInUse { name, accounts, aliases } => {
            Failure::new(Exit::Unavailable, "cli-domain-in-use")
                .with("domain", name)
                .count("accounts", *accounts as u64)
                .count("aliases", *aliases as u64)
        }
        AddressTaken(address) => {
            Failure::new(Exit::CantCreat, "cli-address-taken").with("address", address)
        }
        NoSuchAddress(address) => {
            Failure::new(Exit::NoUser, "cli-no-account").with("address", address)
        }
        NoSuchAccount(id) => Failure::new(Exit::NoUser, "cli-no-account").with("address", id),
        NoSuchAlias(alias) => Failure::new(Exit::NoUser, "cli-no-alias").with("alias", alias),
        NoSuchAppPassword => Failure::new(Exit::NoUser, "cli-no-app-password"),
        LastAdministrator(address) => {
            Failure::new(Exit::Unavailable, "cli-last-administrator").with("address", address)
        }
        PasswordTooShort(least) => {
            Failure::new(Exit::DataErr, "cli-password-short").count("least", *least as u64)
        }
        PasswordTooLong(most) => {
            Failure::new(Exit::DataErr, "cli-password-long").count("most", *most as u64)
        }
        error if error.is_temporary() => {
            Failure::new(Exit::TempFail, "cli-store-failed").with("error", told(error))
        }
        error => Failure::new(Exit::DataErr, "cli-refused").with("error", error),
    }
}

/// The mail store's refusals as sentences.
pub(crate) fn store_refused(error: mailstore::Error) -> Failure {
    match &error {
        mailstore::Error::OverQuota { used, limit } => {
            Failure::new(Exit::Unavailable, "cli-over-quota")
                .bytes("used", *used)
                .bytes("limit", *limit)
        }
        error if error.is_temporary() => {
            Failure::new(Exit::TempFail, "cli-store-failed").with("error", told(error))
        }
        error => Failure::new(Exit::DataErr, "cli-refused").with("error", error),
    }
}

/// An error with its causes: an administrator may know them.
pub(crate) fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text += &format!(": {inner}");
        cause = inner.source();
    }
    text
}
