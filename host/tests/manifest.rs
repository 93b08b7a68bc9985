//! The manifest: what it means, and one clear error with line and column for each mistake.

#![allow(clippy::disallowed_methods)] // tests use files and clocks

mod common;

use std::path::Path;
use std::time::Duration;

use common::{CALLER, engine, greeter};
use outwit::{App, Error, LinkMode, Manifest, storage::Place, wasi};

fn mistake(text: &str) -> String {
    match Manifest::parse(text, "dir/outwit.toml").unwrap_err() {
        error @ Error::Manifest { .. } => error.to_string(),
        other => panic!("{other}"),
    }
}

#[test]
fn mistakes_have_a_place() {
    let cases = [
        ("", "dir/outwit.toml:1:1: missing field `app`"),
        ("[app", "dir/outwit.toml:1:5: "),
        ("[app]\n", "dir/outwit.toml:1:1: missing field `name`"),
        (
            "[app]\nname = 1\n",
            "dir/outwit.toml:2:8: invalid type: integer `1`, expected a string",
        ),
        (
            "[app]\nname = 'x'\n[plugin.x]\n",
            "dir/outwit.toml:3:2: unknown field `plugin`; is `plugins` meant?",
        ),
        (
            "[app]\nname = 'x'\n[link]\nmode = 'glued'\n",
            "dir/outwit.toml:4:8: unknown variant `glued`, expected `trampoline` or `fused`",
        ),
        (
            "[app]\nname = 'x'\n[plugins.a]\n",
            "dir/outwit.toml:3:1: missing field `path`",
        ),
        (
            "[app]\nname = 'x'\n[plugins.'../a']\npath = 'a'\n",
            "dir/outwit.toml:3:10: `../a` cannot be the name of a plugin",
        ),
        (
            "[app]\nname = 'x'\n[plugins.a]\npath = 'a'\ngrants = 1\n",
            "dir/outwit.toml:5:1: unknown field `grants`; is `grant` meant?",
        ),
        (
            "[app]\nname = 'x'\n[plugins.a]\npath = 'a'\ngrant.consol = true\n",
            "dir/outwit.toml:5:7: unknown field `consol`; is `console` meant?",
        ),
        (
            "[app]\nname = 'x'\n[plugins.a]\npath = 'a'\ngrant.console = 'yes'\n",
            "dir/outwit.toml:5:17: invalid type: string \"yes\", expected a boolean",
        ),
        (
            "[app]\nname = 'x'\n[plugins.a]\npath = 'a'\ngrant.storage = 7\n",
            "dir/outwit.toml:5:17: invalid type: integer `7`, expected true, false or a table",
        ),
        (
            "[app]\nname = 'x'\n[plugins.a]\npath = 'a'\ngrant.storage = { pth = 'x' }\n",
            "dir/outwit.toml:5:19: unknown field `pth`; is `path` meant?",
        ),
        (
            "[app]\nname = 'x'\n[plugins.a]\npath = 'a'\ngrant.filesystem = [{ host = '.', guest = '/', access = 'all' }]\n",
            "dir/outwit.toml:5:57: unknown variant `all`, expected `read` or `write`",
        ),
        (
            "[app]\nname = 'x'\n[plugins.a]\npath = 'a'\nlimits.memory = '64 megs'\n",
            "dir/outwit.toml:5:17: `64 megs` is not a number of bytes or text like \"64MiB\"",
        ),
        (
            "[app]\nname = 'x'\n[plugins.a]\npath = 'a'\nlimits.cpu = -1\n",
            "dir/outwit.toml:5:14: -1 is less than nothing",
        ),
        (
            "[app]\nname = 'x'\n[plugins.a]\npath = 'a'\nlimits.memory = '99999999999GiB'\n",
            "dir/outwit.toml:5:17: `99999999999GiB` is not",
        ),
        (
            "[app]\nname = 'x'\n[plugins.a]\npath = 'a'\nlinks = { 'fmt:' = 'a' }\n",
            "dir/outwit.toml:5:11: `fmt:` is not the name of an interface",
        ),
        (
            "[app]\nname = 'ä'\n[plugins.a]\npath = 'a'\nlinks = { 'a:b/c' = 'nobody' }\n",
            "dir/outwit.toml:5:21: there is no plugin `nobody`; the app has a",
        ),
        (
            "[app]\nname = 'x'\nname = 'y'\n",
            "dir/outwit.toml:3:1: duplicate key",
        ),
    ];
    for (text, expected) in cases {
        let found = mistake(text);
        assert!(
            found.starts_with(expected),
            "{text}\nexpected: {expected}\nfound:    {found}"
        );
    }
}

