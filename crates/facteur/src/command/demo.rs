//! `facteur demo`: a complete server to try, on loopback, with mail in it.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;

use super::run_server;
use crate::demo::{self, ground::Ground, screen};
use crate::doors::Doors;
use crate::exit::{Exit, Failure};
use crate::house::House;
use crate::log;
use crate::output::line;
use crate::services::Services;
use crate::settings::{Log, Place};
use crate::signals::Signals;

#[derive(clap::Args)]
pub(crate) struct Demo {
    #[arg(long)]
    keep: bool,
    #[arg(long, value_name = "NUMBER", default_value_t = 2000,
        value_parser = clap::value_parser!(u16).range(0..=64000))]
    port_offset: u16,
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
}

impl Demo {
    pub(crate) fn run(self, place: &Place) -> Result<(), Failure> {
        // A stranger's screen: only what went wrong.
        log::start(&Log { level: "warn".to_owned(), ..Log::default() })?;
        run_server(async {
            let signals = Signals::new()?;
            let listen = demo::listen(self.bind, self.port_offset);
            let doors = Doors::open(&listen).map_err(|failure| self.offer_next(failure))?;
            let ground = Ground::prepare(place.data.clone(), self.keep)?;
            let settings = demo::settings(ground.data(), listen);
            let services = Arc::new(Services::open(settings).await?);
            demo::furnish(&services).await?;
            let mut house = House::new(services.clone(), web::Door::Plain)?;
            house.open(doors).await?;
            line(screen::text(&services.settings, ground.kept()));
            let postman = demo::postman::set_out(&services, house.shutdown.clone());
            house.run(signals).await;
            postman.abort();
            Ok(())
        })
    }

    /// A busy port is named, and the next offset with no busy port offered.
    fn offer_next(&self, failure: Failure) -> Failure {
        if failure.exit != Exit::Unavailable {
            return failure;
        }
        let offsets = (1..60).filter_map(|step: u16| self.port_offset.checked_add(step * 1000));
        let free = |offset: &u16| {
            *offset <= 64000 && Doors::open(&demo::listen(self.bind, *offset)).is_ok()
        };
        match offsets.into_iter().find(free) {
            Some(offset) => {
                let place = PathBuf::from("facteur");
                let command = std::env::args_os().next().map_or(place, PathBuf::from);
                failure
                    .and_then_say("cli-demo-next-offset")
                    .with("offset", offset)
                    .with("command", command.display())
            }
            None => failure,
        }
    }
}
