//! Apps and their manifests: what `outwit run`, `dev`, `test` and `policy` say of them.

use super::Page;
use crate::folder::{Folder, fmt, tools};

/// A component that imports an interface and exports others.
fn linked(imports: &[&str], exports: &[&str]) -> Vec<u8> {
    let mut text = String::from("(component\n");
    for name in imports {
        text += &format!("(import \"{name}\" (instance (export \"f\" (func))))\n");
    }
    text += "(core module $m (func (export \"f\")))\n(core instance $m (instantiate $m))\n";
    text += "(func $f (canon lift (core func $m \"f\")))\n(instance $i (export \"f\" (func $f)))\n";
    for name in exports {
        text += &format!("(export \"{name}\" (instance $i))\n");
    }
    wat::parse_str(text + ")").expect("it is a component")
}

#[test]
fn manifests() {
    let folder = Folder::with(&[("docs/readme.md", "text")]);
    folder.component("fmt.wasm", fmt());
    folder.component("tools.wasm", tools());
    folder.write("a.wasm", linked(&["x:a/one"], &["x:a/two"]));
    folder.write("b.wasm", linked(&["x:a/two"], &["x:a/one"]));
    folder.write("c.wasm", linked(&[], &["x:a/one"]));
    folder.write("shadow.wasm", linked(&[], &["outwit:console/log@0.1.0"]));
    folder.write("sockets.wasm", linked(&["wasi:sockets/tcp@0.2.0"], &[]));
    folder.write("unknown.wasm", linked(&["outwit:consle/log@0.1.0"], &[]));
    folder.write("later.wasm", linked(&["outwit:console/log@9.1.0"], &[]));
    folder.write("module.wasm", b"\0asm\x01\0\0\0");
    let mut page = Page::new("manifest", &folder);
    let plugin = "[plugins.fmt]\npath = \"fmt.wasm\"\n";
    let tools = "[plugins.tools]\npath = \"tools.wasm\"\n";
    let granted =
        "[plugins.tools]\npath = \"tools.wasm\"\ngrant = { console = true, timers = true }\n";
    for (what, text) in [
        ("an empty manifest", String::new()),
        ("no name", String::from("[app]\n")),
        (
            "a misspelt table",
            String::from("[app]\nname = \"x\"\n[plugin.fmt]\npath = \"fmt.wasm\"\n"),
        ),
        (
            "a misspelt key",
            String::from("[app]\nname = \"x\"\n[plugins.fmt]\npaht = \"fmt.wasm\"\n"),
        ),
        (
            "no path",
            String::from("[app]\nname = \"x\"\n[plugins.fmt]\n"),
        ),
        (
            "a text that does not end",
            String::from("[app]\nname = \"x\n"),
        ),
        (
            "a value of another type",
            format!("[app]\nname = \"x\"\n{plugin}[plugins.fmt.grant]\nconsole = \"yes\"\n"),
        ),
        (
            "a misspelt capability",
            format!("[app]\nname = \"x\"\n{plugin}[plugins.fmt.grant]\nconsle = true\n"),
        ),
        (
            "a misspelt key of a grant",
            format!(
                "[app]\nname = \"x\"\n{plugin}[plugins.fmt.grant]\nstorage = {{ qouta = \"1MiB\" }}\n"
            ),
        ),
        (
            "a misspelt limit",
            format!("[app]\nname = \"x\"\n{plugin}[plugins.fmt.limits]\nmemmory = \"1MiB\"\n"),
        ),
        (
            "a size that is none",
            format!("[app]\nname = \"x\"\n{plugin}[plugins.fmt.limits]\nmemory = \"much\"\n"),
        ),
        (
            "a time that is none",
            format!("[app]\nname = \"x\"\n{plugin}[plugins.fmt.limits]\ncpu = \"soon\"\n"),
        ),
        (
            "a misspelt lifecycle",
            format!(
                "[app]\nname = \"x\"\n{plugin}[plugins.fmt.lifecycle]\nrestart = \"on-falt\"\n"
            ),
        ),
        (
            "a misspelt mode",
            format!("[app]\nname = \"x\"\n[link]\nmode = \"fuse\"\n{plugin}"),
        ),
        (
            "a folder's access",
            format!(
                "[app]\nname = \"x\"\n{plugin}[plugins.fmt.grant]\nfilesystem = [{{ host = \"docs\", guest = \"/in\", access = \"readwrite\" }}]\n"
            ),
        ),
        (
            "an origin with a path",
            format!(
                "[app]\nname = \"x\"\n{plugin}[plugins.fmt.grant]\nfetch = [\"https://example.com/a\"]\n"
            ),
        ),
        (
            "a rule that is none",
            format!(
                "[app]\nname = \"x\"\n{plugin}[plugins.fmt.policy]\ndeny = [\"storag clear\"]\n"
            ),
        ),
        (
            "a rule for a function that is not there",
            format!(
                "[app]\nname = \"x\"\n{plugin}[plugins.fmt.policy]\ndeny = [\"storage claer\"]\n"
            ),
        ),
        (
            "a key that is none",
            format!(
                "[app]\nname = \"x\"\n[trust]\nkeys = [{{ name = \"ann\", key = \"ed25519:12\" }}]\n{plugin}"
            ),
        ),
        (
            "a name that is none",
            String::from("[app]\nname = \"x\"\n[plugins.\"my plugin\"]\npath = \"fmt.wasm\"\n"),
        ),
        (
            "two plugins of one name",
            format!("[app]\nname = \"x\"\n{plugin}{plugin}"),
        ),
        (
            "a component that is not there",
            String::from("[app]\nname = \"x\"\n[plugins.fmt]\npath = \"fmtt.wasm\"\n"),
        ),
        (
            "a component that is not built yet",
            String::from(
                "[app]\nname = \"x\"\n[plugins.fmt]\npath = \"build/fmt.wasm\"\nbuild = \"plugin.ts\"\n",
            ),
        ),
        (
            "a component that is not pulled yet",
            String::from(
                "[app]\nname = \"x\"\n[plugins.fmt]\npath = \"build/fmt.wasm\"\nfrom = \"oci://localhost:1/fmt:1\"\n",
            ),
        ),
        (
            "a core module",
            String::from("[app]\nname = \"x\"\n[plugins.fmt]\npath = \"module.wasm\"\n"),
        ),
        (
            "grants that are missing",
            format!("[app]\nname = \"x\"\n{tools}"),
        ),
        (
            "a grant that is missing",
            format!("[app]\nname = \"x\"\n{tools}grant = {{ timers = true }}\n"),
        ),
        (
            "a folder that is not there",
            format!(
                "[app]\nname = \"x\"\n{plugin}[plugins.fmt.grant]\nfilesystem = [{{ host = \"dcos\", guest = \"/in\", access = \"read\" }}]\n"
            ),
        ),
        (
            "plugins that import each other",
            String::from(
                "[app]\nname = \"x\"\n[plugins.a]\npath = \"a.wasm\"\n[plugins.b]\npath = \"b.wasm\"\n",
            ),
        ),
        (
            "an import that nobody has",
            String::from(
                "[app]\nname = \"x\"\n[plugins.a]\npath = \"a.wasm\"\n[plugins.fmt]\npath = \"fmt.wasm\"\n",
            ),
        ),
        (
            "an import that two plugins have",
            String::from(
                "[app]\nname = \"x\"\n[plugins.a]\npath = \"a.wasm\"\n[plugins.c]\npath = \"c.wasm\"\n[plugins.d]\npath = \"c.wasm\"\n",
            ),
        ),
        (
            "a link to a misspelt plugin",
            String::from(
                "[app]\nname = \"x\"\n[plugins.a]\npath = \"a.wasm\"\nlinks = { \"x:a/one\" = \"thee\" }\n[plugins.the]\npath = \"c.wasm\"\n",
            ),
        ),
        (
            "a link to a plugin that lacks it",
            String::from(
                "[app]\nname = \"x\"\n[plugins.a]\npath = \"a.wasm\"\nlinks = { \"x:a/one\" = \"fmt\" }\n[plugins.fmt]\npath = \"fmt.wasm\"\n",
            ),
        ),
        (
            "a link for what is not imported",
            String::from(
                "[app]\nname = \"x\"\n[plugins.a]\npath = \"a.wasm\"\nlinks = { \"x:a/on\" = \"c\" }\n[plugins.c]\npath = \"c.wasm\"\n",
            ),
        ),
        (
            "an interface of the host, exported",
            String::from("[app]\nname = \"x\"\n[plugins.a]\npath = \"shadow.wasm\"\n"),
        ),
        (
            "an interface of WASI that is not offered",
            String::from("[app]\nname = \"x\"\n[plugins.a]\npath = \"sockets.wasm\"\n"),
        ),
        (
            "an interface of Outwit that is not there",
            String::from("[app]\nname = \"x\"\n[plugins.a]\npath = \"unknown.wasm\"\n"),
        ),
        (
            "an interface of another version",
            String::from("[app]\nname = \"x\"\n[plugins.a]\npath = \"later.wasm\"\n"),
        ),
        ("nothing to run", format!("[app]\nname = \"x\"\n{plugin}")),
        ("no plugins", String::from("[app]\nname = \"x\"\n")),
    ] {
        folder.write("outwit.toml", text);
        page.show(what, &["run", "outwit.toml"]);
    }
    folder.write(
        "outwit.toml",
        format!("[app]\nname = \"x\"\n{plugin}{granted}"),
    );
    page.show("a misspelt plugin", &["call", ".", "fmtt:greet(\"x\")"]);
    page.show(
        "a misspelt function of a plugin",
        &["call", ".", "fmt:gret(\"x\")"],
    );
    page.show(
        "a function that two plugins have",
        &["call", ".", "greet(\"x\")"],
    );
    page.show(
        "grants for an app",
        &["call", ".", "fmt:greet(\"x\")", "--grant", "console"],
    );
    page.show("a limit of the manifest", &["call", ".", "tools:spin()"]);
    page.show(
        "a plugin to run that is not there",
        &["run", ".", "--plugin", "fmtt"],
    );
    page.show(
        "a plugin that cannot be run",
        &["run", ".", "--plugin", "fmt"],
    );
    page.show("a folder without a manifest", &["run", "docs"]);
    folder.write("outwit.toml", b"[app]\nname = \"caf\xe9\"\n");
    page.show("a manifest that is not UTF-8", &["run", "."]);
    page.check();
}

