//! The command, run as its users run it: what it does, what it says, and the code it exits with.

mod build;
mod call;
mod compose;
mod folder;
mod help;
mod inspect;
mod policy;
mod run;
mod supply;
