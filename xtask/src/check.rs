//! Everything that has to hold before a change goes in.

use crate::{
    guests::{guest_environment, guests},
    packages,
    setup::{Tools, setup},
    shell::{cargo, command, run, step, text},
    verify, wit,
};
use anyhow::Result;

/// Crates that only compile for the host.
const NATIVE: &[&str] = &[
    "outwit",
    "outwit-cache",
    "outwit-cli",
    "outwit-js",
    "outwit-kernels-native",
    "outwit-tests",
    "xtask",
];
/// Plugins whose world asks for WASI.
const WASI: &[&str] = &[
    "example-site",
    "outwit-plugin-files",
    "outwit-test-evil-files",
];

/// Set-up, checks, tests; ends with the test runner's own summary.
pub fn test() -> Result<()> {
    let tools = checks()?;
    step("tests", || {
        run(cargo()
            .args(["test", "--no-fail-fast"])
            .env("PATH", tools.path()?))
    })?;
    step("packages, compiled", verify::verify)?;
    step("npm", packages::npm)
}

/// Writes the page of the attacks from what its test shows.
pub fn bless_attacks() -> Result<()> {
    let tools = setup()?;
    guests(&tools)?;
    run(cargo()
        .args(["test", "--package", "outwit-tests", "--test", "evil"])
        .args(["the_table_of_attacks", "--", "--include-ignored"])
        .env("OUTWIT_BLESS", "1")
        .env("PATH", tools.path()?))
}

/// Set-up and checks.
pub fn check() -> Result<()> {
    checks().map(drop)
}

fn checks() -> Result<Tools> {
    let tools = step("set-up", setup)?;
    step("format", || run(cargo().args(["fmt", "--all", "--check"])))?;
    step("wit", wit::check)?;
    guests(&tools)?;
    step("clippy", || {
        run(cargo()
            .args(["clippy", "--quiet", "--all-targets", "--"])
            .args(["-D", "warnings"]))
    })?;
    step("clippy for guests", || clippy_guests(&tools))?;
    step("documentation", || {
        run(cargo()
            .args(["doc", "--quiet", "--no-deps", "--all-features"])
            .env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    step("licences", deny)?;
    step("packages", packages::crates)?;
    Ok(tools)
}

fn clippy_guests(tools: &Tools) -> Result<()> {
    let clippy = |target: &str| -> Result<_> {
        let mut clippy = cargo();
        // The profile the engine was just built with: QuickJS is not compiled again.
        clippy.args([
            "clippy",
            "--quiet",
            "--profile",
            "guest",
            "--target",
            target,
        ]);
        guest_environment(&mut clippy, tools)?;
        Ok(clippy)
    };
    let mut others = clippy("wasm32-unknown-unknown")?;
    others.arg("--workspace");
    for name in NATIVE.iter().chain(WASI) {
        others.args(["--exclude", name]);
    }
    run(others.args(["--", "-D", "warnings"]))?;
    let mut wasi = clippy("wasm32-wasip2")?;
    for name in WASI {
        wasi.args(["--package", name]);
    }
    run(wasi.args(["--", "-D", "warnings"]))
}

fn deny() -> Result<()> {
    if text(cargo().args(["deny", "--version"])).is_none() {
        eprintln!("    skipped: cargo-deny is not installed (`cargo install --locked cargo-deny`)");
        return Ok(());
    }
    run(cargo().args([
        "deny",
        "--log-level",
        "error",
        "check",
        "licenses",
        "bans",
        "sources",
    ]))
}

/// Writes the pages of the book that tests generate.
pub fn pages() -> Result<()> {
    run(cargo()
        .args(["test", "--quiet", "--package", "outwit-tests"])
        .args(["--test", "matrix", "the_page_of_the_book_is_current"])
        .env("OUTWIT_BLESS", "1"))?;
    // With the features of all packages, so that nothing is compiled twice.
    run(cargo()
        .args(["test", "--quiet", "--test", "cli"])
        .args(["book::the_reference_is_current"])
        .env("OUTWIT_BLESS", "1"))
}

/// Checks the book, and renders it if mdBook is there.
pub fn docs() -> Result<()> {
    step("the book", || {
        run(cargo().args(["test", "--quiet", "--test", "cli", "book::"]))
    })?;
    if text(command("mdbook").arg("--version")).is_none() {
        eprintln!("    not rendered: mdBook is not installed (`cargo install --locked mdbook`)");
        return Ok(());
    }
    run(command("mdbook").args(["build", "docs"]))?;
    eprintln!("    rendered to target/book-html/index.html");
    Ok(())
}
