//! What crossing into a plugin costs: `cargo xtask bench bridge`.
//!
//! The plugin is `tests/bridge/fmt.js`. It is measured in turns with the same module built by npm's
//! componentize-qjs and with the same functions in Rust (`rust-fmt/`), which is the least that crossing can
//! cost. Calls are measured on wasmtime itself, as the peers' figures are, so that they show the bridge and
//! not the host around it; then in the host.
//!
//! `OUTWIT_BENCH_PEER` and `OUTWIT_BENCH_PEER_SYNC` are the peer's components: as it builds them, and
//! built with `--sync`, the only ones that run with Component Model concurrency off.

mod guest;
mod hosted;
mod measure;

use guest::{Guest, Setup, timed};
use hosted::Hosted;
use measure::{Figure, Subject, measure, measure_for, table, time};
use outwit::LinkMode;
use std::sync::Arc;
use wasmtime::component::{Component, ComponentNamedList, Lift, Lower};

fn main() {
    let guests = Guests::new();
    let mut report = Report::new();
    guests.sizes(&mut report);
    guests.loads(&mut report);
    for setup in Setup::ALL {
        guests.calls(&mut report, setup);
    }
    guests.in_the_host(&mut report);
    println!("{}", table(&report.rows));
}

const MEBIBYTE: &[u8] = &[7; 1 << 20];

/// The components that are compared: ours, the peer's, Rust's.
struct Guests {
    js: Vec<u8>,
    shared: Vec<u8>,
    caller: Vec<u8>,
    peer: Option<Vec<u8>>,
    peer_sync: Option<Vec<u8>>,
    rust: Arc<Vec<u8>>,
    rust_caller: Arc<Vec<u8>>,
}

impl Guests {
    fn new() -> Self {
        let peer = |variable: &str| {
            let path = std::env::var_os(variable)?;
            match std::fs::read(&path) {
                Ok(bytes) => Some(bytes),
                Err(error) => {
                    println!("{variable}: {error}");
                    None
                }
            }
        };
        Self {
            js: outwit_tests::js("bridge/fmt.js", "bridge/fmt.wit", "bench"),
            shared: shared("bridge/fmt.js", "bridge/fmt.wit", "bench"),
            caller: outwit_tests::js("bridge/caller.js", "bridge/fmt.wit", "caller"),
            peer: peer("OUTWIT_BENCH_PEER"),
            peer_sync: peer("OUTWIT_BENCH_PEER_SYNC"),
            rust: outwit_tests::rust("bridge/rust-fmt"),
            rust_caller: outwit_tests::rust("bridge/rust-caller"),
        }
    }

    /// The plugins that the host runs with nothing granted, which the peer's is not.
    fn ours(&self) -> [Option<&[u8]>; 3] {
        [Some(&self.js), None, Some(&self.rust)]
    }

    fn all(&self) -> [Option<&[u8]>; 3] {
        [Some(&self.js), self.peer.as_deref(), Some(&self.rust)]
    }

    fn sizes(&self, report: &mut Report) {
        let size = |bytes: &[u8]| format!("{} kB", bytes.len() / 1000);
        report.row("size", self.all().map(|bytes| bytes.map(size)), "1200 kB");
        report.row(
            "size, shared cut",
            [Some(size(&self.shared)), None, None],
            "100 kB",
        );
        let imports = |bytes: &[u8]| Guest::wasi_imports(bytes).to_string();
        report.row(
            "WASI interfaces imported",
            self.all().map(|bytes| bytes.map(imports)),
            "0",
        );
    }

    fn loads(&self, report: &mut Report) {
        let whole = |bytes| {
            let engine = Setup::On.engine();
            timed(move || drop(Component::new(&engine, bytes).unwrap()))
        };
        let figures = measure_for(5, self.all().map(|bytes| bytes.map(whole)).into());
        report.times("compile all of it", &figures, "");
        let further = |bytes| hosted::loads(&self.caller, bytes);
        let figures = measure_for(5, self.all().map(|bytes| bytes.map(further)).into());
        report.times("load one more plugin", &figures, "30 ms");
        let shared = Some(hosted::loads(&self.caller, &self.shared));
        let figures = measure(vec![shared]);
        report.times("load one more plugin, shared cut", &figures, "30 ms");
    }

