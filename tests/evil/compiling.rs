//! Components that are small and take for ever to compile. They are compiled in a child process; the
//! worst that follows is that the child is ended.

use crate::arena::{EVIL, beside_others_blocking};
use outwit::{Compiler, Engine, Error, Instance, LimitKind, Plugin};
use std::time::{Duration, Instant};
use wasm_encoder::{
    BlockType, CodeSection, Component, DataSection, ExportKind, ExportSection, Function,
    FunctionSection, Instruction, MemorySection, MemoryType, Module, ModuleSection, TypeSection,
    ValType,
};

/// The program that compiles for this one.
pub fn compiler() -> Compiler {
    Compiler::helper(env!("CARGO_BIN_EXE_outwit-test-child"))
}

fn engine(compiler: Compiler) -> Engine {
    let engine = Engine::builder().no_cache().compiler(compiler);
    engine.build().expect("the engine starts")
}

/// A component that has this core module.
fn component(module: &Module) -> Vec<u8> {
    let mut component = Component::new();
    component.section(&ModuleSection(module));
    component.finish()
}

/// A module with functions of these bodies, which take and give nothing.
fn functions(bodies: impl IntoIterator<Item = Function>) -> Module {
    let (mut types, mut functions, mut exports, mut code) = (
        TypeSection::new(),
        FunctionSection::new(),
        ExportSection::new(),
        CodeSection::new(),
    );
    types.ty().function([], []);
    let mut count = 0;
    for body in bodies {
        functions.function(0);
        code.function(&body);
        count += 1;
    }
    exports.export("f", ExportKind::Func, count - 1);
    let mut module = Module::new();
    module
        .section(&types)
        .section(&functions)
        .section(&exports)
        .section(&code);
    module
}

fn body(locals: u32, instructions: impl IntoIterator<Item = Instruction<'static>>) -> Function {
    let mut body = Function::new([(locals, ValType::I64)]);
    for instruction in instructions {
        body.instruction(&instruction);
    }
    body.instruction(&Instruction::End);
    body
}

/// One function as large as functions may be, in which everything depends on everything before.
fn huge_function() -> Module {
    large_function(600_000)
}

fn large_function(steps: u32) -> Module {
    let locals = 1000_u32;
    let steps = (0..steps).flat_map(move |i| {
        [
            Instruction::LocalGet(i % locals),
            Instruction::LocalGet((i.wrapping_mul(7919)) % locals),
            Instruction::I64Add,
            Instruction::LocalSet(i.wrapping_mul(31) % locals),
        ]
    });
    functions([body(locals, steps)])
}

fn many_functions() -> Module {
    functions((0..900_000).map(|_| body(0, [])))
}

fn many_segments() -> Module {
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 1,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut data = DataSection::new();
    for i in 0..32_000 {
        data.active(0, &wasm_encoder::ConstExpr::i32_const(i), [1]);
    }
    let mut module = Module::new();
    module.section(&memories).section(&data);
    module
}

/// Jump tables as long as they may be, as many as fit.
fn jump_tables() -> Module {
    let table = || {
        let targets: Vec<u32> = vec![0; 60_000];
        [
            Instruction::Block(BlockType::Empty),
            Instruction::I32Const(1),
            Instruction::BrTable(targets.into(), 0),
            Instruction::End,
        ]
    };
    functions((0..2).map(|_| body(0, (0..120).flat_map(|_| table()))))
}

fn deep_nesting() -> Module {
    let depth = 2_000_000;
    let open = std::iter::repeat_n(Instruction::Loop(BlockType::Empty), depth);
    let jump = [
        Instruction::I32Const(0),
        Instruction::BrIf(depth as u32 - 1),
    ];
    let close = std::iter::repeat_n(Instruction::End, depth);
    functions([body(0, open.chain(jump).chain(close))])
}

fn many_types() -> Module {
    let mut types = TypeSection::new();
    for i in 0..999_000_u32 {
        let params = (0..20).map(|bit| match i >> bit & 1 {
            0 => ValType::I32,
            _ => ValType::I64,
        });
        types.ty().function(params.take(8 + i as usize % 8), []);
    }
    let mut module = Module::new();
    module.section(&types);
    module
}

