//! A thousand instances of twenty plugins, one in ten hostile, for a while: nothing crashes, nothing leaks,
//! and the others go on.
//!
//! A process of its own, since memory is that of a process. The test takes a minute of it, while other tests run;
//! `cargo xtask soak` takes ten, alone, and says what it measured.

use crate::counting::Live;
use indicatif::{ProgressBar, ProgressStyle};
use outwit::{App, DownReason, Engine, Error, LimitKind, Limits, Plugin, PluginConfig, Val};
use outwit_tests::{engine, js};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const APPS: usize = 50;
const PLUGINS: usize = 20;
/// One in so many plugins is hostile.
const HOSTILE: usize = 10;
/// Calls at a time.
const TASKS: usize = 16;

/// What the hostile ones do, each with what it has to end in.
const WAYS: &[(&str, Ends)] = &[
    ("loop", Ends::Limit(LimitKind::Cpu)),
    ("regular expression", Ends::Limit(LimitKind::Cpu)),
    ("catch loop", Ends::Limit(LimitKind::Cpu)),
    ("array", Ends::Memory),
    ("fill", Ends::Memory),
    ("recursion", Ends::Exception),
    ("throw", Ends::Exception),
    ("change the builtins", Ends::Exception),
];

enum Ends {
    Limit(LimitKind),
    /// Of memory, or of time where the machine is slow.
    Memory,
    Exception,
}

impl Ends {
    fn check(&self, how: &str, result: &outwit::Result<Vec<Val>>) {
        let fits = match (self, result) {
            (Ends::Limit(expected), Err(Error::Limit { limit, .. })) => expected == limit,
            (Ends::Memory, Err(Error::Limit { limit, .. })) => {
                matches!(limit, LimitKind::Memory | LimitKind::Cpu)
            }
            (Ends::Exception, Err(Error::Exception { .. })) => true,
            // One that fails all the time is paused.
            (_, Err(Error::Down { reason, .. })) => matches!(reason, DownReason::Pause { .. }),
            // Whatever it does, its time ends.
            (_, Err(Error::Limit { limit, .. })) => *limit == LimitKind::Cpu,
            _ => false,
        };
        assert!(fits, "{how}: {result:?}");
    }
}

fn apps(engine: &Engine) -> Vec<App> {
    let good = js("evil/counter.js", "evil/wit", "attacker");
    let bad = js("evil/attacker.js", "evil/wit", "attacker");
    let plugins: Vec<_> = (0..PLUGINS)
        .map(|i| {
            let bytes = if i % HOSTILE == 0 { &bad } else { &good };
            Plugin::from_bytes(engine, format!("p{i}"), bytes.as_slice()).expect("a component")
        })
        .collect();
    let mut limits = Limits::default();
    limits.memory = Some(16 << 20);
    // Honest ones are called on a machine that is busy, so their own time counts, not the clock's.
    limits.wall = Duration::from_secs(120);
    (0..APPS)
        .map(|_| {
            let app = plugins.iter().fold(App::builder(engine), |app, plugin| {
                app.plugin(plugin.clone(), PluginConfig::new().limits(limits.clone()))
            });
            app.build().expect("the app loads")
        })
        .collect()
}

#[derive(Default)]
struct Counts {
    honest: AtomicU64,
    hostile: AtomicU64,
    stop: AtomicBool,
}

/// How often calls took how long. A list of all times would be the only thing in this process that grows.
#[derive(Clone)]
struct Times([u64; Times::KINDS]);

impl Times {
    /// In each power of two so many kinds are told apart.
    const PARTS: usize = 16;
    const KINDS: usize = 64 * Times::PARTS;

    fn new() -> Times {
        Times([0; Times::KINDS])
    }

    fn add(&mut self, micros: u64) {
        let power = micros.max(1).ilog2() as usize;
        let part = (micros << 4 >> power) as usize % Times::PARTS;
        self.0[power * Times::PARTS + part] += 1;
    }

