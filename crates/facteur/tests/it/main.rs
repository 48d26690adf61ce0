//! The house as a whole: its plan, its papers, and stories through the binary.

mod command_line;
mod demo;
mod features;
mod house;
mod licences;
mod serving;
