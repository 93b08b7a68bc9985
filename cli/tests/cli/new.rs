//! `outwit new`: what it makes builds and passes.

use crate::folder::{Folder, texts};

/// Whether the tests of a folder pass; gives what was said.
fn passes(folder: &Folder, name: &str) -> String {
    let output = folder.outwit(&["test", name]);
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{stdout}{stderr}");
    stdout
}

#[test]
fn a_new_plugin_passes_its_tests() {
    for (lang, main) in [("ts", "plugin.ts"), ("js", "plugin.js")] {
        let folder = Folder::new();
        let next = folder.prints(&["new", "my-plugin", "--lang", lang]);
        assert_eq!(next, "    cd my-plugin\n    outwit test\n");
        let said = passes(&folder, "my-plugin");
        assert!(said.contains("5 passed in "), "{said}");
        assert!(said.contains("✓ greet > greets Zoë"), "{said}");
        // The manifest is one, the component is where it says, and the types are those of the WIT.
        folder.prints(&["types", "my-plugin", "--check"]);
        let call = r#"greet("you")"#;
        assert_eq!(
            folder.prints(&["call", "my-plugin/outwit.toml", call]),
            "ok(\"Hello, you!\")\n"
        );
        // What its README says.
        let main = format!("my-plugin/{main}");
        folder.prints(&["build", &main, "-o", "my-plugin/build/my-plugin.wasm"]);
    }
}

#[test]
fn a_new_plugin_in_rust_passes_its_tests() {
    let folder = Folder::new();
    folder.prints(&["new", "my-plugin", "--lang", "rust"]);
    let said = passes(&folder, "my-plugin");
    assert!(
        said.contains("test tests::somebody_is_greeted ... ok"),
        "{said}"
    );
    assert!(said.contains("✓ greets"), "{said}");
}

#[test]
fn the_world_has_the_name_that_is_asked_for() {
    let folder = Folder::new();
    folder.prints(&["new", "my-plugin", "--world", "theme"]);
    assert!(passes(&folder, "my-plugin").contains("5 passed"));
    let wit = String::from_utf8(folder.read("my-plugin/wit/my-plugin.wit")).expect("it is a text");
    assert!(wit.contains("world theme {"), "{wit}");
    assert_eq!(
        folder.error(&["new", "other", "--world", "greeter"]),
        "the interface of the new plugin is called `greeter`; choose another name for its world"
    );
}

/// The application itself is built and run by `tests/examples`.
#[test]
fn a_new_application_has_a_plugin_that_passes() {
    let folder = Folder::new();
    folder.prints(&["new", "my-app", "--app"]);
    assert!(passes(&folder, "my-app/plugins/greeter").contains("5 passed"));
    let call = r#"greeter:greet("you")"#;
    assert_eq!(
        folder.prints(&["call", "my-app/outwit.toml", call]),
        "ok(\"Hello, you!\")\n"
    );
}

#[test]
fn nothing_is_overwritten() {
    let folder = Folder::with(&[("greeter/mine.txt", "mine")]);
    assert_eq!(
        folder.error(&["new", "greeter"]),
        "greeter is there already; nothing was changed. Choose another name, or remove it first"
    );
    assert_eq!(folder.read("greeter/mine.txt"), b"mine");
    assert!(!folder.path("greeter/outwit.toml").exists());
    // A folder with nothing in it is as good as none.
    std::fs::create_dir(folder.path("empty")).expect("the folder is writable");
    folder.prints(&["new", "empty"]);
}

#[test]
fn a_bad_name_is_answered_with_a_good_one() {
    let folder = Folder::new();
    for (name, reason, better) in [
        ("MyPlugin", "it has to be words", "my-plugin"),
        ("my_plugin", "it has to be words", "my-plugin"),
        ("interface", "that word means something", "my-interface"),
        ("plugins/2d", "it has to be words", "d"),
    ] {
        let error = folder.error(&["new", name]);
        assert!(error.contains(reason), "{error}");
        assert!(
            error.ends_with(&format!("how about `{better}`?")),
            "{error}"
        );
    }
    assert!(!folder.path("plugins").exists());
}
