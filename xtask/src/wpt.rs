//! Web Platform Tests.

use crate::{
    guests::guests,
    setup::setup,
    shell::{cargo, run, step},
};
use anyhow::{Result, bail};

/// Runs them, with the arguments of the runner in `tests/wpt/`.
pub fn wpt(arguments: &[&str]) -> Result<()> {
    if std::env::var_os("WPT_ROOT").is_none() {
        bail!(
            "set WPT_ROOT to a checkout of the Web Platform Tests, https://github.com/web-platform-tests/wpt"
        );
    }
    let tools = step("set-up", setup)?;
    guests(&tools)?;
    let mut tests = cargo();
    // without `--package`, whose set of features would compile everything below once more
    tests.args(["test", "--test", "wpt", "--"]);
    run(tests.args(arguments))
}
