//! `outwit test`: a plugin with timers, requests and storage, and tests that pass and fail.

use crate::folder::{Folder, texts};
use crate::session::Session;

/// The plugin, with these files of tests.
fn plugin(tests: &[(&str, &str)]) -> Folder {
    let folder = Folder::with(&[
        ("plugin.ts", include_str!("tested/plugin.ts")),
        ("wit/world.wit", include_str!("tested/world.wit")),
        ("outwit.toml", include_str!("tested/outwit.toml")),
    ]);
    for (name, text) in tests {
        folder.write(name, text);
    }
    folder
}

fn test(folder: &Folder, args: &[&str]) -> (Option<i32>, String, String) {
    let output = folder.outwit(&[&["test"], args].concat());
    let (stdout, stderr) = texts(&output);
    (output.status.code(), stdout, stderr)
}

#[test]
fn what_is_right_passes() {
    let folder = plugin(&[("passes.test.ts", include_str!("tested/passes.test.ts"))]);
    let (code, stdout, stderr) = test(&folder, &[]);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(
        stdout.contains("\n17 passed, 1 skipped, 1 todo in "),
        "{stdout}"
    );
    assert!(stdout.contains("✓ expectations > 2 + 2 = 4"), "{stdout}");
    // Storage is in memory, whatever the manifest says.
    assert!(!folder.path("data").exists());
    assert!(folder.path("build/job.wasm").exists());
}

#[test]
fn suites_of_vitest_run() {
    let folder = plugin(&[("more.test.ts", include_str!("tested/more.test.ts"))]);
    let (code, stdout, stderr) = test(&folder, &[]);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(
        stdout.contains("\n12 passed, 3 skipped in "),
        "{stdout}{stderr}"
    );
    assert!(
        stdout.contains("✓ definitions > 2: 2 is one less than 3"),
        "{stdout}"
    );
}

#[test]
fn modules_can_be_replaced() {
    let folder = plugin(&[
        ("mocks.test.ts", include_str!("tested/mocks.test.ts")),
        (
            "prices.ts",
            "export { rate } from './rate.js';\nexport const price = (item: string) => item.length;\nexport class Till { open() { return true; } }\nexport default 'actual';\n",
        ),
        ("rate.ts", "export const rate = 2;\n"),
        (
            "basket.ts",
            "import { price, rate } from './prices.js';\nexport const total = (items: string[]) => items.reduce((sum, item) => sum + price(item) * rate, 0);\n",
        ),
        (
            "all.ts",
            "export default { twice: (x: number) => x * 2, list: [1, 2], name: 'all' };\n",
        ),
    ]);
    let (code, stdout, stderr) = test(&folder, &[]);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(stdout.contains("\n3 passed in "), "{stdout}");
    // An error has its place.
    folder.write(
        "mocks.test.ts",
        "import { it, vi } from 'vitest';\nimport './rate.js';\n\nvi.mock('./rate.js', () => {\n    throw new Error('not so');\n});\nit('is', () => {});\n",
    );
    let (code, stdout, stderr) = test(&folder, &[]);
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    assert!(stdout.contains("not so"), "{stdout}");
    folder.write(
        "mocks.test.ts",
        "import { it, vi } from 'vitest';\nvi.mock('./nowhere.js');\nit('is', () => {});\n",
    );
    let (code, stdout, stderr) = test(&folder, &[]);
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    assert!(stdout.contains("./nowhere.js"), "{stdout}");
}

