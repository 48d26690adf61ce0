//! What an administrator does to a store, told once for two ways.
//!
//! A command asks an [`Office`]: that of a running server, through the unix
//! socket in its data directory, or one of its own when no server runs. Both
//! end in [`operations::perform`]; the user types the same thing.

pub(crate) mod messages;
mod office;
pub(crate) mod operations;
mod queue;
mod request;
mod rows;
mod socket;
mod wire;

pub(crate) use office::Office;
pub(crate) use request::{Reply, Request};
pub(crate) use socket::serve;