/// A caller and what it calls, which differ in a type.
#[test]
fn links() {
    let folder = Folder::new();
    let wit = |ty: &str| {
        format!(
            "package demo:link; interface api {{ render: func(text: {ty}) -> string; }} world calls {{ import api; export go: func() -> string; }} world gives {{ export api; }}"
        )
    };
    folder.write("wit/calls.wit", wit("string"));
    folder.write("gives/wit/gives.wit", wit("u32"));
    folder.write(
        "calls.js",
        "import { render } from 'demo:link/api';\nexport const go = () => render('a');\n",
    );
    folder.write(
        "gives/gives.js",
        "export const api = { render: (n) => `${n}` };\n",
    );
    folder.prints(&["build", "calls.js", "--world", "calls", "-o", "calls.wasm"]);
    folder.prints(&[
        "build",
        "gives/gives.js",
        "--world",
        "gives",
        "-o",
        "gives.wasm",
    ]);
    folder.write("outwit.toml", "[app]\nname = \"x\"\n[plugins.calls]\npath = \"calls.wasm\"\n[plugins.gives]\npath = \"gives.wasm\"\n");
    let mut page = Page::new("links", &folder);
    page.show("plugins that disagree", &["call", ".", "go()"]);
    folder.write("outwit.toml", "[app]\nname = \"x\"\n[link]\nmode = \"fused\"\n[plugins.calls]\npath = \"calls.wasm\"\n[plugins.gives]\npath = \"gives.wasm\"\n");
    page.show("fused plugins that disagree", &["call", ".", "go()"]);
    page.show(
        "components that disagree",
        &["compose", "calls.wasm", "gives.wasm", "-o", "both.wasm"],
    );
    page.check();
}

