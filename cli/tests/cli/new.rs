//! `outwit new`: what it makes builds and passes.

use crate::folder::{Folder, texts};

/// Whether the tests of a folder pass; gives what was said. Crates share what they are compiled of.
fn passes(folder: &Folder, name: &str) -> String {
    let target = concat!(env!("CARGO_TARGET_TMPDIR"), "/new-crates");
    let output = folder.outwit_with(&["test", name], &[("CARGO_TARGET_DIR", target)]);
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
        said.contains("src/lib.rs\n  ✓ tests > somebody_is_greeted"),
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

/// Somebody's application, and what plugins of it are.
const SHOP: &str = "package acme:shop@1.2.0;

/// What the shop knows.
interface catalog {
    record item { id: u32, name: string, price: option<u64> }
    resource shelf { constructor(); items: func() -> list<item>; }
    find: func(name: string) -> option<item>;
    load: async func(name: string) -> result<item, string>;
}

/// Makes things cheaper.
interface discounts {
    use catalog.{item, shelf as board};
    type text = string;
    enum kind { one, two }
    flags marks { new, old }
    variant failure { nothing, too-much(u64) }
    record bundle { items: list<item>, where: tuple<kind, marks>, parts: list<f32, 3> }
    /// What somebody wants to buy.
    resource cart {
        constructor(owner: string);
        /// Adds an item.
        add: func(item: item, count: option<u32>) -> result<u32, failure>;
        merge: func(other: borrow<cart>);
        all: static func() -> list<cart>;
        wait: async func() -> u32;
    }
    price: func(item: item, count: u32) -> result<u64, text>;
    look: async func(all: bundle, many: map<string, u8>) -> result<_, string>;
    pay: func(cart: cart, at: borrow<board>, failed: result<u8, failure>);
    later: async func(items: list<item>, bytes: stream<u8>) -> stream<item>;
    soon: func(at: future<u8>) -> future<result<string, failure>>;
    delete: func(new: bool, self: char);
}

interface others {
    resource cart { constructor(a: option<option<u8>>) -> result<cart, string>; }
}

world discount {
    include outwit:console/imports@0.1.0;
    include outwit:fetch/imports@0.1.0;
    import catalog;
    export discounts;
    export others;
    export total: func(amounts: list<u32>) -> u64;
    export default: async func(%type: string);
    export extra: interface { f: func() -> result; }
}

world nothing {}
";

fn shop() -> Folder {
    Folder::with(&[("shop/wit/shop.wit", SHOP)])
}

#[test]
fn a_plugin_for_an_application_has_all_that_its_world_wants() {
    for lang in ["ts", "js"] {
        let folder = shop();
        let world = ["--wit", "shop", "--world", "acme:shop/discount"];
        folder.prints(&[&["new", "cheap", "--lang", lang], &world[..]].concat());
        let said = passes(&folder, "cheap");
        assert!(
            said.contains("✓ discounts > price is to be written"),
            "{said}"
        );
        assert!(said.contains("✓ total > total is to be written"), "{said}");
        assert!(!said.contains("skipped"), "{said}");
        folder.prints(&["types", "cheap", "--world", "discount", "--check"]);
        let call = r#"cheap:price({id: 1, name: "tea"}, 2)"#;
        assert_eq!(
            folder.prints(&["call", "cheap/outwit.toml", call]),
            "err(\"price is not written yet\")\n"
        );
        // A plugin of which somebody writes something asks the stand-in.
        let main = format!("cheap/plugin.{lang}");
        let text = String::from_utf8(folder.read(&main)).unwrap();
        let text = text.replace(
            "throw new Error('price is not written yet')",
            "return (find('tea')?.price ?? 0n) * BigInt(count)",
        );
        folder.write(
            &main,
            format!("import {{ find }} from 'acme:shop/catalog';\n{text}"),
        );
        folder.prints(&["build", "cheap/outwit.toml"]);
        let error = folder.error(&["call", "cheap/outwit.toml", call]);
        assert!(
            error.contains("find is not written yet, in what stands in for the application"),
            "{error}"
        );
        let app = String::from_utf8(folder.read("cheap/app.js")).unwrap();
        let (find, rest) = app.split_once("throw new Error('find").unwrap();
        let (_, rest) = rest.split_once(';').unwrap();
        folder.write(
            "cheap/app.js",
            format!("{find}return {{ id: 1, name, price: 21n }};{rest}"),
        );
        folder.prints(&["build", "cheap/outwit.toml"]);
        assert_eq!(
            folder.prints(&["call", "cheap/outwit.toml", call]),
            "ok(42)\n"
        );
    }
}

#[test]
fn a_crate_for_an_application_has_all_that_its_world_wants() {
    let folder = shop();
    folder.prints(&[
        "new",
        "cheap",
        "--lang",
        "rust",
        "--wit",
        "shop/wit/shop.wit",
        "--world",
        "discount",
    ]);
    let said = passes(&folder, "cheap");
    assert!(
        said.contains("✓ discounts > price is to be written"),
        "{said}"
    );
    assert!(said.contains("✓ discounts > Cart.add is there"), "{said}");
}

#[test]
fn the_world_can_come_out_of_a_component() {
    let folder = shop();
    folder.prints(&["new", "cheap", "--wit", "shop", "--world", "discount"]);
    folder.prints(&["build", "cheap/outwit.toml"]);
    folder.prints(&["new", "same", "--wit", "cheap/build/cheap.wasm"]);
    let said = passes(&folder, "same");
    assert!(
        said.contains("✓ discounts > price is to be written"),
        "{said}"
    );
    let wit = String::from_utf8(folder.read("same/wit/same.wit")).unwrap();
    assert!(wit.contains("package example:same;"), "{wit}");
}

#[test]
fn a_world_has_to_be_chosen_and_to_be_there() {
    let folder = shop();
    let new = |args: &[&str]| folder.error(&[&["new", "cheap"], args].concat());
    assert_eq!(
        new(&["--wit", "shop"]),
        "the package `acme:shop@1.2.0` has more than one world; choose one of discount, nothing with --world"
    );
    for name in ["discont", "acme:shop/discont", "acme:shop/discont@1.2.0"] {
        assert_eq!(
            new(&["--wit", "shop", "--world", name]),
            "the package `acme:shop@1.2.0` has no world `discont`; it has discount, nothing. Is `discount` meant?"
        );
    }
    folder.write("wrong.wit", "package a:b;\nworld w { export x; }");
    let error = new(&["--wit", "wrong.wit"]);
    assert!(error.starts_with("wit/wrong.wit:2:18: "), "{error}");
    folder.write("text.txt", "hello");
    assert_eq!(
        new(&["--wit", "text.txt"]),
        "text.txt is neither a .wit file, nor a folder of them, nor a component"
    );
    assert_eq!(
        new(&["--wit", "nowhere.wit"]),
        "there is no file or folder nowhere.wit"
    );
    folder.write("bad.wasm", b"\0asm");
    assert!(new(&["--wit", "bad.wasm"]).starts_with("cannot take the WIT out of bad.wasm\n"));
    std::fs::create_dir(folder.path("empty")).unwrap();
    assert_eq!(new(&["--wit", "empty"]), "there is no .wit file in empty");
    assert!(!folder.path("cheap").exists());
    // There is nothing to be written here.
    folder.prints(&["new", "cheap", "--wit", "shop", "--world", "nothing"]);
    assert!(passes(&folder, "cheap").contains("✓ the plugin > exports nothing"));
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
