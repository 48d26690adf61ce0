//! `facteur-export.json`: what an export wrote, beside it.
//!
//! A later export into the same directory finds there what it need not write
//! again; an import, which mailbox each file was.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use model::{MailboxName, Role};
use serde::{Deserialize, Serialize};

/// Its name.
pub const FILE: &str = "facteur-export.json";

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Whose mail it is.
    pub address: String,
    /// `mbox` or `maildir`.
    pub format: String,
    /// Finished mailboxes.
    pub mailboxes: Vec<Written>,
}

/// A mailbox that is written completely.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Its file or directory, below the export's own.
    pub path: PathBuf,
    /// Its name.
    pub name: MailboxName,
    /// What it is for.
    pub role: Option<Role>,
    /// How many messages were written.
    pub messages: u64,
    /// The state it had.
    pub highest_modseq: u64,
}

impl Manifest {
    /// Reads that of `directory`, if there is one.
    pub fn read(directory: &Path) -> io::Result<Option<Manifest>> {
        match std::fs::read(directory.join(FILE)) {
            Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes it whole or not at all.
    pub fn write(&self, directory: &Path) -> io::Result<()> {
        let being_written = directory.join(format!(".{FILE}.partial"));
        let mut file = std::fs::File::create(&being_written)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.sync_all()?;
        std::fs::rename(&being_written, directory.join(FILE))
    }
}
