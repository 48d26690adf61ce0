//! Every sentence a person reads, in French and English.
//!
//! Sentences live in Fluent catalogues under `ftl/`, one pair per room:
//! `web.en.ftl` and `web.fr.ftl` for the pages, `dsn.*` for bounces, `cli.*`
//! for the command line. They are compiled in. Tests hold the two languages
//! together: the same ids, the same variables, and French typography.
//!
//! Dates, sizes and numbers are said here too. What a protocol says to a
//! program (English, by its RFC) is not here, and nothing here knows who asks.

mod catalogue;
pub mod date;
mod language;
mod number;

pub use catalogue::{Value, exists, text};
pub use language::{Language, UnknownLanguage};
pub use number::{number, percent, size};
