//! The examples do what their readmes say.

mod book;
mod html;

use outwit::{App, Engine, Host, Manifest, Plugin, PluginConfig, wasi};
use outwit_tests::{engine, js, rust};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

fn examples() -> PathBuf {
    outwit_tests::root().join("../examples")
}

/// Calls `greet` of the only plugin of an app.
async fn greet(bytes: &[u8]) -> String {
    let plugin = Plugin::from_bytes(&engine(), "hello", bytes).expect("it is a component");
    let app = App::builder(&engine()).plugin(plugin, PluginConfig::new());
    let app = app.build().expect("it asks for nothing");
    let (text,): (String,) = app
        .call_typed("hello", "demo:hello/greeter", "greet", ("you",))
        .await
        .expect("it greets");
    text
}

#[tokio::test]
async fn the_smallest_plugins_greet() {
    let hello = js(
        "../examples/hello-js/plugin.js",
        "../examples/hello-js/wit",
        "hello",
    );
    assert_eq!(greet(&hello).await, "Hello, you! This is JavaScript.");
    let hello = rust("../examples/hello-rust");
    assert_eq!(greet(&hello).await, "Hello, you! This is Rust.");
    for example in ["hello-js", "hello-rust"] {
        let manifest = examples().join(example).join("outwit.toml");
        Manifest::load(manifest).expect("the manifest is in order");
    }
}

/// The app `examples/site` in a folder of its own: its manifests, its plugins, and some content.
struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    fn with_content(content: &Path) -> Site {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let example = examples().join("site");
        for name in ["outwit.toml", "outwit.fused.toml"] {
            fs::copy(example.join(name), folder.path().join(name)).expect("a manifest");
        }
        let build = folder.path().join("build");
        fs::create_dir(&build).expect("a folder");
        let theme = js(
            "../examples/site/theme/plugin.js",
            "../examples/site/wit",
            "theme-plugin",
        );
        let markdown = rust("../examples/site/markdown");
        let site = rust("../examples/site/site");
        let plugins = [
            ("theme", &theme),
            ("markdown", &*markdown),
            ("site", &*site),
        ];
        for (name, bytes) in plugins {
            fs::write(build.join(format!("{name}.wasm")), bytes).expect("a plugin");
        }
        copy(content, &folder.path().join("content"));
        Site { folder }
    }

    /// Runs the app of a manifest; returns what it printed and the files it wrote.
    async fn run(&self, manifest: &str) -> (String, BTreeMap<String, String>) {
        let public = self.folder.path().join("public");
        let _ = fs::remove_dir_all(&public);
        fs::create_dir(&public).expect("a folder");
        let terminal = wasi::cli::Captured::default();
        let host = Host::system().with_cli(Arc::new(terminal.clone()));
        let manifest = Manifest::load(self.folder.path().join(manifest)).expect("a manifest");
        let app = App::builder(&engine()).host(host).manifest(&manifest);
        let app = app.and_then(|app| app.build()).expect("the app loads");
        let code = app
            .run("site", Vec::<String>::new())
            .await
            .expect("it runs");
        assert_eq!(code, 0, "{}", terminal.stderr_text());
        let mut files = BTreeMap::new();
        read(&public, "", &mut files);
        (terminal.stdout_text(), files)
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file");
        }
    }
}

fn read(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            read(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, fs::read_to_string(entry.path()).expect("text"));
        }
    }
}

#[tokio::test]
async fn the_site_is_made_the_same_in_both_ways_of_linking() {
    let site = Site::with_content(&examples().join("site/content"));
    let (said, pages) = site.run("outwit.toml").await;
    assert!(said.contains("README.md -> index.html"), "{said}");
    assert!(said.contains("3 pages, 1 other files"), "{said}");
    let names: Vec<_> = pages.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "index.html",
            "recipes/bread.html",
            "recipes/soup.html",
            "style.css"
        ]
    );
    let (said_fused, pages_fused) = site.run("outwit.fused.toml").await;
    assert_eq!(said, said_fused);
    assert_eq!(pages, pages_fused);

    let index = &pages["index.html"];
    assert!(index.contains("<title>Kitchen notes</title>"), "{index}");
    assert!(
        index.contains("href=\"recipes/soup.html#leftovers\""),
        "{index}"
    );
    assert!(!index.contains("<script"), "{index}");
    let soup = &pages["recipes/soup.html"];
    assert!(
        soup.contains("<title>Soup &amp; such · Kitchen notes</title>"),
        "{soup}"
    );
    html::check(&pages);
}

#[tokio::test]
async fn the_documentation_is_rendered() {
    let repository = outwit_tests::root().join("..");
    let content = tempfile::tempdir().expect("a temporary folder");
    for name in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
    ] {
        fs::copy(repository.join(name), content.path().join(name)).expect("a page");
    }
    copy(&repository.join("docs"), &content.path().join("docs"));
    let (_, pages) = Site::with_content(content.path()).run("outwit.toml").await;
    assert!(pages.contains_key("index.html") && pages.contains_key("docs/index.html"));
    html::check(&pages);
}

