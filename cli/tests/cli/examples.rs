//! The examples that are about plugins do what their readmes say.

use crate::folder::{Folder, repository, texts};

/// A copy of an example, without what was built in it.
fn example(name: &str) -> Folder {
    let folder = Folder::new();
    let from = repository().join("examples").join(name);
    copy(&folder, &from, "");
    folder
}

fn copy(folder: &Folder, from: &std::path::Path, to: &str) {
    for entry in std::fs::read_dir(from).expect("the example is there") {
        let path = entry.expect("it can be read").path();
        let name = path.file_name().expect("it has a name").to_string_lossy();
        let to = match to {
            "" => name.to_string(),
            to => format!("{to}/{name}"),
        };
        match path.is_dir() {
            true if name == "build" || name == "data" || name == "target" => {}
            true => copy(folder, &path, &to),
            false => folder.write(&to, std::fs::read(&path).expect("a file")),
        }
    }
}

fn tests_pass(folder: &Folder, args: &[&str]) -> String {
    let output = folder.outwit(&[&["test"], args].concat());
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{stdout}{stderr}");
    stdout
}

#[test]
fn the_smallest_plugin_in_typescript_is_what_outwit_new_makes() {
    let folder = Folder::new();
    folder.prints(&["new", "hello-ts"]);
    for name in [
        ".gitignore",
        ".vscode/launch.json",
        "README.md",
        "outwit.d.ts",
        "outwit.toml",
        "plugin.test.ts",
        "plugin.ts",
        "tsconfig.json",
        "wit/hello-ts.wit",
    ] {
        let committed = std::fs::read(repository().join("examples/hello-ts").join(name));
        let made = folder.read(&format!("hello-ts/{name}"));
        assert!(
            committed.is_ok_and(|committed| committed == made),
            "examples/hello-ts/{name} is not what `outwit new hello-ts` makes"
        );
    }
    assert!(tests_pass(&example("hello-ts"), &[]).contains("5 passed"));
}

#[test]
fn the_scheduled_job_passes_its_tests() {
    let folder = example("scheduled-job");
    folder.prints(&["types", "--check"]);
    assert!(tests_pass(&folder, &[]).contains("4 passed"));
}

/// Its last filter is a crate of the workspace, so it is built where it is.
#[test]
fn the_chain_of_filters_filters() {
    let chain = repository().join("examples/filter-chain");
    let chain = chain.to_str().expect("Unicode");
    let folder = Folder::new();
    assert!(tests_pass(&folder, &[chain, "--plugin", "calm"]).contains("4 passed"));
    let manifest = format!("{chain}/outwit.toml");
    let call = r#"calm:apply({author: "ann", text: "TEA PLEASE", notes: []})"#;
    assert_eq!(
        folder.prints(&["call", &manifest, call]),
        "ok({author: \"ann\", text: \"Tea please\", notes: [\"was shouted\", \"2 words\"]})\n"
    );
    let (wit, calm) = (format!("{chain}/wit"), format!("{chain}/calm"));
    folder.prints(&["types", &calm, "--wit", &wit, "--world", "link", "--check"]);
}
