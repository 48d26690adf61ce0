//! Both engines under the same rules, and the embedded one under fire.

mod crash;
mod embedded;
mod memory;
