use super::*;
use proptest::prelude::*;

const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

fn map() -> Map {
    Map::new([((0, 4), (2, 6)), ((1, 0), (4, 0)), ((1, 9), (3, 70))].into_iter())
}

fn component(name: &str, source: &str) -> Vec<u8> {
    attach(EMPTY, [(name, source, Some(&map()))].into_iter())
}

/// A component with others inside.
fn around(inner: &[&[u8]]) -> Vec<u8> {
    let mut out = Component::new();
    for data in inner {
        out.section(&RawSection { id: 4, data });
    }
    out.finish()
}

const SOURCE: &str = "one\ntwo\nthree three\nfour\nfive\n";
const STACK: &str =
    "    at f (a.ts:2:1)\n    at native\n    at b.ts:1:1\n    at <anonymous> (a.ts:1:9)";

#[test]
fn a_stack_is_translated() {
    let maps = SourceMaps::of(&component("a.ts", SOURCE));
    let stack = maps.stack(STACK);
    let lines: Vec<&str> = stack.text.lines().collect();
    assert_eq!(
        lines,
        [
            "    at f (a.ts:5:1)",
            "    at native",
            "    at b.ts:1:1",
            "    at <anonymous> (a.ts:3:7)"
        ]
    );
    assert_eq!(
        stack.frame,
        "a.ts:5:1\n  3 | three three\n  4 | four\n> 5 | five\n    | ^"
    );
    assert_eq!(
        maps.text("Error: x\n    at a.ts:2:1\n"),
        "Error: x\n    at a.ts:5:1\n"
    );
    assert_eq!(maps.text("look at (a.ts:2:1)"), "look at (a.ts:2:1)");
}

#[test]
fn of_composed_components_the_map_that_fits_is_taken() {
    let first = component("a.ts", SOURCE);
    let other = Map::new([((0, 0), (0, 0)), ((7, 3), (8, 8))].into_iter());
    let second = attach(EMPTY, [("a.ts", "x\ny\n", Some(&other))].into_iter());
    let maps = SourceMaps::of(&around(&[&first, &second]));
    assert!(maps.stack("    at f (a.ts:8:4)").text.contains("a.ts:9:9"));
    assert!(maps.stack(STACK).text.contains("a.ts:5:1"));
    // the same twice: nobody can tell
    let twice = SourceMaps::of(&around(&[&first, &first]));
    assert_eq!(twice.stack(STACK).text, STACK);
}

#[test]
fn maps_are_stripped_wherever_they_are() {
    let with = attach(&around(&[&component("a", "")]), std::iter::empty());
    assert_eq!(strip(&with), Some(around(&[EMPTY])));
    assert_eq!(strip(b"no component"), None);
    assert_eq!(strip(b"\0asm\x01\0\0\0"), None);
}

#[test]
fn what_inflates_too_far_is_left_out() {
    let large = "x".repeat(LARGEST as usize);
    assert!(SourceMaps::of(&component("a", &large)).is_empty());
}

proptest! {
    #[test]
    fn mappings_come_back(places: Vec<((u16, u16), (u16, u16))>) {
        let wide = |(line, column): (u16, u16)| (u32::from(line), u32::from(column));
        let map = Map::new(places.into_iter().map(|(code, source)| (wide(code), wide(source))));
        prop_assert_eq!(Map::parse(&map.mappings()), Some(map));
    }

    /// Whatever a section holds: reading it and translating with it comes to an end without a panic.
    #[test]
    fn nonsense_does_no_harm(
        section: Vec<u8>,
        mappings in "[A-Za-z0-9+/,;=é]{0,200}",
        stack in "(    at f \\(a:[0-9]{1,12}:[0-9]{0,12}\\)?\n){0,4}\\PC{0,20}",
        line: u32,
        column: u32,
    ) {
        let mut raw = EMPTY.to_vec();
        CustomSection { name: SECTION.into(), data: (&section).into() }.append_to_component(&mut raw);
        let _ = SourceMaps::of(&raw).stack(&stack);

        let json = format!(
            "{{\"modules\":{{\"a\":{{\"version\":3,\"sources\":[],\"sourcesContent\":[\"x\"],\"mappings\":\"{mappings}\"}}}}}}"
        );
        let mut deflated = DeflateEncoder::new(vec![VERSION], Compression::fast());
        deflated.write_all(json.as_bytes()).unwrap();
        let mut raw = EMPTY.to_vec();
        let data = deflated.finish().unwrap();
        CustomSection { name: SECTION.into(), data: data.into() }.append_to_component(&mut raw);
        let maps = SourceMaps::of(&raw);
        let _ = maps.stack(&stack);
        let _ = maps.text(&stack);
        if let Some(module) = maps.module("a") {
            let _ = module.original(line, column);
            let _ = code_frame(module.source(), line, column);
        }
    }
}
