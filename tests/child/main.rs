//! What tests start as another process: to have it compile, to end it in the middle of something, or to see what
//! becomes of its memory.
//!
//! It says a number on standard output when the work of that number is done.

mod counting;
#[allow(dead_code)] // tests use the rest of it
#[path = "../links/guests.rs"]
mod guests;
mod leaks;
mod soak;

use outwit::{App, Engine, Lock, Manifest, Plugin};
use std::path::Path;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: counting::Counting = counting::Counting;

fn main() -> ExitCode {
    // As a child that compiles, this does not return.
    let _ = outwit::Compiler::child();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["store", folder, start] => store(Path::new(folder), number(start)),
        ["cache", folder, start] => cache(Path::new(folder), number(start)),
        ["lock", folder, start] => lock(Path::new(folder), number(start)),
        ["leaks"] => return leaks::run(""),
        ["leaks", scene] => return leaks::run(scene),
        ["soak", seconds] => return soak::run(number(seconds).into()),
        _ => {
            eprintln!("this program is for tests only");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn number(text: &str) -> u32 {
    text.parse().expect("a number")
}

/// Checks that all numbers before `start` are there, and keeps more.
fn store(folder: &Path, start: u32) {
    let engine = Engine::builder().cache_directory(folder.join("code"));
    let engine = engine.build().expect("the engine starts");
    let app = App::load(&engine, folder.join("outwit.toml")).expect("the app loads");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("it starts").block_on(async {
        let last = (start - 1,);
        let missing = app.call_typed("keeper", None, "missing", last).await;
        let (missing,): (Vec<u32>,) = missing.expect("it tells");
        assert!(missing.is_empty(), "{missing:?} are missing");
        println!("{}", start - 1);
        for number in start.. {
            let kept = app.call_typed("keeper", None, "keep", (number,)).await;
            let () = kept.expect("it keeps");
            println!("{number}");
        }
    });
}

/// A component that is like no other.
fn component(number: u32) -> Vec<u8> {
    let mut text =
        format!("(component (core module (func (export \"f\") (result i32) i32.const {number})");
    // Enough that writing it takes a moment.
    for i in 0..50 {
        text.push_str(&format!("(func (result i32) i32.const {i})"));
    }
    wat::parse_str(text + "))").expect("it is a component")
}

/// Compiles into a folder.
fn cache(folder: &Path, start: u32) {
    let engine = Engine::builder().cache_directory(folder);
    let engine = engine.build().expect("the engine starts");
    for number in start.. {
        let plugin = Plugin::from_bytes(&engine, "p", component(number));
        plugin.and_then(|p| p.compile()).expect("it compiles");
        assert_eq!(engine.cache_problem(), None);
        println!("{number}");
    }
}

/// Writes lock files, of an app that has one plugin after the other.
fn lock(folder: &Path, start: u32) {
    let engine = Engine::builder()
        .no_cache()
        .build()
        .expect("the engine starts");
    for number in start.. {
        let text = format!("[app]\nname = \"app\"\n[plugins.p{number}]\npath = \"p.wasm\"\n");
        let manifest = Manifest::parse(&text, folder.join("outwit.toml"));
        let lock = manifest.and_then(|manifest| Lock::of(&engine, &manifest));
        lock.expect("it can be locked")
            .save()
            .expect("it is written");
        println!("{number}");
    }
}
