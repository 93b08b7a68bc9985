//! Which provider fits.

use crate::guests::{app, run, shelf_of, shelf_with, user};
use outwit::{Error, LinkMode};

/// Versions that are compatible by the rules of semantic versioning link, either way round.
#[tokio::test]
async fn compatible_versions_link() {
    for mode in [LinkMode::Trampoline, LinkMode::Fused] {
        for version in ["0.2.0", "0.2.1", "0.2.3"] {
            let app = app([user("user"), shelf_of(version)]).link_mode(mode);
            let app = app.build().unwrap_or_else(|e| panic!("{version}: {e}"));
            assert_eq!(run(&app, "user", "twins").await.unwrap(), "t 1, t 2, 1");
        }
    }
    for version in ["0.3.0", "1.2.1"] {
        let error = app([user("user"), shelf_of(version)]).build().unwrap_err();
        assert!(matches!(error, Error::MissingProvider { .. }), "{error}");
        assert!(
            error.to_string().contains(&format!("boxes@{version}")),
            "{error}"
        );
    }
}

/// The message says all that does not fit.
#[test]
fn the_difference_is_told() {
    let other = shelf_with(
        "alive: func() -> u32;\n        crash: func();",
        "alive: func() -> u64;",
        |source| source.replace("alive: () => alive", "alive: () => BigInt(alive)"),
    );
    let error = app([user("user"), other]).build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "plugin `user` cannot be linked to `shelf`: they disagree about `alive` of \
         `test:links/boxes@0.2.1`\n  imported: func() -> u32\n  exported: func() -> u64\n  \
         and `crash`\n  imported: func()\n  exported: nothing of that name"
    );
}
