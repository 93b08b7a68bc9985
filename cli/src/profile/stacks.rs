//! Stacks, and how long each was seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Stacks from the outermost function to the innermost, with their milliseconds.
#[derive(Default)]
pub struct Stacks(BTreeMap<Vec<String>, u64>);

/// What is known of a function.
#[derive(Default)]
pub struct Row {
    /// Milliseconds in itself.
    pub own: u64,
    /// Milliseconds with those that it called.
    pub total: u64,
    pub calls: u64,
}

impl Stacks {
    pub fn add(&mut self, stack: Vec<String>, time: u64) {
        if time > 0 {
            *self.0.entry(stack).or_default() += time;
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&[String], u64)> {
        self.0.iter().map(|(stack, time)| (stack.as_slice(), *time))
    }

    /// One stack a line, as tools for flamegraphs read them.
    pub fn folded(&self) -> String {
        let mut text = String::new();
        for (stack, time) in self.iter() {
            let names: Vec<_> = stack.iter().map(|name| name.replace(';', ":")).collect();
            let _ = writeln!(text, "{} {time}", names.join(";"));
        }
        text
    }

    pub fn functions(&self) -> BTreeMap<String, Row> {
        let mut rows: BTreeMap<String, Row> = BTreeMap::new();
        for (stack, time) in self.iter() {
            let all: BTreeSet<&String> = stack.iter().collect();
            for name in all {
                rows.entry(name.clone()).or_default().total += time;
            }
            if let Some(name) = stack.last() {
                rows.entry(name.clone()).or_default().own += time;
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recursion_counts_once() {
        let mut stacks = Stacks::default();
        let stack = |names: &str| names.split(' ').map(str::to_owned).collect();
        stacks.add(stack("a b a"), 3);
        stacks.add(stack("a"), 2);
        let rows = stacks.functions();
        assert_eq!((rows["a"].own, rows["a"].total), (5, 5));
        assert_eq!((rows["b"].own, rows["b"].total), (0, 3));
        assert_eq!(stacks.folded(), "a 2\na;b;a 3\n");
    }
}
