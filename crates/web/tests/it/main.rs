//! The webmail as a browser without scripts meets it.

mod acting;
mod composing;
mod language;
mod markup;
mod reading;
mod serving;
mod settings;
mod signing_in;
mod trouble;
mod world;
