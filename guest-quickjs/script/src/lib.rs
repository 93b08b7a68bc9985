//! QuickJS as a component of its own: loads and evaluates scripts with no build step, JSON in and out.
//!
//! It is what `outwit run script.js` and a console use. Plugins are something else: see
//! `guest-quickjs/engine`.

mod modules;
mod session;

#[allow(missing_docs)]
mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/deps/outwit-console.wit", "wit"],
        world: "outwit:quickjs/quickjs",
        generate_all,
    });
}

use bindings::exports::outwit::quickjs::script::{Error, Guest};
use outwit_quickjs_runtime::{CAllocator, Report};

#[global_allocator]
static ALLOCATOR: CAllocator = CAllocator;

struct Script;

impl Guest for Script {
    fn load(name: String, source: String) -> Result<(), Error> {
        session::run(|| modules::evaluate(&name, source.as_bytes())).map_err(Error::from)
    }

    fn evaluate(source: String) -> Result<Option<String>, Error> {
        session::run(|| session::evaluate(&source)).map_err(Error::from)
    }

    fn call(function: String, arguments: String) -> Result<Option<String>, Error> {
        session::run(|| session::call(&function, &arguments)).map_err(Error::from)
    }
}

impl From<Report> for Error {
    fn from(report: Report) -> Self {
        let Report {
            message,
            file,
            line,
            column,
            stack,
        } = report;
        Error {
            message,
            file,
            line,
            column,
            stack,
        }
    }
}

bindings::export!(Script with_types_in bindings);
