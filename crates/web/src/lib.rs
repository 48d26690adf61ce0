//! The webmail.
