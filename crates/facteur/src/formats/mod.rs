//! Mail in files: mbox and Maildir, as other programs keep it.

pub mod from_line;
pub mod maildir;
pub mod marks;
pub mod mbox;
