//! `outwit profile` and `outwit inspect --memory`.

use crate::folder::Folder;

const WIT: &str = "package demo:work; world plugin { export work: func(times: u32) -> u32; export keep: func(count: u32); }";

const TS: &str = "\
type Numbers = number[];

const kept: Numbers[] = [];

function inner(times: number): number {
    let at = 0;
    for (let i = 0; i < times; i++) {
        at = (at + i) & 1023;
    }
    return at;
}

export function work(times: number): number {
    let sum = 0;
    for (let i = 0; i < 10; i++) {
        sum += inner(times);
    }
    return sum;
}

export function keep(count: number): void {
    for (let i = 0; i < count; i++) kept.push([i, i + 1]);
}
";

fn built() -> Folder {
    let folder = Folder::with(&[("work.ts", TS), ("wit/w.wit", WIT)]);
    folder.prints(&["build", "work.ts", "-o", "work.wasm"]);
    folder
}

#[test]
fn a_profile_says_which_functions_take_the_time() {
    let folder = built();
    let limit = ["--limit", "cpu=10min,wall=20min"];
    let call = ["profile", "work.wasm", "work(200000)", "--times", "2"];
    let table = folder.prints(&[&call[..], &limit].concat());
    let line = |name: &str| -> Vec<String> {
        let found = table.lines().find(|line| line.ends_with(name));
        let found = found.unwrap_or_else(|| panic!("no {name} in {table}"));
        found.split_whitespace().map(str::to_owned).collect()
    };
    let (inner, work) = (line("inner (work.ts:5)"), line("work (work.ts:13)"));
    assert_eq!(
        (inner[2].as_str(), work[2].as_str()),
        ("20", "2"),
        "{table}"
    );
    let own: u64 = inner[0].parse().unwrap();
    let total: u64 = work[1].parse().unwrap();
    assert!(own > 0 && total >= own, "{table}");
    let svg = String::from_utf8(folder.read("profile.svg")).unwrap();
    assert!(
        svg.starts_with("<svg ") && svg.contains("<title>inner (work.ts:5): "),
        "{svg}"
    );

    let folded = folder.prints(&[&call[..], &limit, &["--folded"]].concat());
    assert!(
        folded.contains("work (work.ts:13):inner (work.ts:5) ")
            || folded.contains("work (work.ts:13);inner (work.ts:5) "),
        "{folded}"
    );
}

/// What a built-in function calls is seen within it.
#[test]
fn callbacks_are_seen_below_what_calls_them() {
    let folder = built();
    folder.write("work.ts", "export function work(times: number): number {\n  let sum = 0;\n  for (let i = 0; i < times; i++) sum += [3, 1, 2].map((x) => x + i).length;\n  return sum;\n}\nexport function keep(count: number): void {}\n");
    folder.outwit(&["build", "work.ts", "-o", "work.wasm"]);
    let limit = ["--limit", "cpu=10min,wall=20min"];
    let call = ["profile", "work.wasm", "work(100000)", "--folded"];
    let folded = folder.prints(&[&call[..], &limit].concat());
    assert!(folded.contains("work (work.ts:1);map (native)"), "{folded}");
}

/// Each plugin of an app stands by itself.
#[test]
fn an_app_is_profiled_plugin_by_plugin() {
    let folder = built();
    folder.write("wit/w.wit", "package demo:work; interface w { work: func(times: u32) -> u32; } world a { import w; export run: func() -> u32; } world b { export w; }");
    folder.write("a.ts", "import { work } from 'demo:work/w';\nexport function run(): number { return work(300000); }\n");
    folder.write("b.ts", "function inner(times: number): number {\n  let at = 0;\n  for (let i = 0; i < times; i++) at = (at + i) & 1023;\n  return at;\n}\nexport const w = { work: inner };\n");
    folder.write("outwit.toml", "[app]\nname = 'x'\n[plugins.a]\npath = 'a.wasm'\nbuild = { source = 'a.ts', world = 'a' }\n[plugins.b]\npath = 'b.wasm'\nbuild = { source = 'b.ts', world = 'b' }\n[plugins.b.limits]\ncpu = '10min'\nwall = '10min'\n[plugins.a.limits]\ncpu = '10min'\nwall = '10min'\n");
    folder.outwit(&["build", "."]);
    let folded = folder.prints(&["profile", ".", "a:run()", "--times", "3", "--folded"]);
    assert!(folded.contains("b:;inner (b.ts:1) "), "{folded}");
}

/// Functions of Rust have their names.
#[test]
fn a_crate_is_profiled_by_its_frames() {
    let folder = Folder::new();
    let crate_dir = crate::folder::repository().join("examples/hello-rust");
    let crate_dir = crate_dir.to_str().expect("it is Unicode");
    folder.prints(&["build", crate_dir, "-o", "hello.wasm"]);
    let table = folder.prints(&["profile", "hello.wasm", "greet(\"you\")", "--times", "10"]);
    assert!(table.contains("wrote profile.svg"), "{table}");
}

#[test]
fn memory_is_shown_by_kind() {
    let folder = built();
    let json = folder.prints(&[
        "inspect",
        "work.wasm",
        "--memory",
        "--call",
        "keep(1000)",
        "--json",
    ]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let count = |when: &str, kind: &str| json[when][kind]["count"].as_i64().unwrap();
    let more = count("afterCall", "fast arrays") - count("start", "fast arrays");
    assert!((1000..1010).contains(&more), "{json}");
    assert!(
        json["start"]["all"]["bytes"].as_i64().unwrap() > 10_000,
        "{json}"
    );
    assert!(
        json["start"]["linear memory"]["bytes"].as_i64().unwrap() % 65536 == 0,
        "{json}"
    );
    // The kinds are all there is, and the difference is theirs.
    let parts = |when: &str| -> i64 {
        let outside = ["all", "linear memory", "native functions", "arrays"];
        let kinds = json[when].as_object().unwrap().iter();
        let parts = kinds.filter(|(kind, _)| !outside.contains(&kind.as_str()));
        parts.map(|(_, row)| row["bytes"].as_i64().unwrap()).sum()
    };
    for when in ["start", "afterCall", "difference"] {
        assert_eq!(
            json[when]["all"]["bytes"].as_i64(),
            Some(parts(when)),
            "{json}"
        );
    }
    assert_eq!(
        json["difference"]["fast arrays"]["count"].as_i64(),
        Some(more)
    );
    let text = folder.prints(&["inspect", "work.wasm", "--memory", "--call", "keep(1000)"]);
    assert!(
        text.contains("after the call              difference"),
        "{text}"
    );
    let text = folder.prints(&["inspect", "work.wasm", "--memory"]);
    assert!(
        text.contains("linear memory") && text.contains("shapes"),
        "{text}"
    );
}