/// Many values that are alive over many loops.
fn many_lives() -> Module {
    let locals = 20_000_u32;
    let loops = (0..400_u32).flat_map(move |i| {
        let all = (0..100_u32).flat_map(move |j| {
            let local = (i * 7919 + j * 104_729) % locals;
            [
                Instruction::LocalGet(local),
                Instruction::I64Const(1),
                Instruction::I64Add,
                Instruction::LocalSet(local),
            ]
        });
        [Instruction::Loop(BlockType::Empty)]
            .into_iter()
            .chain(all)
            .chain([
                Instruction::LocalGet(i),
                Instruction::I32WrapI64,
                Instruction::BrIf(0),
            ])
    });
    let close = std::iter::repeat_n(Instruction::End, 400);
    functions([body(locals, loops.chain(close))])
}

/// Every one ends within the limits, by itself or by being ended, and the next is compiled.
#[test]
fn bombs_do_not_hurt_the_host() {
    let _guard = beside_others_blocking();
    type Bomb = fn() -> Module;
    let bombs: [(&str, Bomb); 7] = [
        ("huge function", huge_function),
        ("many functions", many_functions),
        ("many segments", many_segments),
        ("jump tables", jump_tables),
        ("deep nesting", deep_nesting),
        ("many types", many_types),
        ("many lives", many_lives),
    ];
    let time = Duration::from_secs(2);
    let engine = engine(compiler().time(time).memory(200 << 20));
    for (name, module) in bombs {
        let bytes = component(&module());
        let size = bytes.len();
        let started = Instant::now();
        let plugin = Plugin::from_bytes(&engine, EVIL, bytes);
        let result = plugin.and_then(|plugin| plugin.compile());
        let took = started.elapsed();
        println!("{name}: {size} bytes, {took:.2?}: {result:?}");
        match result {
            Ok(())
            | Err(Error::InvalidComponent { .. })
            | Err(Error::Limit {
                limit: LimitKind::CompileMemory | LimitKind::CompileTime,
                ..
            }) => {}
            Err(other) => panic!("{name}: {other:?}"),
        }
        assert!(took < time + Duration::from_secs(20), "{name}: {took:?}");
        honest(&engine);
    }
}

/// Nothing can end a compilation in this process, so what takes too much is not begun: that is told by its bytes.
#[test]
fn bombs_are_refused_in_this_process() {
    let _guard = beside_others_blocking();
    type Bomb = fn() -> Module;
    let bombs: [(&str, Bomb); 4] = [
        ("huge function", huge_function),
        ("many functions", many_functions),
        ("jump tables", jump_tables),
        ("deep nesting", deep_nesting),
    ];
    // The default of a library.
    let engine = engine(Compiler::default());
    for (name, module) in bombs {
        let plugin = Plugin::from_bytes(&engine, EVIL, component(&module()));
        match plugin.and_then(|plugin| plugin.compile()) {
            Err(Error::Limit {
                limit: LimitKind::CompileMemory,
                used,
                allowed,
                ..
            }) => assert!(used > allowed && allowed == 1 << 30, "{name}: {used}"),
            other => panic!("{name}: {other:?}"),
        }
    }
    // Plugins that people write are far from that.
    let quarter = engine_of_a_quarter();
    for bytes in [
        outwit_tests::rust("evil/native").to_vec(),
        outwit_tests::js("evil/counter.js", "evil/wit", "attacker"),
    ] {
        let plugin = Plugin::from_bytes(&quarter, "honest", bytes).expect("it is a component");
        plugin.compile().expect("it is small");
    }
}

fn engine_of_a_quarter() -> Engine {
    engine(
        Compiler::in_process()
            .memory(256 << 20)
            .time(Duration::from_secs(120)),
    )
}

/// Who waits gets an error; what was begun ends by itself, and others are compiled meanwhile or afterwards.
#[test]
fn time_ends_in_this_process() {
    let _guard = beside_others_blocking();
    let time = Duration::from_millis(1);
    let hasty = engine(Compiler::in_process().time(time));
    let bytes = component(&large_function(20_000));
    let plugin = Plugin::from_bytes(&hasty, EVIL, bytes).expect("it is valid");
    match plugin.compile() {
        Err(Error::Limit { plugin, limit, .. }) => {
            assert_eq!((plugin.as_str(), limit), (EVIL, LimitKind::CompileTime));
        }
        other => panic!("{other:?}"),
    }
    honest(&engine(Compiler::unlimited()));
}

#[track_caller]
fn honest(engine: &Engine) {
    let plugin = Plugin::from_bytes(engine, "honest", component(&functions([body(0, [])])));
    plugin
        .and_then(|plugin| plugin.compile())
        .expect("this is easy");
}

