//! How fast JavaScript itself runs in a plugin: `cargo xtask bench kernels`.
//!
//! Ten programs (`kernels.js`) run in QuickJS compiled for this machine (`native/`, another process), in a
//! plugin, in a plugin whose computing time is counted as the host does it, and in the components given in
//! the environment; they take turns, round by round.
//!
//! * `OUTWIT_BENCH_NATIVE`: the program `outwit-kernels-native`.
//! * `OUTWIT_BENCH_COMPONENTS`: further components of the same world, `NAME=PATH;NAME=PATH`.

#[path = "../bridge/measure.rs"]
mod measure;

use measure::{Subject, measure, table, time};
use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;
use wasmtime::component::{Component, Linker, ResourceTable, TypedFunc};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

fn main() {
    let plugin = outwit_tests::js("kernels/kernels.js", "kernels/kernels.wit", "bench");
    let mut names = vec![String::from("Outwit"), String::from("with epochs")];
    let mut plugins = vec![Plugin::new(&plugin, false), Plugin::new(&plugin, true)];
    for (name, path) in components() {
        match std::fs::read(&path) {
            Ok(bytes) => {
                names.push(name);
                plugins.push(Plugin::new(&bytes, false));
            }
            Err(error) => println!("{name} is left out: cannot read {path}: {error}"),
        }
    }
    let native =
        std::env::var_os("OUTWIT_BENCH_NATIVE").map(|program| RefCell::new(Native::start(program)));
    if native.is_none() {
        println!(
            "native QuickJS is left out: OUTWIT_BENCH_NATIVE is not set (`cargo xtask bench kernels` sets it)"
        );
    }

    let kernels = plugins[0].names();
    let mut rows = vec![vec![String::from("kernel"), String::from("native")]];
    rows[0].extend(
        names
            .iter()
            .flat_map(|name| [name.clone(), String::from("speed")]),
    );
    let mut speeds = vec![Vec::new(); plugins.len()];
    for kernel in &kernels {
        let expected = plugins[0].run(kernel, 1);
        let mut subjects: Vec<Option<Subject<'_>>> = vec![native.as_ref().map(|native| {
            Box::new(move |times| native.borrow_mut().run(kernel, times, expected)) as Subject<'_>
        })];
        for plugin in &mut plugins {
            assert_eq!(
                plugin.run(kernel, 1),
                expected,
                "{kernel} gives something else"
            );
            let mut run = |times: u32| plugin.run(kernel, times);
            subjects.push(Some(Box::new(move |times| {
                let start = std::time::Instant::now();
                std::hint::black_box(run(times as u32));
                start.elapsed()
            })));
        }
        let figures = measure(subjects);
        let mut row = vec![
            kernel.clone(),
            figures[0].map_or("-".into(), |native| time(native.nanos)),
        ];
        for (figure, speeds) in figures[1..].iter().zip(&mut speeds) {
            let Some(figure) = figure else { continue };
            row.push(time(figure.nanos));
            if native.is_some() {
                row.push(format!("{:.2}", 1.0 / figure.ratio));
                speeds.push(1.0 / figure.ratio);
            } else {
                row.push("-".into());
            }
        }
        rows.push(row);
    }
    if native.is_some() {
        let means = speeds
            .iter()
            .flat_map(|speeds| [String::new(), format!("{:.3}", geometric_mean(speeds))]);
        rows.push(
            ["geometric mean".into(), String::new()]
                .into_iter()
                .chain(means)
                .collect(),
        );
    }
    println!("{}", table(&rows));
    println!("speed: native time / time; 1 is as fast as native");
}

/// The geometric mean.
fn geometric_mean(values: &[f64]) -> f64 {
    (values.iter().map(|value| value.ln()).sum::<f64>() / values.len() as f64).exp()
}

/// Further components to measure, by name.
fn components() -> Vec<(String, String)> {
    let list = std::env::var("OUTWIT_BENCH_COMPONENTS").unwrap_or_default();
    list.split(';')
        .filter_map(|item| item.split_once('='))
        .map(|(name, path)| (name.to_owned(), path.to_owned()))
        .collect()
}

/// QuickJS compiled for this machine.
struct Native {
    _process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Native {
    fn start(program: std::ffi::OsString) -> Self {
        let mut process = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("outwit-kernels-native starts");
        let to = process.stdin.take().expect("it is piped");
        let from = BufReader::new(process.stdout.take().expect("it is piped"));
        Self {
            _process: process,
            to,
            from,
        }
    }

    fn run(&mut self, kernel: &str, times: u64, expected: f64) -> Duration {
        writeln!(self.to, "{kernel} {times}").expect("the program is running");
        let mut line = String::new();
        self.from
            .read_line(&mut line)
            .expect("the program is running");
        let (nanos, result) = line.trim().split_once(' ').expect("two numbers");
        assert_eq!(
            result.parse(),
            Ok(expected),
            "{kernel} gives something else natively"
        );
        Duration::from_nanos(nanos.parse().expect("a number"))
    }
}

/// A component of the kernels' world.
struct Plugin {
    store: Store<State>,
    names: TypedFunc<(), (Vec<String>,)>,
    run: TypedFunc<(String, u32), (f64,)>,
}

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl Plugin {
    fn new(bytes: &[u8], epochs: bool) -> Self {
        let mut config = Config::new();
        config.epoch_interruption(epochs);
        let engine = Engine::new(&config).unwrap();
        let component = Component::new(&engine, bytes).unwrap();
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_sync(&mut linker).unwrap();
        let state = State {
            wasi: WasiCtx::builder().build(),
            table: ResourceTable::new(),
        };
        let mut store = Store::new(&engine, state);
        store.set_epoch_deadline(u64::MAX / 2);
        let instance = linker.instantiate(&mut store, &component).unwrap();
        let kernels = instance
            .get_export_index(&mut store, None, "demo:k/kernels@0.1.0")
            .unwrap();
        let mut index = |name| {
            instance
                .get_export_index(&mut store, Some(&kernels), name)
                .unwrap()
        };
        let (names, run) = (index("names"), index("run"));
        let names = instance.get_typed_func(&mut store, names).unwrap();
        let run = instance.get_typed_func(&mut store, run).unwrap();
        Self { store, names, run }
    }

    fn names(&mut self) -> Vec<String> {
        self.names.call(&mut self.store, ()).unwrap().0
    }

    fn run(&mut self, kernel: &str, times: u32) -> f64 {
        self.run
            .call(&mut self.store, (kernel.to_owned(), times))
            .unwrap()
            .0
    }
}
