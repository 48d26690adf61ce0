//! The rooms of the house, opened and joined.

use std::fs::{DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use delivery::Delivery;
use directory::{Directory, FileSent};
use mailstore::Mailstore;
use model::{AccountId, Clock};
use queue::Queue;

use crate::admin::operations::{refused, told};
use crate::exit::{Exit, Failure};
use crate::settings::Settings;

/// An opened store and everything that works on it.
pub(crate) struct Services {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) engine: engine::Shared,
    pub(crate) directory: Directory,
    pub(crate) mailstore: Mailstore,
    pub(crate) queue: Queue,
    pub(crate) delivery: Delivery,
}

impl Services {
    /// Opens the store of `settings`; makes one where there is none.
    pub(crate) async fn open(settings: Settings) -> Result<Services, Failure> {
        make_private(&settings.data).map_err(|error| {
            let exit = match error.kind() {
                io::ErrorKind::PermissionDenied => Exit::NoPerm,
                _ => Exit::CantCreat,
            };
            Failure::new(exit, "cli-data-dir")
                .with("data", settings.data.display())
                .with("error", error)
        })?;
        let engine = open_engine(&settings).await?;
        Services::over(engine, settings).await
    }

    /// Joins the rooms over an engine.
    pub(crate) async fn over(
        engine: engine::Shared,
        settings: Settings,
    ) -> Result<Services, Failure> {
        let clock = Clock::System;
        let directory = Directory::open(engine.clone(), clock.clone(), settings.directory())
            .await
            .map_err(refused)?;
        let rules = mailstore::Rules {
            policy: policy(&directory, &clock),
            leave_outbox: queue::leave_outbox,
        };
        let mailstore =
            Mailstore::new(engine.clone(), clock.clone(), rules, settings.mailstore.clone());
        let queue = Queue::new(mailstore.clone(), clock.clone(), settings.queue.clone());
        // Only the records tell what waits; the index is made of them each time.
        let people: Vec<AccountId> = directory.accounts().iter().map(|info| info.id).collect();
        queue.rebuild(&*engine, people).await.map_err(|error| {
            Failure::new(Exit::TempFail, "cli-store-failed").with("error", told(&error))
        })?;
        let delivery = Delivery::new(
            directory.clone(),
            mailstore.clone(),
            queue.clone(),
            settings.hostname(),
            settings.delivery.clone(),
        );
        Ok(Services { settings, clock, engine, directory, mailstore, queue, delivery })
    }

    /// Settles everything.
    pub(crate) async fn close(&self) {
        self.engine.close().await;
    }
}

/// What each account has chosen, as the mail store wants to know it.
fn policy(
    directory: &Directory,
    clock: &Clock,
) -> Arc<dyn Fn(AccountId) -> mailstore::Policy + Send + Sync> {
    let (directory, clock) = (directory.clone(), clock.clone());
    Arc::new(move |id| match directory.account(id) {
        Some(info) => mailstore::Policy {
            quota: Some(info.quota_bytes(clock.now())),
            on_expunge: on_expunge(info.on_expunge),
            on_pop_delete: on_pop_delete(info.on_pop_delete),
            replace_filed: info.file_sent == FileSent::Auto,
        },
        None => mailstore::Policy::default(),
    })
}

fn on_expunge(choice: directory::OnExpunge) -> mailstore::OnExpunge {
    match choice {
        directory::OnExpunge::Recover => mailstore::OnExpunge::Recover,
        directory::OnExpunge::Archive => mailstore::OnExpunge::Archive,
        directory::OnExpunge::Delete => mailstore::OnExpunge::Delete,
    }
}

fn on_pop_delete(choice: directory::OnPopDelete) -> mailstore::OnPopDelete {
    match choice {
        directory::OnPopDelete::Archive => mailstore::OnPopDelete::Archive,
        directory::OnPopDelete::Trash => mailstore::OnPopDelete::Trash,
        directory::OnPopDelete::Recover => mailstore::OnPopDelete::Recover,
    }
}

/// A data directory belongs to the user the server runs as, and to nobody else.
fn make_private(data: &Path) -> io::Result<()> {
    if data.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(data)?;
    // `recursive` gives the mode to the parents too, minus the umask.
    std::fs::set_permissions(data, Permissions::from_mode(0o700))
}

async fn open_engine(settings: &Settings) -> Result<engine::Shared, Failure> {
    let failed = |error: engine::Error| {
        let failure = match &error {
            engine::Error::Busy(_) => Failure::new(Exit::TempFail, "cli-store-busy"),
            _ => Failure::new(Exit::Software, "cli-store-open"),
        };
        failure.with("data", settings.data.display()).with("error", told(&error))
    };
    // Replaying the log may take seconds after a crash.
    let (dir, config) = (settings.data.join("store"), settings.engine.clone());
    let opened = tokio::task::spawn_blocking(move || {
        make_private(&dir).map_err(|error| engine::Error::Read(error.to_string()))?;
        engine::Embedded::open(dir, config)
    });
    let opened = opened.await.map_err(|error| engine::Error::Read(error.to_string())).flatten();
    opened.map(|engine| Arc::new(engine) as engine::Shared).map_err(failed)
}
