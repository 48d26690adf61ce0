//! The mail model: what each operation does, and whether any sequence of them
//! agrees with a model simple enough to be believed.

mod operations;
mod property;
mod support;
