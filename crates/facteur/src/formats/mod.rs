//! Mail in files: mbox and Maildir, as other programs keep it.

pub mod from_line;
pub(crate) mod labels;
pub mod maildir;
pub mod manifest;
pub mod marks;
pub mod mbox;
pub(crate) mod source;
