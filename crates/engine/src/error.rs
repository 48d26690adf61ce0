//! Why an engine refused.

/// Callers act on the variant; the text is for logs and administrators.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing was written; try again when there is space.
    #[error("the disk is full: {0}")]
    Full(String),

    /// Nothing was written, and nothing will be until a restart: a write or a
    /// sync failed, so what the disk holds is no longer known.
    #[error("the store no longer writes since a disk error: {0}")]
    Stopped(String),

    /// A read failed.
    #[error("the store could not be read: {0}")]
    Read(String),

    /// What was read is not what was written.
    #[error("{what} is damaged: {detail}")]
    Damaged {
        /// The file or the row.
        what: String,
        /// What was seen, and what to do.
        detail: String,
    },

    /// A row or a commit over the limits; a mistake of the caller.
    #[error("{0}")]
    TooLarge(String),

    /// Another process has the store open.
    #[error("{0}")]
    Busy(String),
}
