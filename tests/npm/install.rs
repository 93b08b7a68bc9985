//! Packages of npm that tests need, as a lock file has them.

use std::path::Path;
use std::process::Command;

/// Installs what the `package.json` and the lock file of one folder want into another, once. False, and said, where that cannot be done: without
/// npm or a network.
pub fn install(from: &Path, into: &Path) -> bool {
    std::fs::create_dir_all(into).expect("the target folder is writable");
    for name in ["package.json", "package-lock.json"] {
        std::fs::copy(from.join(name), into.join(name)).expect("the folder is writable");
    }
    let lock = std::fs::read(from.join("package-lock.json")).expect("it is there");
    if std::fs::read(into.join("installed")).is_ok_and(|installed| installed == lock) {
        return true;
    }
    let npm = Command::new("npm")
        .args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--silent",
        ])
        .current_dir(into)
        .status();
    if !npm.is_ok_and(|status| status.success()) {
        eprintln!("skipped: `npm ci` does not work here");
        return false;
    }
    std::fs::write(into.join("installed"), lock).expect("the folder is writable");
    true
}