fn limit_of(compiler: Compiler, module: &Module) -> (LimitKind, u64, u64) {
    let engine = engine(compiler);
    let plugin = Plugin::from_bytes(&engine, EVIL, component(module)).expect("it is valid");
    match plugin.compile() {
        Err(Error::Limit {
            plugin,
            limit,
            used,
            allowed,
        }) => {
            assert_eq!(plugin, EVIL);
            // Within limits that an honest one can keep, also on a busy machine.
            honest(&self::engine(self::compiler()));
            (limit, used, allowed)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn memory_ends() {
    let _guard = beside_others_blocking();
    let allowed = 40 << 20;
    let (limit, used, told) = limit_of(compiler().memory(allowed), &many_functions());
    assert_eq!((limit, told), (LimitKind::CompileMemory, allowed));
    assert!(used >= allowed, "{used}");
}

#[test]
fn time_ends() {
    let _guard = beside_others_blocking();
    // A small part of what it takes on a fast machine.
    let time = Duration::from_millis(30);
    let started = Instant::now();
    let limit = limit_of(compiler().time(time), &huge_function());
    assert_eq!(limit, (LimitKind::CompileTime, 30, 30));
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn what_is_invalid_is_told_as_ever() {
    let _guard = beside_others_blocking();
    // Valid as far as the host reads it, and more than the engine takes.
    let wat = r#"(component (core module (memory 1 1 shared)))"#;
    let bytes = wat::parse_str(wat).expect("it can be written");
    let messages = [Compiler::in_process(), compiler()].map(|compiler| {
        let plugin = Plugin::from_bytes(&engine(compiler), EVIL, bytes.as_slice());
        match plugin.and_then(|plugin| plugin.compile()) {
            Err(Error::InvalidComponent { plugin, message }) => {
                assert_eq!(plugin, EVIL);
                message
            }
            other => panic!("{other:?}"),
        }
    });
    assert_eq!(messages[0], messages[1]);
}

#[tokio::test]
async fn what_a_child_compiled_runs() {
    let _guard = crate::arena::beside_others().await;
    let engine = engine(compiler());
    let bytes = outwit_tests::js("evil/counter.js", "evil/wit", "attacker");
    let plugin = Plugin::from_bytes(&engine, "counter", bytes).expect("it is a component");
    let mut instance = Instance::builder(&plugin).start().await.expect("it starts");
    for count in 1..4 {
        let (counted,): (u32,) = instance
            .call_typed(None, "count", ())
            .await
            .expect("it counts");
        assert_eq!(counted, count);
    }
}

/// `cargo test -p outwit-tests --test evil what_a_child_costs -- --ignored --nocapture`
#[test]
#[ignore = "it measures"]
fn what_a_child_costs() {
    let _guard = beside_others_blocking();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cached = Engine::builder()
        .cache_directory(folder.path().join("code"))
        .build();
    let engines = [
        ("in this process", engine(Compiler::unlimited())),
        ("in a child", engine(compiler())),
        ("from the cache", cached.expect("the engine starts")),
    ];
    let bytes = [
        ("an empty component", component(&functions([body(0, [])]))),
        (
            "a plugin in Rust",
            outwit_tests::rust("evil/native").to_vec(),
        ),
        (
            "a plugin in JavaScript",
            outwit_tests::js("evil/counter.js", "evil/wit", "attacker"),
        ),
    ];
    for (what, bytes) in bytes {
        for (place, engine) in &engines {
            let mut times: Vec<_> = (0..21)
                .map(|_| {
                    let plugin = Plugin::from_bytes(engine, "p", bytes.as_slice());
                    let plugin = plugin.expect("it is a component");
                    let started = Instant::now();
                    plugin.compile().expect("it compiles");
                    started.elapsed()
                })
                .collect();
            // The first of all compiles the JavaScript engine, once per process.
            times.remove(0);
            times.sort();
            println!("{what}, {place}: {:.2?}", times[times.len() / 2]);
        }
    }
}

#[cfg(unix)]
#[test]
fn a_child_that_is_none_is_told() {
    let _guard = beside_others_blocking();
    let bytes = component(&functions([body(0, [])]));
    for (program, part) in [
        ("/nowhere/outwit", "does not start"),
        ("/bin/sh", "gave no answer"),
        ("/bin/echo", "gave no answer"),
    ] {
        let engine = engine(Compiler::helper(program));
        let plugin = Plugin::from_bytes(&engine, EVIL, bytes.as_slice()).expect("it is valid");
        match plugin.compile() {
            Err(Error::Compile { plugin, message }) => {
                assert_eq!(plugin, EVIL);
                assert!(message.contains(part), "{message}");
            }
            other => panic!("{other:?}"),
        }
    }
}
