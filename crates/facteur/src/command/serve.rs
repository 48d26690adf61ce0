//! `facteur serve`: the server, until it is told to stop.

use std::sync::Arc;

use super::run_server;
use crate::doors::Doors;
use crate::exit::Failure;
use crate::house::House;
use crate::log;
use crate::services::Services;
use crate::settings::{Place, Settings};
use crate::signals::Signals;

pub(crate) fn run(place: &Place) -> Result<(), Failure> {
    let settings = place.settings()?;
    log::start(&settings.log)?;
    run_server(async {
        let signals = Signals::new()?;
        // Ports first: a server that runs already holds them, and the store.
        let doors = Doors::open(&settings.listen)?;
        let http = http(&settings);
        let services = Arc::new(Services::open(settings).await?);
        let mut house = House::new(services, http)?;
        house.open(doors).await?;
        house.run(signals).await;
        Ok(())
    })
}

/// Browsers are led to HTTPS, unless the administrator trusts loopback with
/// passwords and HTTP listens nowhere else: then a proxy in front does TLS.
fn http(settings: &Settings) -> web::Door {
    let trusted = |address: &std::net::SocketAddr| {
        address.ip().is_loopback() && settings.plaintext_auth_from.contains(address.ip())
    };
    if settings.listen.http.iter().all(trusted) { web::Door::Plain } else { web::Door::Redirect }
}
