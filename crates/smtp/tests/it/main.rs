//! The server with the whole house behind it: directory, mail store, delivery.

mod house;
mod stories;
