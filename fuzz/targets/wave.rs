//! Whatever a user writes as a call: it is a call with arguments of the right types, or an error. What was read is
//! written so that it is read the same.

#![no_main]

#[path = "../../cli/src/wave.rs"]
#[allow(missing_docs)]
mod wave;

use libfuzzer_sys::fuzz_target;
use outwit::{App, Engine, Plugin, PluginConfig, Val};
use std::sync::LazyLock;
use wave::Call;

/// Functions whose parameters have every type that WAVE can write.
const PLUGIN: &str = r#"(component
    (core module $m
        (memory (export "m") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
        (func (export "one") (param i32))
        (func (export "two") (param i32 i32))
        (func (export "long") (param i64))
        (func (export "double") (param f64))
        (func (export "record") (param i32 i32 i32 i32))
        (func (export "variant") (param i32 i64)))
    (core instance $i (instantiate $m))
    (type $record' (record (field "name" string) (field "age" u8) (field "is-it" bool)))
    (export $record "r" (type $record'))
    (type $variant' (variant (case "none") (case "some" u64) (case "two-words" s8)))
    (export $variant "v" (type $variant'))
    (type $enum' (enum "red" "green" "true"))
    (export $enum "e" (type $enum'))
    (type $flags' (flags "a" "b" "c-d"))
    (export $flags "f" (type $flags'))
    (func (export "a-bool") (param "x" bool) (canon lift (core func $i "one")))
    (func (export "a-u8") (param "x" u8) (canon lift (core func $i "one")))
    (func (export "a-s64") (param "x" s64) (canon lift (core func $i "long")))
    (func (export "a-char") (param "x" char) (canon lift (core func $i "one")))
    (func (export "a-float") (param "x" f64) (canon lift (core func $i "double")))
    (func (export "a-string") (param "x" string)
        (canon lift (core func $i "two") (memory (core memory $i "m"))
            (realloc (core func $i "realloc"))))
    (func (export "a-list") (param "x" (list (list u8)))
        (canon lift (core func $i "two") (memory (core memory $i "m"))
            (realloc (core func $i "realloc"))))
    (func (export "a-tuple") (param "x" (tuple u32 s16)) (canon lift (core func $i "two")))
    (func (export "an-option") (param "x" (option (option u8)))
        (canon lift (core func $i "three")))
    (func (export "a-result") (param "x" (result u8 (error s32))) (canon lift (core func $i "two")))
    (func (export "a-record") (param "x" $record)
        (canon lift (core func $i "record") (memory (core memory $i "m"))
            (realloc (core func $i "realloc"))))
    (func (export "a-variant") (param "x" $variant) (canon lift (core func $i "variant")))
    (func (export "an-enum") (param "x" $enum) (canon lift (core func $i "one")))
    (func (export "some-flags") (param "x" $flags) (canon lift (core func $i "one"))))"#;

const FUNCTIONS: [&str; 13] = [
    "a-bool", "a-u8", "a-s64", "a-char", "a-float", "a-string", "a-list", "a-tuple", "an-option",
    "a-result", "a-record", "a-variant", "an-enum",
];

static APP: LazyLock<App> = LazyLock::new(|| {
    let engine = Engine::builder().no_cache().build().expect("the engine starts");
    let text = PLUGIN.replace(
        "(func (export \"record\")",
        "(func (export \"three\") (param i32 i32 i32)) (func (export \"record\")",
    );
    let bytes = wat::parse_str(text).expect("it is a component");
    let plugin = Plugin::from_bytes(&engine, "plugin", bytes).expect("it is a component");
    App::builder(&engine)
        .plugin(plugin, PluginConfig::new())
        .build()
        .expect("it loads")
});

/// The arguments of a call, if it is one.
fn read(text: &str) -> Option<(String, Vec<Val>)> {
    let call = Call::parse(text).ok()?;
    let (_, function) = call.find(&APP, true).ok()?;
    let values = call.params(&function).ok()?;
    Some((function.name().to_string(), values))
}

fuzz_target!(|input: (u8, &str)| {
    let (which, text) = input;
    let _ = read(text);
    let function = FUNCTIONS[usize::from(which) % FUNCTIONS.len()];
    let Some((name, values)) = read(&format!("{function}({text})")) else {
        return;
    };
    assert_eq!(name, function);
    let written: Vec<String> = values
        .iter()
        .map(|value| value.to_wave().expect("it can be written"))
        .collect();
    let call = format!("{function}({})", written.join(", "));
    let (_, again) = read(&call).unwrap_or_else(|| panic!("{call} is not read again"));
    let again: Vec<String> = again
        .iter()
        .map(|value| value.to_wave().expect("it can be written"))
        .collect();
    assert_eq!(written, again);
});
