//! The binary: command line, settings, and the server put together.
//!
//! Every command has a file under `command`. What an administrator does to a
//! store is told once, in `admin::operations`, whether a running server does
//! it for somebody at its admin socket or the command opened the store itself.
//! What mail undergoes is told in `delivery`, not here.

mod admin;
mod cli;
mod command;
mod demo;
mod dns;
mod doors;
mod exit;
pub mod formats;
mod house;
mod log;
mod output;
mod password;
mod say;
mod services;
pub mod settings;
mod signals;
mod time;

pub use cli::main;