/// Between two timers it computes for longer than anybody could guess: keys are derived in a thread of the host.
#[test]
fn time_does_not_move_before_slow_work_is_done() {
    let folder = Folder::with(&[
        (
            "wit/slow.wit",
            "package example:slow@0.1.0;
            interface work { chain: async func(n: u32) -> f64; }
            world plugin {
                include outwit:performance/imports@0.1.0;
                include outwit:subtle/imports@0.1.0;
                include outwit:timers/imports@0.1.0;
                export work;
            }",
        ),
        (
            "plugin.js",
            "export const work = {
                async chain(n) {
                    let data = new Uint8Array([n]);
                    for (let i = 0; i < 4; i++) {
                        const key = await crypto.subtle.importKey('raw', data, 'PBKDF2', false, ['deriveBits']);
                        const how = { name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(8), iterations: 20_000 };
                        data = new Uint8Array(await crypto.subtle.deriveBits(how, key, 256));
                        await new Promise((resolve) => setTimeout(resolve, 100));
                    }
                    return Date.now();
                },
            };",
        ),
        (
            "plugin.test.js",
            "import { expect, it, vi } from 'outwit:test';
            import { chain } from 'example:slow/work';
            import { work } from './plugin.js';
            it('is exact', async () => {
                vi.useFakeTimers({ now: 0 });
                const all = Promise.all([chain(1), chain(2), work.chain(3)]);
                await vi.advanceTimersByTime(400);
                expect(await all).toEqual([400, 400, 400]);
            }, 120_000);",
        ),
        (
            "outwit.toml",
            "[app]\nname = \"slow\"\n[plugins.slow]\npath = \"build/slow.wasm\"\n[plugins.slow.grant]\nperformance = true\nsubtle = true\ntimers = true\n[plugins.slow.limits]\ncpu = \"1min\"\nwall = \"2min\"\n",
        ),
    ]);
    let (code, stdout, stderr) = test(&folder, &[]);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
}

const SNAPSHOTS: &str = "import { expect, it } from 'vitest';
import { jobs } from './plugin.js';

it.each([1, 2])('is written: %i', (n) => {
    expect({ n, list: ['a`b', new Map([['x', new Set([n])]])] }).toMatchSnapshot();
});
it('is in the source', () => {
    expect(jobs.boom('x')).toMatchInlineSnapshot();
    expect({ a: { b: [] } }).toMatchInlineSnapshot();
    expect(() => jobs.boom('type')).toThrowErrorMatchingInlineSnapshot();
});
";

#[test]
fn snapshots_are_written_and_compared() {
    let folder = plugin(&[("snap.test.ts", SNAPSHOTS)]);
    let args = |extra: &[&str], ci: &str| {
        let output = folder.outwit_with(&[&["test"], extra].concat(), &[("CI", ci)]);
        let (stdout, stderr) = texts(&output);
        (output.status.code(), format!("{stdout}{stderr}"))
    };
    // Where CI is set, none is written.
    let (code, said) = args(&[], "true");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("there is no such snapshot"), "{said}");
    assert!(!folder.path("__snapshots__").exists());
    let (code, said) = args(&[], "");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("3 passed, 5 snapshots written in "), "{said}");
    let file = String::from_utf8(folder.read("__snapshots__/snap.test.ts.snap")).unwrap();
    assert_eq!(
        file,
        "// Vitest Snapshot v1, https://vitest.dev/guide/snapshot.html

exports[`is written: 1 1`] = `
{
  \"list\": [
    \"a\\`b\",
    Map {
      \"x\" => Set {
        1,
      },
    },
  ],
  \"n\": 1,
}
`;

exports[`is written: 2 1`] = `
{
  \"list\": [
    \"a\\`b\",
    Map {
      \"x\" => Set {
        2,
      },
    },
  ],
  \"n\": 2,
}
`;
"
    );
    let source = String::from_utf8(folder.read("snap.test.ts")).unwrap();
    for part in [
        "toMatchInlineSnapshot(`\"x\"`);",
        "toMatchInlineSnapshot(`\n      {\n        \"a\": {\n          \"b\": [],\n        },\n      }\n    `);",
        "toThrowErrorMatchingInlineSnapshot(`[TypeError: not here]`);",
    ] {
        assert!(source.contains(part), "{part}:\n{source}");
    }
    // They are as they were.
    let (code, said) = args(&[], "true");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("3 passed in "), "{said}");
    // What is different is shown, and written when that is asked for.
    let changed = source
        .replace("{ n, list", "{ n: 3, list")
        .replace("b: []", "b: [1]")
        .replace("[1, 2]", "[1]");
    folder.write("snap.test.ts", &changed);
    let (code, said) = args(&[], "");
    assert_eq!(code, Some(1), "{said}");
    for part in ["2 failed", "    -   \"n\": 1,\n    +   \"n\": 3,\n"] {
        assert!(said.contains(part), "{part}:\n{said}");
    }
    let (code, said) = args(&["--update"], "");
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("2 passed, 2 snapshots updated, 1 snapshot removed in "),
        "{said}"
    );
    let source = String::from_utf8(folder.read("snap.test.ts")).unwrap();
    assert!(source.contains("            1,\n"), "{source}");
    let (code, said) = args(&[], "true");
    assert_eq!(code, Some(0), "{said}");
    // A file that is none is not written over.
    folder.write("__snapshots__/snap.test.ts.snap", "exports[`a");
    let error = folder.error(&["test"]);
    assert!(
        error.contains("snap.test.ts.snap is not a file of snapshots"),
        "{error}"
    );
}

