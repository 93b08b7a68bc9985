//! A thousand instances for a minute, in a process of its own; see `tests/child/soak.rs`.

use std::process::Command;

#[test]
fn a_thousand_instances_for_a_while() {
    // Its memory is not this process's: other tests run meanwhile, also those that measure theirs.
    let seconds = std::env::var("OUTWIT_SOAK_SECONDS").unwrap_or_else(|_| "60".to_string());
    let soak = Command::new(env!("CARGO_BIN_EXE_outwit-test-child"))
        .args(["soak", &seconds])
        .output()
        .expect("it starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    println!("{}", text(&soak.stdout));
    assert!(
        soak.status.success(),
        "{}: {}",
        soak.status,
        text(&soak.stderr)
    );
}
