//! Mail from submission to servers of the world, over loopback.

mod crash;
mod mail_server;
mod name_server;
mod stories;
mod world;
