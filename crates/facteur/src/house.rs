//! The server: the rooms joined to their doors, until it is told to stop.

use std::sync::Arc;
use std::time::Duration;

use net::{Connection, Shutdown, Tls};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tracing::{debug, info, warn};

use crate::admin;
use crate::doors::Doors;
use crate::exit::{Exit, Failure};
use crate::services::Services;
use crate::settings::Door;
use crate::signals::Signals;

/// How often the files of the certificate are looked at.
const CERTIFICATE_LOOKED_AT: Duration = Duration::from_secs(30);

/// A server whose doors are bound but not open yet.
pub(crate) struct House {
    pub(crate) services: Arc<Services>,
    pub(crate) tls: Tls,
    pub(crate) shutdown: Shutdown,
    /// What web browsers may do without TLS.
    pub(crate) http: web::Door,
    sessions: JoinSet<()>,
}

impl House {
    /// Prepares the certificate.
    pub(crate) fn new(services: Arc<Services>, http: web::Door) -> Result<House, Failure> {
        let settings = &services.settings;
        let tls =
            Tls::open(&settings.tls, &settings.hostname(), &settings.data).map_err(|error| {
                Failure::new(Exit::Config, "cli-tls").with("error", admin::operations::told(&error))
            })?;
        Ok(House { services, tls, shutdown: Shutdown::new(), http, sessions: JoinSet::new() })
    }

    /// Opens the doors, and sets the robots to work.
    pub(crate) async fn open(&mut self, doors: Doors) -> Result<(), Failure> {
        let services = self.services.clone();
        admin::serve(services.clone(), self.shutdown.clone()).map_err(|error| {
            let failure = Failure::new(Exit::CantCreat, "cli-admin-socket");
            failure.with("data", services.settings.data.display()).with("error", error)
        })?;
        self.tls.spawn_reload_on_change(CERTIFICATE_LOOKED_AT, self.shutdown.clone());
        self.relay()?;
        let rooms = Rooms::new(self);
        for (door, listener) in doors.tcp {
            if let Ok(address) = listener.local_addr() {
                info!(door = door.name(), %address, "open");
            }
            let rooms = rooms.clone();
            self.sessions.spawn(async move { rooms.serve(door, listener).await });
        }
        for listener in doors.lmtp {
            let smtp = rooms.smtp.clone();
            self.sessions.spawn(async move { smtp.serve(listener, smtp::Role::Lmtp).await });
        }
        for listener in doors.lmtp_sockets {
            let smtp = rooms.smtp.clone();
            self.sessions.spawn(async move { smtp.serve_unix(listener, smtp::Role::Lmtp).await });
        }
        Ok(())
    }

    /// Serves until a signal says otherwise, then lets sessions end and
    /// settles the store.
    pub(crate) async fn run(mut self, signals: Signals) {
        signals.wait(&self.tls, &self.shutdown).await;
        info!("stopping");
        while let Some(ended) = self.sessions.join_next().await {
            if let Err(cause) = ended {
                warn!(%cause, "a door was not closed in order");
            }
        }
        self.services.close().await;
        info!("stopped");
    }

    /// Sets the robot to work that sends what waits.
    fn relay(&mut self) -> Result<(), Failure> {
        let services = &self.services;
        let config = services.settings.relay.clone();
        let relay = relay::Relay::new(
            services.queue.clone(),
            services.delivery.clone(),
            services.directory.clone(),
            services.clock.clone(),
            Arc::new(relay::Resolver::new(config.resolver)),
            config,
        );
        let relay = relay.map_err(|error| {
            Failure::new(Exit::Software, "cli-tls").with("error", admin::operations::told(&error))
        })?;
        let shutdown = self.shutdown.clone();
        self.sessions.spawn(async move { relay.run(shutdown).await });
        Ok(())
    }
}

/// The protocols, each ready to serve any number of doors.
#[derive(Clone)]
struct Rooms {
    smtp: smtp::Server,
    imap: imap::Service,
    pop3: pop3::Pop3,
    web: web::Web,
    http: web::Door,
    tls: Tls,
    shutdown: Shutdown,
    limits: net::Limits,
}

impl Rooms {
    fn new(house: &House) -> Rooms {
        let services = &house.services;
        let settings = &services.settings;
        let trusted = settings.plaintext_auth_from.clone();
        let smtp = smtp::Services {
            hostname: settings.hostname(),
            tls: Some(house.tls.clone()),
            plaintext_auth_from: trusted.clone(),
            delivery: services.delivery.clone(),
            directory: services.directory.clone(),
            clock: services.clock.clone(),
            shutdown: house.shutdown.clone(),
        };
        Rooms {
            smtp: smtp::Server::new(settings.smtp.clone(), smtp),
            imap: imap::Service::new(
                settings.imap.clone(),
                services.directory.clone(),
                services.mailstore.clone(),
                Some(house.tls.clone()),
                trusted.clone(),
                house.shutdown.clone(),
            ),
            pop3: pop3::Pop3::new(pop3::Services {
                directory: services.directory.clone(),
                mailstore: services.mailstore.clone(),
                tls: house.tls.clone(),
                plaintext_auth_from: trusted,
                config: settings.pop3.clone(),
                shutdown: house.shutdown.clone(),
            }),
            web: web::Web::new(
                services.directory.clone(),
                services.mailstore.clone(),
                services.delivery.clone(),
                services.clock.clone(),
                settings.web(),
            ),
            http: house.http,
            tls: house.tls.clone(),
            shutdown: house.shutdown.clone(),
            limits: settings.smtp.connections,
        }
    }

    /// Serves one listener until the shutdown, and then its last sessions.
    async fn serve(self, door: Door, listener: TcpListener) {
        match door {
            Door::Smtp => self.smtp.serve(listener, smtp::Role::Mx).await,
            Door::Submission => self.smtp.serve(listener, smtp::Role::Submission).await,
            Door::Submissions => {
                self.smtp.serve_tls(listener, smtp::Role::Submission, self.tls.clone()).await;
            }
            Door::Imap | Door::Imaps => {
                let (imap, tls) = (self.imap.clone(), door == Door::Imaps);
                self.mail(listener, tls, move |connection| {
                    let imap = imap.clone();
                    async move { imap.serve(connection).await }
                })
                .await;
            }
            Door::Pop3 => self.pop3.serve(listener, pop3::Door::Plain).await,
            Door::Pop3s => self.pop3.serve(listener, pop3::Door::Tls).await,
            Door::Http => {
                let router = web::router(self.web.at(self.http));
                web::serve(listener, web::Wrap::Plain, router, self.limits, self.shutdown).await;
            }
            Door::Https => {
                let router = web::router(self.web.at(web::Door::Tls));
                web::serve(listener, web::Wrap::Tls(self.tls), router, self.limits, self.shutdown)
                    .await;
            }
        }
    }

    async fn mail<F>(
        &self,
        listener: TcpListener,
        at_once: bool,
        session: impl Fn(Connection) -> F + Clone + Send + Sync + 'static,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        let tls = at_once.then(|| self.tls.clone());
        net::serve(listener, self.limits, self.shutdown.clone(), move |stream, peer| {
            let (tls, session) = (tls.clone(), session.clone());
            async move {
                let connection = match &tls {
                    None => Ok(Connection::plain(stream, peer)),
                    Some(tls) => Connection::tls(stream, peer, tls).await,
                };
                match connection {
                    Ok(connection) => session(connection).await,
                    Err(cause) => debug!(%peer, %cause, "no TLS"),
                }
            }
        })
        .await;
    }
}
