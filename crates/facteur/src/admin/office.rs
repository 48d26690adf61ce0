//! Where a command's wishes are done: by the running server, or by itself.

use std::io;

use bytes::Bytes;
use tokio::io::BufReader;
use tokio::net::UnixStream;

use super::operations::perform;
use super::request::{Reply, Request};
use super::{socket, wire};
use crate::exit::{Exit, Failure};
use crate::services::Services;
use crate::settings::Settings;

/// The two ways to a store.
pub(crate) enum Office {
    /// No server runs: the store is open in this process.
    Here(Box<Services>),
    /// A server runs, and this is the way to its admin socket.
    There(BufReader<UnixStream>),
}

impl Office {
    /// Reaches the store of `settings`.
    ///
    /// Fails where there is none yet: a mistyped path must not make one.
    pub(crate) async fn open(settings: Settings) -> Result<Office, Failure> {
        let data = settings.data.clone();
        match UnixStream::connect(socket::path(&data)).await {
            Ok(stream) => return Ok(Office::There(BufReader::new(stream))),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Err(
                    Failure::new(Exit::NoPerm, "cli-store-permission").with("data", data.display())
                );
            }
            // Nobody, or a socket left behind by a crash.
            Err(_) => {}
        }
        if !data.is_dir() {
            return Err(Failure::new(Exit::Config, "cli-store-none").with("data", data.display()));
        }
        Services::open(settings).await.map(|services| Office::Here(Box::new(services)))
    }

    /// Does one operation; `payload` and the bytes that come back are those of
    /// messages.
    pub(crate) async fn ask(
        &mut self,
        request: Request,
        payload: Bytes,
    ) -> Result<(Reply, Bytes), Failure> {
        let stream = match self {
            Office::Here(services) => return perform(services, request, payload).await,
            Office::There(stream) => stream,
        };
        let lost =
            |error: io::Error| Failure::new(Exit::TempFail, "cli-server-lost").with("error", error);
        wire::write(stream, &request, &payload).await.map_err(lost)?;
        let answer = wire::read::<Result<Reply, Failure>>(stream).await.map_err(lost)?;
        let (reply, payload) = answer.ok_or_else(|| lost(io::ErrorKind::UnexpectedEof.into()))?;
        reply.map(|reply| (reply, payload))
    }

    /// Does one operation that moves no messages.
    pub(crate) async fn request(&mut self, request: Request) -> Result<Reply, Failure> {
        self.ask(request, Bytes::new()).await.map(|(reply, _)| reply)
    }

    /// Settles what was done.
    pub(crate) async fn close(self) {
        if let Office::Here(services) = self {
            services.close().await;
        }
    }
}
