//! Nothing that ends leaves anything allocated, counted in a process of its own; see `tests/child/leaks.rs`.

use std::process::Command;

#[test]
fn what_ends_leaves_nothing_behind() {
    let leaks = Command::new(env!("CARGO_BIN_EXE_outwit-test-child"))
        .arg("leaks")
        .output()
        .expect("it starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    println!("{}", text(&leaks.stdout));
    assert!(
        leaks.status.success(),
        "{}: {}{}",
        leaks.status,
        text(&leaks.stdout),
        text(&leaks.stderr)
    );
}