#[test]
fn no_text_makes_it_panic() {
    let good = "[app]\nname = 'ü'\n[plugins.a]\npath = 'a'\n[plugins.a.grant]\ncli = { args = ['x'] }\n[plugins.a.limits]\nwall = '5s'\n";
    assert!(Manifest::parse(good, "m").is_ok());
    for (at, _) in good.char_indices() {
        let _ = Manifest::parse(&good[..at], "m");
        for replacement in ["[", "]", "=", "'", "\n", "\u{0}", "é", "9"] {
            let mut text = good.to_string();
            text.insert_str(at, replacement);
            let _ = Manifest::parse(&text, "m");
        }
    }
}

#[test]
fn everything_means_something() {
    let text = r#"
        [app]
        name = "all"
        [link]
        mode = "fused"
        [plugins.a]
        path = "a.wasm"
        [plugins.a.grant]
        console = true
        performance = false
        storage = { path = "data", quota = "1MiB" }
        cli = { stdout = true, args = ["x", "y"], env = ["A", "B=c"] }
        filesystem = [{ host = "docs", guest = "/in", access = "read" }, { host = "/abs", guest = "/out", access = "write" }]
        clocks = true
        [plugins.a.limits]
        memory = 1024
        cpu = "2min"
        wall = 1500
        table-elements = 5
        output = "3KiB"
        [plugins.b]
        path = "b.wasm"
        grant = { storage = true, cli = true, filesystem = [] }
    "#;
    let manifest = Manifest::parse(text, "dir/outwit.toml").unwrap();
    assert_eq!(
        (manifest.name(), manifest.link_mode()),
        ("all", LinkMode::Fused)
    );
    let entries: Vec<_> = manifest.plugins().collect();
    let (a, b) = (entries[0], entries[1]);
    assert_eq!(a.path(), Path::new("dir/a.wasm"));
    assert!(a.grants().console.is_some());
    assert!(a.grants().performance.is_none());
    assert!(a.grants().crypto.is_none());
    assert!(a.grants().clocks.is_some());
    let storage = a.grants().storage.as_ref().unwrap();
    assert_eq!(storage.quota, 1 << 20);
    assert_eq!(storage.place, Place::Path("dir/data".into()));
    let cli = a.grants().cli.as_ref().unwrap();
    assert_eq!((cli.stdin, cli.stdout, cli.stderr), (false, true, false));
    assert_eq!(
        cli.args,
        wasi::cli::Args::Fixed(vec!["x".into(), "y".into()])
    );
    assert_eq!(cli.env, ["A", "B=c"]);
    let folders = &a.grants().filesystem.as_ref().unwrap().folders;
    assert_eq!(folders[0].host, Path::new("dir/docs"));
    assert_eq!(folders[1].host, Path::new("/abs"));
    assert_eq!(folders[1].access, wasi::filesystem::Access::Write);
    let limits = a.limits();
    assert_eq!(limits.memory, Some(1024));
    assert_eq!(
        (limits.cpu, limits.wall),
        (Duration::from_secs(120), Duration::from_millis(1500))
    );
    assert_eq!(
        (limits.table_elements, limits.output, limits.tables),
        (5, 3072, 8)
    );
    assert_eq!(b.grants().storage.as_ref().unwrap().place, Place::Memory);
    assert_eq!(b.grants().cli, Some(wasi::cli::Grant::default()));
    assert!(b.grants().filesystem.as_ref().unwrap().folders.is_empty());
}

#[tokio::test]
async fn an_app_loads_from_its_manifest() {
    let engine = engine();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| std::fs::write(folder.path().join(name), text).unwrap();
    let manifest = |mode: &str| {
        format!(
            "[app]\nname = \"x\"\n[link]\nmode = \"{mode}\"\n[plugins.page]\npath = \"page.wasm\"\n[plugins.fmt]\npath = \"fmt.wasm\"\n"
        )
    };
    let path = folder.path().join("outwit.toml");
    let error = App::load(&engine, &path).unwrap_err();
    assert!(matches!(error, Error::Read { .. }), "{error}");
    write("outwit.toml", manifest("trampoline").as_bytes());
    let error = App::load(&engine, &path).unwrap_err();
    assert!(
        matches!(&error, Error::Manifest { at, .. } if (at.line, at.column) == (8, 8)),
        "{error}"
    );
    write("page.wasm", &wat::parse_str(CALLER).unwrap());
    write("fmt.wasm", b"export function greet() {}");
    let error = App::load(&engine, &path).unwrap_err();
    assert!(
        matches!(&error, Error::NotAComponent { plugin, .. } if plugin == "fmt"),
        "{error}"
    );
    write("fmt.wasm", &wat::parse_str(greeter("Hello, ")).unwrap());
    for mode in ["trampoline", "fused"] {
        write("outwit.toml", manifest(mode).as_bytes());
        let app = App::load(&engine, &path).unwrap();
        assert_eq!(app.name(), "x");
        let (text,): (String,) = app
            .call_typed("page", None, "greet", ("Ada".to_string(),))
            .await
            .unwrap();
        assert_eq!(text, "Hello, Ada");
        let error = app.call("nobody", None, "greet", &[]).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no plugin `nobody`. The app has: fmt, page"
        );
    }
}