    fn join(&mut self, others: &Times) {
        for (mine, theirs) in self.0.iter_mut().zip(&others.0) {
            *mine += theirs;
        }
    }

    /// What so many in a hundred calls took at most, in microseconds.
    fn within(&self, percent: u64) -> u64 {
        let mut left = self.0.iter().sum::<u64>() * percent / 100;
        for (kind, count) in self.0.iter().enumerate() {
            if *count > left {
                let (power, part) = (kind / Times::PARTS, kind % Times::PARTS);
                return ((Times::PARTS + part) as u64) << power >> 4;
            }
            left -= count;
        }
        0
    }
}

/// Calls plugins until told to stop; the times honest ones took.
async fn work(apps: Arc<Vec<App>>, counts: Arc<Counts>, seed: u64, hostile: bool) -> Times {
    let mut chance = seed;
    let mut below = |limit: usize| {
        chance = chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(chance >> 33).expect("31 bits") % limit
    };
    let mut times = Times::new();
    while !counts.stop.load(Ordering::Relaxed) {
        let (app, i) = (&apps[below(APPS)], below(PLUGINS));
        let plugin = format!("p{i}");
        if i % HOSTILE != 0 {
            let started = Instant::now();
            let counted = app.call_typed(&plugin, None, "count", ()).await;
            let (_,): (u32,) = counted.expect("an honest plugin counts");
            times.add(u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX));
            counts.honest.fetch_add(1, Ordering::Relaxed);
        } else if hostile {
            let (how, ends) = &WAYS[below(WAYS.len())];
            let args = [Val::String((*how).into())];
            ends.check(how, &app.call(&plugin, None, "attack", &args).await);
            counts.hostile.fetch_add(1, Ordering::Relaxed);
        }
        tokio::task::yield_now().await;
    }
    times
}

/// Works for a time.
async fn phase(
    apps: &Arc<Vec<App>>,
    bar: &ProgressBar,
    time: Duration,
    hostile: bool,
) -> Result<Phase, String> {
    let counts = Arc::new(Counts::default());
    let tasks: Vec<_> = (0..TASKS)
        .map(|i| tokio::spawn(work(apps.clone(), counts.clone(), i as u64 + 1, hostile)))
        .collect();
    let (started, before) = (Instant::now(), bar.position());
    while started.elapsed() < time {
        tokio::time::sleep(time / 200).await;
        let elapsed = started.elapsed();
        bar.set_position(before + elapsed.min(time).as_millis() as u64);
        bar.set_message(format!(
            "{} calls, {} attacks, {} MiB",
            counts.honest.load(Ordering::Relaxed),
            counts.hostile.load(Ordering::Relaxed),
            resident().unwrap_or(0) >> 20
        ));
        // A task that ends before it is told to has failed.
        if tasks.iter().any(|task| task.is_finished()) {
            break;
        }
    }
    let elapsed = started.elapsed();
    counts.stop.store(true, Ordering::Relaxed);
    let mut times = Times::new();
    for task in tasks {
        let of_task = task.await;
        times.join(&of_task.map_err(|failed| format!("a call failed: {failed}"))?);
    }
    Ok(Phase {
        honest: counts.honest.load(Ordering::Relaxed),
        hostile: counts.hostile.load(Ordering::Relaxed),
        elapsed,
        times,
        memory: Memory::now().await,
    })
}

/// What was measured with the hostile plugins, or without them.
struct Phase {
    honest: u64,
    hostile: u64,
    elapsed: Duration,
    /// Of honest calls.
    times: Times,
    /// In the end, when no call runs.
    memory: Memory,
}

/// The memory of this process.
#[derive(Clone, Copy)]
struct Memory {
    /// What the host has allocated.
    live: Live,
    /// What the system has given for it, for the memories of the plugins, and for code.
    resident: Option<u64>,
}