    fn calls(&self, report: &mut Report, setup: Setup) {
        let peer = if setup == Setup::Off {
            &self.peer_sync
        } else {
            &self.peer
        };
        let all = [Some(&self.js[..]), peer.as_deref(), Some(&self.rust)];
        let guests: Vec<Option<Guest>> = all
            .iter()
            .map(|bytes| bytes.map(|bytes| Guest::new(setup, bytes)))
            .collect();
        let bars = match setup {
            Setup::Off => ["400 ns", "280 ns", "", "20 µs", "23 µs", "20 µs", "40 µs"],
            Setup::On => ["650 ns", "", "", "", "", "", ""],
            Setup::Server => ["1.35 µs", "", "", "", "", "", ""],
        };
        let mut bars = bars.into_iter();
        let mut row = |name: &str, figures: &[Option<Figure>]| {
            report.times(
                &format!("{name}, {}", setup.title()),
                figures,
                bars.next().unwrap_or(""),
            );
        };
        row(
            "greet",
            &calls::<_, (String,)>(&guests, "greet", ("world",)),
        );
        row("add", &calls::<_, (u32,)>(&guests, "add", (40_u32, 2_u32)));
        // The peer traps on anything above i64::MAX.
        row("big", &calls::<_, (u64,)>(&guests, "big", (1_u64 << 40,)));
        row(
            "sum of 1000 f64",
            &calls::<_, (f64,)>(&guests, "sum", (&[1.5_f64; 1000][..],)),
        );
        row(
            "1 MiB of bytes",
            &calls::<_, (u32,)>(&guests, "bytes", (MEBIBYTE,)),
        );
        row("instantiate", &each(&guests, Guest::starts));
        row(
            "instantiate and first call",
            &each(&guests, Guest::first_calls),
        );
        let faults = guests
            .iter()
            .map(|guest| Some(format!("{:.1}", guest.as_ref()?.page_faults()?)));
        let faults: Vec<Option<String>> = faults.collect();
        report.row(&format!("its page faults, {}", setup.title()), faults, "");
    }

    fn in_the_host(&self, report: &mut Report) {
        let apps = |mode, caller: &[u8]| {
            self.ours()
                .map(|bytes| bytes.map(|fmt| Hosted::new(fmt, caller, mode)))
        };
        let (apart, fused) = (LinkMode::Trampoline, LinkMode::Fused);
        let ours = apps(apart, &self.rust_caller);
        let figures = measure(ours.iter().map(|app| Some(app.as_ref()?.calls())).collect());
        report.times("greet, called by the application", &figures, "");
        for (name, mode, caller) in [
            (
                "greet, called by a Rust plugin",
                apart,
                &self.rust_caller[..],
            ),
            ("greet, called by a JavaScript plugin", apart, &self.caller),
            (
                "greet, called by a Rust plugin, fused",
                fused,
                &self.rust_caller,
            ),
            (
                "greet, called by a JavaScript plugin, fused",
                fused,
                &self.caller,
            ),
        ] {
            let ours = apps(mode, caller);
            let figures = ours
                .iter()
                .map(|app| Some(app.as_ref()?.linked_calls()))
                .collect();
            report.times(name, &measure(figures), "");
        }
    }
}

/// A plugin without the engine inside.
fn shared(module: &str, wit: &str, world: &str) -> Vec<u8> {
    let root = outwit_tests::root();
    let build = outwit_js::Build::new(root.join(module), root.join(wit)).world(world);
    build.cut(outwit_js::Cut::Shared).run().unwrap()
}

fn calls<P, R>(guests: &[Option<Guest>], name: &str, params: P) -> Vec<Option<Figure>>
where
    P: ComponentNamedList + Lower + Copy + Send + Sync + 'static,
    R: ComponentNamedList + Lift + Send + Sync + 'static,
{
    each(guests, |guest| guest.calls::<P, R>(name, params))
}

fn each<'a>(
    guests: &'a [Option<Guest>],
    subject: impl Fn(&'a Guest) -> Subject<'a>,
) -> Vec<Option<Figure>> {
    measure(
        guests
            .iter()
            .map(|guest| guest.as_ref().map(&subject))
            .collect(),
    )
}

/// The table.
struct Report {
    rows: Vec<Vec<String>>,
}

impl Report {
    fn new() -> Self {
        let heading = [
            "",
            "Outwit",
            "bar",
            "componentize-qjs",
            "to Outwit",
            "Rust",
            "to Outwit",
        ];
        Self {
            rows: vec![heading.map(String::from).into()],
        }
    }

    fn row(&mut self, name: &str, cells: impl IntoIterator<Item = Option<String>>, bar: &str) {
        let mut cells = cells
            .into_iter()
            .map(|cell| cell.unwrap_or_else(|| "-".into()));
        let mut next = || cells.next().unwrap_or_else(|| "-".into());
        let (outwit, peer, rust) = (next(), next(), next());
        let none = String::new;
        self.rows.push(vec![
            name.into(),
            outwit,
            bar.into(),
            peer,
            none(),
            rust,
            none(),
        ]);
    }

    fn times(&mut self, name: &str, figures: &[Option<Figure>], bar: &str) {
        let cell = |index: usize| {
            let figure = figures.get(index).copied().flatten();
            match figure {
                Some(figure) => [time(figure.nanos), format!("{:.2}", figure.ratio)],
                None => ["-".into(), String::new()],
            }
        };
        let ([outwit, _], [peer, to_peer], [rust, to_rust]) = (cell(0), cell(1), cell(2));
        self.rows.push(vec![
            name.into(),
            outwit,
            bar.into(),
            peer,
            to_peer,
            rust,
            to_rust,
        ]);
        eprintln!("{name}");
    }
}