/// Tests of a crate, beside the tests of the component.
const CRATE_TESTS: &str = r#"
#[cfg(test)]
mod more {
    use super::*;

    #[test]
    fn fails() {
        assert_eq!(greeting("you").as_deref(), Some("Hello!"));
    }

    #[test]
    fn has_no_folders() {
        assert!(std::fs::read_dir("/").is_err());
        assert!(std::env::vars().next().is_none());
    }

    #[test]
    #[ignore = "not now"]
    fn is_left_out() {}

    #[test]
    fn says_what_is_wrong() -> Result<(), String> {
        Err("it is wrong".into())
    }
}
"#;

#[test]
fn tests_of_a_crate_run_in_the_sandbox() {
    let folder = Folder::new();
    folder.prints(&["new", "greeter", "--lang", "rust"]);
    let source = String::from_utf8(folder.read("greeter/src/lib.rs")).unwrap();
    folder.write("greeter/src/lib.rs", source + CRATE_TESTS);
    let target = concat!(env!("CARGO_TARGET_TMPDIR"), "/new-crates");
    let test = |args: &[&str]| {
        let args = [&["test", "greeter"], args].concat();
        let output = folder.outwit_with(&args, &[("CARGO_TARGET_DIR", target)]);
        let (stdout, stderr) = texts(&output);
        (output.status.code(), stdout, stderr)
    };
    let (code, stdout, stderr) = test(&["--junit", "tests.xml"]);
    if stderr.contains("rustup target add wasm32-wasip2") {
        eprintln!("skipped: there is no target wasm32-wasip2 here");
        return;
    }
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    for part in [
        "src/lib.rs\n",
        "✓ tests > somebody_is_greeted",
        "✗ more > fails",
        "panicked: assertion `left == right` failed\n",
        "right: Some(\"Hello!\")",
        "        assert_eq!(greeting(\"you\").as_deref(), Some(\"Hello!\"));",
        "✓ more > has_no_folders",
        "- more > is_left_out (skipped)",
        "it is wrong",
        "tests/plugin.test.js\n  ✓ greets",
        "\n2 failed, 3 passed, 1 skipped in ",
    ] {
        assert!(stdout.contains(part), "{part}:\n{stdout}{stderr}");
    }
    let junit = String::from_utf8(folder.read("tests.xml")).unwrap();
    assert!(
        junit.contains(r#"<testcase name="more &gt; fails""#),
        "{junit}"
    );
    let (code, stdout, stderr) = test(&["--filter", "tests::somebody"]);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(
        stdout.contains("\n1 passed, 5 left out by the filter in "),
        "{stdout}"
    );
}

#[test]
fn tests_run_again_when_something_changes() {
    let tests =
        |name: &str| format!("import {{ it }} from 'outwit:test'; it('{name}', () => {{}});");
    let folder = plugin(&[("a.test.js", &*tests("a")), ("b.test.js", &*tests("b"))]);
    let mut session = Session::start(&folder, &["test", "--watch", "--junit", "build/tests.xml"]);
    let mut cases = || {
        session.says("waiting for changes");
        let junit = String::from_utf8(folder.read("build/tests.xml")).unwrap();
        let cases = junit.split("<testcase name=\"").skip(1);
        let names = cases.filter_map(|case| Some(case.split('"').next()?.to_owned()));
        names.collect::<Vec<String>>()
    };
    assert_eq!(cases(), ["a", "b"]);
    // Only the tests of one file have changed.
    folder.write("b.test.js", tests("c"));
    assert_eq!(cases(), ["c"]);
    folder.write(
        "plugin.ts",
        include_str!("tested/plugin.ts").replace("not here", "no"),
    );
    assert_eq!(cases(), ["a", "c"]);
    session.ends();
}

#[test]
fn one_failure_can_be_enough() {
    let tests = "import { expect, it } from 'outwit:test';
        for (const n of [1, 2, 3]) it(`is ${n}`, () => expect(n).toBe(0));
        it('waits too long', async () => { await new Promise((resolve) => setTimeout(resolve, 60_000)); }, 50);
        it('is soft', () => { expect.soft(1).toBe(2); expect.soft(1).toBe(3); });";
    let folder = plugin(&[("some.test.ts", tests)]);
    let (code, stdout, stderr) = test(&folder, &["--bail"]);
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    assert!(stdout.contains("\n1 failed in "), "{stdout}");
    let (_, stdout, _) = test(&folder, &["--bail", "2"]);
    assert!(stdout.contains("\n2 failed in "), "{stdout}");
    let (_, stdout, _) = test(&folder, &["-t", "soft"]);
    assert!(stdout.contains("expected 1 to be 2"), "{stdout}");
    assert!(stdout.contains("expected 1 to be 3"), "{stdout}");
    let (_, stdout, _) = test(&folder, &["-t", "too long"]);
    assert!(
        stdout.contains("the test took longer than 50ms"),
        "{stdout}"
    );
}

#[test]
fn what_is_wrong_fails_with_its_place_and_the_difference() {
    let folder = plugin(&[("fails.test.ts", include_str!("tested/fails.test.ts"))]);
    let (code, stdout, stderr) = test(&folder, &["--timeout", "2s"]);
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    for part in [
        "\n6 failed, 1 passed in ",
        "✗ shows a difference",
        "AssertionError: expected { a: 1, b: [1, 2, { c: 'x' }] } to equal { a: 1, b: [1, 3, { c: 'x' }] }",
        "    -     3,\n    +     2,\n",
        "    fails.test.ts:6:45\n",
        "    > 6 |     expect({ a: 1, b: [1, 2, { c: 'x' }] })",
        "✗ fails in a module",
        "TypeError: not here\n    plugin.ts:19:36\n",
        "> 19 |         if (kind === 'type') throw new TypeError('not here');",
        "✗ fails in the component",
        "plugin `job` threw an exception in `example:job/jobs@0.1.0.boom`: TypeError: not here",
        "the test took longer than 2s; --timeout changes that",
        "plugin `job` went over its cpu limit",
        "Error: lost\n    fails.test.ts:17:20\n",
        "✓ goes on afterwards",
    ] {
        assert!(stdout.contains(part), "{part}:\n{stdout}");
    }
    // Nothing of how tests are run is in the way.
    assert!(!stdout.contains("outwit:test."), "{stdout}");
}

#[test]
fn outcomes_are_there_for_programs() {
    let folder = plugin(&[
        ("fails.test.ts", include_str!("tested/fails.test.ts")),
        ("passes.test.ts", include_str!("tested/passes.test.ts")),
    ]);
    let args = ["--json", "--junit", "build/tests.xml", "--timeout", "2s"];
    let (code, stdout, stderr) = test(&folder, &args);
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    let outcome: serde_json::Value = serde_json::from_str(&stdout).expect("it is JSON");
    assert_eq!(outcome["failed"], 6);
    assert_eq!(outcome["passed"], 18);
    let first = &outcome["files"][0]["tests"][0];
    assert_eq!(first["name"], "shows a difference");
    assert_eq!(first["status"], "failed");
    assert!(
        first["failures"][0]["expected"]
            .as_str()
            .is_some_and(|text| text.contains("3,"))
    );
    let junit = String::from_utf8(folder.read("build/tests.xml")).expect("it is a text");
    assert!(junit.contains(r#"tests="26" failures="6""#), "{junit}");
    assert!(
        junit.contains(r#"<testcase name="time &gt; can be set, back as well""#),
        "{junit}"
    );
}

/// Lines count whether a test reaches them in the module or in the finished plugin.
#[test]
fn lines_that_are_reached_are_known() {
    let tests = "
        import { expect, it } from 'outwit:test';
        import { jobs } from './plugin.js';
        import { boom } from 'example:job/jobs';
        it('looks', () => { expect(jobs.status()).toBe(undefined); });
        it('calls', () => { expect(boom('x')).toBe('x'); });
    ";
    let folder = plugin(&[("some.test.ts", tests)]);
    let (code, stdout, stderr) = test(&folder, &["--coverage", "--lcov", "lcov.info"]);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    let lcov = String::from_utf8(folder.read("lcov.info")).unwrap();
    assert!(lcov.starts_with("TN:\nSF:plugin.ts\n"), "{lcov}");
    for line in ["DA:5,0", "DA:12,1", "DA:19,1", "DA:20,1"] {
        assert!(lcov.lines().any(|found| found == line), "{line}: {lcov}");
    }
    assert!(!lcov.contains("test.ts"), "{lcov}");
    let row = stdout.lines().find(|line| line.starts_with("plugin.ts "));
    assert!(row.is_some_and(|row| row.contains("%  2-")), "{stdout}");
}

#[test]
fn some_tests_can_be_chosen() {
    let folder = plugin(&[("fails.test.ts", include_str!("tested/fails.test.ts"))]);
    let (code, stdout, stderr) = test(&folder, &["--filter", "afterwards"]);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(
        stdout.contains("1 passed, 6 left out by the filter in "),
        "{stdout}"
    );
    let (code, stdout, _) = test(&folder, &["--filter", "nothing like it"]);
    assert_eq!(code, Some(1), "{stdout}");
    assert!(
        stdout.contains("no test has `nothing like it` in its name"),
        "{stdout}"
    );
    folder.write(
        "tests/one.spec.js",
        "import { it } from 'outwit:test'; it('is there', () => {});",
    );
    let (code, stdout, stderr) = test(&folder, &["tests/one.spec.js"]);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(
        stdout.starts_with("tests/one.spec.js\n  ✓ is there"),
        "{stdout}"
    );
}

#[test]
fn what_cannot_be_tested_says_why() {
    assert_eq!(
        Folder::new().error(&["test"]),
        "there is no outwit.toml in .: it says what the plugin is granted; `outwit new` makes one"
    );
    let folder = plugin(&[]);
    assert_eq!(
        folder.error(&["test"]),
        "there are no tests in .: they are files like plugin.test.ts or plugin.test.js"
    );
    assert_eq!(
        folder.error(&["test", "plugin.ts"]),
        "plugin.ts is no file of tests: they are named like plugin.test.ts or plugin.test.js"
    );
    folder.write("a.test.js", "import { it } from 'jest';");
    let (code, stdout, _) = test(&folder, &[]);
    assert_eq!(code, Some(1));
    assert!(stdout.contains("jest"), "{stdout}");
    // An import without a grant is the plugin's fault, with the line that grants it.
    folder.write(
        "a.test.js",
        "import { it } from 'outwit:test'; it('is', () => {});",
    );
    let manifest = include_str!("tested/outwit.toml").replace("timers = true", "");
    folder.write("outwit.toml", manifest);
    let error = folder.error(&["test"]);
    assert!(error.contains("timers = true"), "{error}");
    // Tests do not get into plugins.
    folder.write(
        "plugin.ts",
        "import { it } from 'outwit:test'; export const jobs = it;",
    );
    let error = folder.error(&["build", "plugin.ts", "-o", "x.wasm"]);
    assert!(
        error.contains("in a file named like plugin.test.ts"),
        "{error}"
    );
}

/// The tests that docs/testing.md shows, of one plugin.
fn shown(plugin: &str) -> Vec<String> {
    let page = include_str!("../../../docs/testing.md");
    let begin = format!("```ts {plugin}\n");
    let blocks = page.split(&begin).skip(1);
    let blocks = blocks.filter_map(|rest| rest.split("```").next());
    blocks.map(str::to_owned).collect()
}

#[test]
fn the_tests_of_the_book_pass() {
    let folder = Folder::new();
    folder.prints(&["new", "greeter"]);
    let [text] = shown("test").try_into().expect("there is one");
    folder.write("greeter/plugin.test.ts", &text);
    let (code, stdout, stderr) = test(&folder, &["greeter"]);
    assert_eq!(code, Some(0), "{stdout}{stderr}");

    let texts = shown("job");
    assert_eq!(texts.len(), 2);
    let folder = plugin(&[
        ("time.test.ts", &*texts[0]),
        ("network.test.ts", &*texts[1]),
    ]);
    let (code, stdout, stderr) = test(&folder, &[]);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(stdout.contains("2 passed in "), "{stdout}");
}
