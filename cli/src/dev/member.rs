//! A plugin of the app that is built from sources.

use crate::build::human_size;
use crate::recipe::{self, Outcome};
use crate::style::{FAINT, complain, say};
use crate::watch;
use outwit::{Entry, Recipe};
use outwit_js::{Kept, Timings};
use std::collections::BTreeSet;
use std::path::PathBuf;
use tokio::task::JoinHandle;

pub struct Member {
    name: String,
    recipe: Recipe,
    output: PathBuf,
    inputs: BTreeSet<PathBuf>,
    failed: bool,
}

impl Member {
    pub fn of(entry: &Entry) -> Option<Member> {
        Some(Member {
            name: entry.name().to_owned(),
            recipe: entry.recipe()?.clone(),
            output: entry.path().to_owned(),
            inputs: BTreeSet::new(),
            failed: true,
        })
    }

    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    pub fn has_failed(&self) -> bool {
        self.failed
    }

    pub fn inputs(&self) -> &BTreeSet<PathBuf> {
        &self.inputs
    }

    /// Whether it has to be built again.
    pub fn is_concerned(&self, changes: &BTreeSet<PathBuf>) -> bool {
        watch::concerns(changes, &self.inputs, self.failed)
    }

    /// Begins to build it, beside everything else.
    pub fn build(&self, kept: &Kept) -> JoinHandle<Outcome> {
        let (recipe, output) = (self.recipe.clone(), self.output.clone());
        let kept = kept.clone();
        tokio::task::spawn_blocking(move || {
            recipe::make_folder(&output);
            recipe::build(&recipe, &output, &kept)
        })
    }

    /// Takes note of how a build ended. Gives its name and how long its steps took if there is a component.
    pub fn built(&mut self, outcome: Outcome) -> Option<(String, Timings)> {
        self.inputs = outcome.inputs.iter().map(|f| watch::real(f)).collect();
        self.failed = outcome.result.is_err();
        match outcome.result {
            Ok(built) => {
                let took = built.took.as_secs_f64();
                let text = format!("{} ({}) in {took:.2} s", self.name, human_size(built.size));
                say(FAINT, "built", &text);
                Some((self.name.clone(), built.timings))
            }
            Err(error) => {
                complain(&error.context(format!("{} cannot be built", self.name)));
                None
            }
        }
    }
}
