//! Plugins in stores of their own that use each other: every type, resources of third plugins, faults, chains.

mod chains;
mod guests;
mod resources;
mod versions;
mod waiting;
