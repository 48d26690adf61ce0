//! The demonstration: a server of its own for whoever wants to look.
//!
//! It listens on loopback, relays nothing outside, and is furnished at its
//! first start with accounts and mail of our own making.

pub(crate) mod ground;
mod letters;
mod mail;
pub(crate) mod postman;
pub(crate) mod screen;

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use model::{Address, Secret};

use crate::admin::operations::{refused, store_refused};
use crate::exit::{Exit, Failure};
use crate::say::language;
use crate::services::Services;
use crate::settings::{Listen, Settings};

/// The only domain of the demonstration (RFC 2606 §2 keeps `.test` free).
pub(crate) const DOMAIN: &str = "demo.test";
/// Everybody's password.
pub(crate) const PASSWORD: &str = "facteur-demo";

/// Who lives here; the last is the administrator.
const PEOPLE: [(&str, &str); 3] =
    [("alice", "Alice Martin"), ("bob", "Bob Taylor"), ("admin", "Admin")];

/// How full alice's account is, in percent.
const FULL: u64 = 70;

/// All doors on `bind`; HTTP, where a password may be typed without TLS, on
/// loopback only.
pub(crate) fn listen(bind: IpAddr, offset: u16) -> Listen {
    let loopback = Listen::on(&[Ipv4Addr::LOCALHOST.into()], offset);
    Listen { http: loopback.http, ..Listen::on(&[bind], offset) }
}

/// The settings of the demonstration.
pub(crate) fn settings(data: &Path, listen: Listen) -> Settings {
    let mut settings = Settings {
        hostname: "localhost".to_owned(),
        data: data.to_owned(),
        listen,
        ..Settings::default()
    };
    settings.delivery.send_outside = false;
    settings
}

/// Brings in people and mail, unless an earlier start did.
pub(crate) async fn furnish(services: &Services) -> Result<(), Failure> {
    if services.directory.is_local_domain(DOMAIN) {
        return Ok(());
    }
    services.directory.add_domain(DOMAIN).await.map_err(refused)?;
    // Everybody reads what the person at the terminal reads.
    let language = language().tag();
    for (local, name) in PEOPLE {
        let administrator = local == "admin";
        let (address, password) = (address(local)?, Secret::new(PASSWORD));
        let directory = &services.directory;
        let added = directory.add_account(&address, &password, None, administrator, language);
        let id = added.await.map_err(refused)?;
        services.directory.set_name(id, name).await.map_err(refused)?;
    }
    letters::put(services).await?;
    fill(services).await
}

/// Sets alice's quota so that her meter stands at [`FULL`].
async fn fill(services: &Services) -> Result<(), Failure> {
    let alice = address("alice")?;
    let Some(info) = services.directory.account_by_address(&alice) else { return Ok(()) };
    let mail = services.mailstore.account(info.id).await.map_err(store_refused)?;
    let used = mail.read(|state| state.usage().bytes).await.map_err(store_refused)?;
    let quota = used.saturating_mul(100) / FULL;
    services.directory.set_quota(info.id, Some(quota)).await.map_err(refused)
}

/// An address of the demonstration.
pub(crate) fn address(local: &str) -> Result<Address, Failure> {
    Address::new(local, DOMAIN)
        .map_err(|error| Failure::new(Exit::Software, "cli-refused").with("error", error))
}