#[test]
fn dev_and_test() {
    let folder = Folder::with(&[
        ("none/readme.md", "text"),
        (
            "bare/outwit.toml",
            "[app]\nname = \"x\"\n[plugins.fmt]\npath = \"fmt.wasm\"\n",
        ),
        (
            "broken/outwit.toml",
            "[app]\nname = \"x\"\n[plugins.p]\npath = \"build/p.wasm\"\nbuild = \"p.ts\"\n",
        ),
        (
            "broken/wit/w.wit",
            "package a:b; world w { export f: func(); }",
        ),
        ("broken/p.ts", "export function f( { }\n"),
        (
            "broken/p.test.ts",
            "import { it } from 'outwit:test';\nit('works', () => {});\n",
        ),
        (
            "tests/outwit.toml",
            "[app]\nname = \"x\"\n[plugins.p]\npath = \"build/p.wasm\"\nbuild = \"p.ts\"\n[plugins.q]\npath = \"build/q.wasm\"\nbuild = \"q.ts\"\n",
        ),
        (
            "tests/wit/w.wit",
            "package a:b; world w { export f: func() -> u8; }",
        ),
        ("tests/p.ts", "export const f = () => 1;\n"),
        ("tests/q.ts", "export const f = () => 2;\n"),
        (
            "tests/p.test.ts",
            "import { it, expect } from 'outwit:test';\nimport { f } from './p.js';\nit('is two', () => expect(f()).toBe(2));\n",
        ),
        (
            "two/outwit.toml",
            "[app]\nname = \"x\"\n[plugins.p]\npath = \"build/p.wasm\"\nbuild = \"p.ts\"\n",
        ),
        (
            "two/wit/w.wit",
            "package a:b; world w { export f: func() -> u8; }",
        ),
        ("two/p.ts", "export const f = () => 1;\n"),
        (
            "two/p.test.ts",
            "import { it, expect } from 'outwit:test';\nit('is one', () => expct(1).toBe(1));\n",
        ),
    ]);
    folder.component("bare/fmt.wasm", fmt());
    let mut page = Page::new("test", &folder);
    page.show("a folder without a manifest", &["test", "none"]);
    page.show("a folder that is not there", &["test", "nope"]);
    page.show("no tests", &["test", "bare"]);
    page.show("a mistake of syntax in the plugin", &["test", "broken"]);
    page.show(
        "a mistake of syntax in the only test",
        &["test", "tests/p.tst.ts"],
    );
    page.show("several plugins", &["test", "tests"]);
    page.show("a misspelt plugin", &["test", "tests", "--plugin", "pp"]);
    page.show("a name that is not there", &["test", "two"]);
    page.show(
        "a filter that nothing fits",
        &["test", "two", "--filter", "is two"],
    );
    page.show("a time that is none", &["test", "two", "--timeout", "long"]);
    page.check();
    let mut page = Page::new("dev", &folder);
    page.show("a folder without a manifest", &["dev", "none"]);
    page.show("a folder that is not there", &["dev", "nope"]);
    page.show("a component", &["dev", "bare/fmt.wasm"]);
    page.check();
}

#[test]
fn policy() {
    let folder = Folder::with(&[("none/readme.md", "text")]);
    folder.component("fmt.wasm", fmt());
    folder.component("tools.wasm", tools());
    let mut page = Page::new("policy", &folder);
    page.show(
        "a file that is not there",
        &["policy", "explain", "nope.toml", "fmt"],
    );
    page.show(
        "a folder without a manifest",
        &["policy", "explain", "none", "fmt"],
    );
    page.show("a component", &["policy", "explain", "fmt.wasm", "fmt"]);
    folder.write("outwit.toml", "[app]\nname = \"x\"\n[plugins.fmt]\npath = \"fmt.wasm\"\n[plugins.gone]\npath = \"gone.wasm\"\n");
    page.show("a misspelt plugin", &["policy", "explain", ".", "fmtt"]);
    page.show(
        "a component that is not there",
        &["policy", "explain", ".", "gone"],
    );
    page.show("a misspelt subcommand", &["policy", "explian", ".", "gone"]);
    page.check();
}