#[tokio::test]
async fn each_grant_of_the_site_is_needed() {
    let site = Site::with_content(&examples().join("site/content"));
    let path = site.folder.path().join("outwit.toml");
    let manifest = fs::read_to_string(&path).expect("a manifest");
    let build = |engine: &Engine, text: &str| {
        let manifest = Manifest::parse(text, &path).expect("a manifest");
        App::builder(engine)
            .manifest(&manifest)
            .and_then(|app| app.build())
    };
    build(&engine(), &manifest).expect("all is granted");
    for (grant, plugin) in [
        ("console = true\n", "theme"),
        ("cli = { stdout = true, stderr = true }\n", "site"),
    ] {
        let less = manifest.replace(grant, "");
        assert_ne!(less, manifest);
        let error = build(&engine(), &less).expect_err("a grant is missing");
        let key = grant.split(' ').next().unwrap_or_default();
        let outwit::Error::MissingGrant(missing) = &error else {
            panic!("{error}");
        };
        assert_eq!(missing.plugin, plugin);
        assert!(error.to_string().contains(key), "{error}");
    }
}

#[test]
fn each_plugin_of_the_site_names_exactly_what_its_wit_names() {
    let names = |bytes: &[u8]| {
        let decoded = wit_component::decode(bytes).expect("it is readable");
        let wit_component::DecodedWasm::Component(resolve, world) = decoded else {
            panic!("it is a component");
        };
        let world = &resolve.worlds[world];
        let names = |keys: Vec<_>| -> Vec<String> {
            keys.into_iter()
                .map(|key| resolve.name_world_key(key))
                .collect()
        };
        (
            names(world.imports.keys().collect()),
            names(world.exports.keys().collect()),
        )
    };
    let theme = js(
        "../examples/site/theme/plugin.js",
        "../examples/site/wit",
        "theme-plugin",
    );
    let (imports, exports) = names(&theme);
    assert_eq!(
        BTreeSet::from_iter(imports),
        ["demo:site/markdown@0.1.0", "outwit:console/log@0.1.0"]
            .map(String::from)
            .into()
    );
    assert_eq!(exports, ["demo:site/theme@0.1.0"]);
    let (imports, exports) = names(&rust("../examples/site/markdown"));
    assert_eq!(imports, [""; 0]);
    assert_eq!(exports, ["demo:site/markdown@0.1.0"]);
}

/// What an application prints that is started in a folder with its manifest and its plugin.
fn run_in(folder: &Path, program: &str, args: &[&str]) -> String {
    let output = std::process::Command::new(program)
        .args(args)
        .current_dir(folder)
        .env(
            "XDG_CACHE_HOME",
            outwit_tests::cache().with_file_name("user"),
        )
        .output()
        .expect("it starts");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).expect("it prints text")
}

#[test]
fn the_embedded_host_prints_what_its_readme_says() {
    let example = examples().join("embedded");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let rules = js(
        "../examples/embedded/rules.js",
        "../examples/embedded/wit",
        "rules-plugin",
    );
    fs::create_dir(folder.path().join("build")).expect("a folder");
    fs::write(folder.path().join("build/rules.wasm"), rules).expect("a plugin");
    fs::copy(
        example.join("outwit.toml"),
        folder.path().join("outwit.toml"),
    )
    .expect("a manifest");
    let printed = run_in(
        folder.path(),
        env!("CARGO_BIN_EXE_outwit-test-embedded"),
        &[],
    );
    let readme = fs::read_to_string(example.join("README.md")).expect("a readme");
    let expected = readme
        .split("```text\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    assert_eq!(Some(printed.as_str()), expected);
}

#[test]
fn a_new_application_greets() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let templates = outwit_tests::root().join("../cli/src/new/templates");
    let read = |name: &str| fs::read_to_string(templates.join(name)).expect("a template");
    let fill = |text: String| {
        text.replace("{{name}}", "greeter")
            .replace("{{world}}", "plugin")
            .replace("{{includes}}", "    include outwit:console/imports@0.1.0;")
    };
    let build = folder.path().join("plugins/greeter/build");
    fs::create_dir_all(&build).expect("a folder");
    let (source, wit) = (fill(read("js/plugin.js")), fill(read("common/plugin.wit")));
    let plugin = outwit_tests::js_text(&source, &wit).expect("the template is good");
    fs::write(build.join("greeter.wasm"), plugin).expect("a plugin");
    let manifest = fill(read("app/outwit.toml"));
    fs::write(folder.path().join("outwit.toml"), manifest).expect("a manifest");
    let program = env!("CARGO_BIN_EXE_outwit-test-new-app");
    assert_eq!(run_in(folder.path(), program, &["you"]), "Hello, you!\n");
}
