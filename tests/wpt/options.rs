//! The command line.

use std::path::PathBuf;

/// What to run, and how.
pub struct Options {
    /// Folders or files below the root; all tests if there are none.
    pub folders: Vec<String>,
    /// Records what fails as what is expected to.
    pub is_blessing: bool,
    /// Starts the server of the tests, instead of reading files of the tree.
    pub has_server: bool,
    /// Shows each subtest that does not pass.
    pub is_verbose: bool,
    /// Prints the summary as a table of Markdown.
    pub is_table: bool,
    /// Where all results are written.
    pub json: Option<PathBuf>,
    /// How many tests run at a time.
    pub jobs: usize,
    /// How many times longer than usual a test may take.
    pub patience: u32,
}

impl Options {
    /// Reads them.
    pub fn from_arguments(
        mut arguments: impl Iterator<Item = String>,
    ) -> Result<Options, &'static str> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut options = Options {
            folders: Vec::new(),
            is_blessing: false,
            has_server: false,
            is_verbose: false,
            is_table: false,
            json: None,
            // many tests do nothing but wait
            jobs: 2 * cores,
            patience: 1,
        };
        while let Some(argument) = arguments.next() {
            let mut number = || arguments.next().and_then(|number| number.parse().ok());
            match argument.as_str() {
                "--bless" => options.is_blessing = true,
                "--server" => options.has_server = true,
                "--verbose" | "-v" => options.is_verbose = true,
                "--table" => options.is_table = true,
                "--jobs" => options.jobs = number().ok_or("--jobs wants a number")? as usize,
                "--patience" => options.patience = number().ok_or("--patience wants a number")?,
                "--json" => {
                    options.json = Some(arguments.next().ok_or("--json wants a path")?.into())
                }
                // what cargo passes on to every test program
                "--nocapture" | "--quiet" | "-q" => {}
                folder if !folder.starts_with('-') => {
                    options
                        .folders
                        .push(folder.trim_end_matches('/').to_owned());
                }
                _ => {
                    return Err(
                        "usage: cargo xtask wpt [FOLDER…] [--server] [--bless] [--verbose] [--table] [--json PATH] [--jobs N] [--patience N]",
                    );
                }
            }
        }
        options.jobs = options.jobs.max(1);
        Ok(options)
    }
}