impl Memory {
    async fn now() -> Memory {
        // Instances that ended are dropped by tasks of their own.
        tokio::time::sleep(Duration::from_millis(500)).await;
        Memory {
            live: Live::now(),
            resident: resident(),
        }
    }
}

/// The memory of this process that is in use, in bytes, where that can be told.
fn resident() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * 4096)
}

/// Runs for so many seconds: first without the hostile plugins being called, then with them.
pub fn run(seconds: u64) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    match runtime.expect("it starts").block_on(soak(seconds)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

async fn soak(seconds: u64) -> Result<(), String> {
    let time = Duration::from_secs(seconds);
    let bar = ProgressBar::new(time.as_millis() as u64);
    let style = ProgressStyle::with_template("{prefix} [{bar:40}] {percent:>3} %  {msg}");
    bar.set_style(style.expect("it is a template"));
    let apps = Arc::new(apps(&engine()));
    bar.set_prefix("without attacks");
    let quiet = phase(&apps, &bar, time / 4, false).await?;
    bar.set_prefix("with attacks   ");
    let warm = phase(&apps, &bar, time / 4, true).await?;
    let noisy = phase(&apps, &bar, time / 2, true).await?;
    bar.finish_and_clear();
    print(&apps, &quiet, &warm, &noisy);
    if [&quiet, &warm, &noisy]
        .iter()
        .any(|phase| phase.honest == 0)
        || noisy.hostile == 0
    {
        return Err("it took too long for anything to happen".to_string());
    }
    // The allocator keeps some of what it was given back, but not without end.
    let much = |memory: Memory| memory.resident.map(|bytes| bytes + bytes / 8 + (32 << 20));
    if noisy.memory.resident > much(warm.memory) {
        return Err("memory leaks: much more is resident in the end".to_string());
    }
    // A history of calls, a table that grew; not something for each of thousands of attacks.
    let (before, after) = (warm.memory.live, noisy.memory.live);
    if after.allocations > before.allocations + 100 * APPS as i64 {
        return Err(format!(
            "memory leaks: {before:?} when warm, {after:?} in the end"
        ));
    }
    Ok(())
}

fn print(apps: &[App], quiet: &Phase, warm: &Phase, noisy: &Phase) {
    let (mut live, mut started, mut faults) = (0, 0, 0);
    for app in apps {
        for plugin in app.metrics().plugins.values() {
            live += plugin.live;
            started += plugin.started;
        }
        faults += app.health().iter().map(|health| health.faults).sum::<u64>();
    }
    let mib = |bytes: u64| format!("{:.1} MiB", bytes as f64 / 1048576.0);
    println!(
        "{:<34}{:>16}{:>16}{:>16}",
        "", "without attacks", "with attacks", "and longer"
    );
    let row = |name: &str, of: &dyn Fn(&Phase) -> String| {
        println!(
            "{name:<34}{:>16}{:>16}{:>16}",
            of(quiet),
            of(warm),
            of(noisy)
        );
    };
    row("duration", &|phase| {
        format!("{:.0} s", phase.elapsed.as_secs_f64())
    });
    row("calls of honest plugins", &|phase| phase.honest.to_string());
    row("attacks", &|phase| phase.hostile.to_string());
    for (name, percent) in [
        ("honest call, median", 50),
        ("honest call, 99 of 100 within", 99),
    ] {
        row(name, &|phase| format!("{} µs", phase.times.within(percent)));
    }
    row("allocations of the host", &|phase| {
        phase.memory.live.allocations.to_string()
    });
    row("in bytes", &|phase| {
        mib(u64::try_from(phase.memory.live.bytes).unwrap_or(0))
    });
    row("resident memory", &|phase| {
        phase.memory.resident.map_or("?".to_string(), mib)
    });
    println!("crashes of the host               0");
    println!("instances: {live} live, {started} started; {faults} faults, each contained");
}
