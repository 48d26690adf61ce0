//! One file per command.

pub(crate) mod account;
pub(crate) mod alias;
pub(crate) mod config;
pub(crate) mod demo;
pub(crate) mod domain;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod init;
mod progress;
pub(crate) mod queue;
pub(crate) mod serve;

use crate::admin::{Office, Reply, Request};
use crate::exit::{Exit, Failure};
use crate::output::line;
use crate::settings::Place;

/// Runs what a short command does, on one thread.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime
        .map_err(|error| Failure::new(Exit::Software, "cli-runtime").with("error", error))?
        .block_on(work)
}

/// Runs a server: few threads, for what they do is wait; what costs time runs
/// on threads of its own.
pub(crate) fn run_server(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 4);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .max_blocking_threads(32)
        .enable_all()
        .build();
    runtime
        .map_err(|error| Failure::new(Exit::Software, "cli-runtime").with("error", error))?
        .block_on(work)
}

/// Asks one thing of the store.
fn ask(place: &Place, request: Request) -> Result<Reply, Failure> {
    let settings = place.settings()?;
    block_on(async {
        let mut office = Office::open(settings).await?;
        let reply = office.request(request).await;
        office.close().await;
        reply
    })
}

/// Asks one thing and prints the sentence that says it is done.
fn tell(place: &Place, request: Request) -> Result<(), Failure> {
    match ask(place, request)? {
        Reply::Done(sentence) => {
            line(sentence);
            Ok(())
        }
        _ => Err(unexpected()),
    }
}

/// The other side answers something else: another version of the program.
pub(crate) fn unexpected() -> Failure {
    Failure::new(Exit::Software, "cli-server-other-version")
}
