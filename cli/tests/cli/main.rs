//! The command, run as its users run it: what it does, what it says, and the code it exits with.

mod book;
mod build;
mod call;
mod compose;
mod debug;
mod debug_client;
mod debug_hostile;
mod dev;
mod errors;
mod examples;
mod folder;
mod help;
mod hostile_files;
mod hostile_registry;
mod inspect;
mod json;
mod new;
mod policy;
mod profile;
mod reference;
mod registry;
mod repl;
mod run;
mod session;
mod supply;
mod test;
