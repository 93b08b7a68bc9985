//! A thousand instances of twenty plugins, one in ten hostile, for a while: nothing crashes, nothing leaks,
//! and the others go on.
//!
//! Here it takes seconds; `cargo xtask soak` takes ten minutes and says what it measured.

use crate::arena::{alone, resident};
use outwit::{App, Engine, Error, LimitKind, Limits, Plugin, PluginConfig, Val};
use outwit_tests::{engine, js};
use std::io::{IsTerminal as _, Write as _};
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

/// Calls plugins until told to stop; the times honest ones took, in microseconds.
async fn work(apps: Arc<Vec<App>>, counts: Arc<Counts>, seed: u64, hostile: bool) -> Vec<u64> {
    let mut chance = seed;
    let mut below = |limit: usize| {
        chance = chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(chance >> 33).expect("31 bits") % limit
    };
    let mut times = Vec::new();
    while !counts.stop.load(Ordering::Relaxed) {
        let (app, i) = (&apps[below(APPS)], below(PLUGINS));
        let plugin = format!("p{i}");
        if i % HOSTILE != 0 {
            let started = Instant::now();
            let counted = app.call_typed(&plugin, None, "count", ()).await;
            let (_,): (u32,) = counted.expect("an honest plugin counts");
            times.push(u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX));
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

/// Works for a time; half of the way through it notes the memory in use.
async fn phase(apps: &Arc<Vec<App>>, time: Duration, hostile: bool) -> (Phase, Option<u64>) {
    let counts = Arc::new(Counts::default());
    let tasks: Vec<_> = (0..TASKS)
        .map(|i| tokio::spawn(work(apps.clone(), counts.clone(), i as u64 + 1, hostile)))
        .collect();
    let started = Instant::now();
    let mut warm = None;
    while started.elapsed() < time {
        tokio::time::sleep(time / 100).await;
        if warm.is_none() && started.elapsed() > time / 2 {
            warm = resident();
        }
        progress(hostile, started.elapsed(), time, &counts);
        // A task that ends before it is told to has failed.
        if tasks.iter().any(|task| task.is_finished()) {
            break;
        }
    }
    counts.stop.store(true, Ordering::Relaxed);
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.expect("nothing fails"));
    }
    times.sort_unstable();
    let phase = Phase {
        honest: counts.honest.load(Ordering::Relaxed),
        hostile: counts.hostile.load(Ordering::Relaxed),
        median: times.get(times.len() / 2).copied().unwrap_or(0),
        p99: times.get(times.len() * 99 / 100).copied().unwrap_or(0),
    };
    (phase, warm)
}

struct Phase {
    honest: u64,
    hostile: u64,
    /// In microseconds.
    median: u64,
    p99: u64,
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Phase {
            honest,
            hostile,
            median,
            p99,
        } = self;
        write!(
            f,
            "{honest} calls, {hostile} attacks, median {median} µs, p99 {p99} µs"
        )
    }
}

fn progress(hostile: bool, done: Duration, time: Duration, counts: &Counts) {
    let mut out = std::io::stderr();
    if !out.is_terminal() {
        return;
    }
    let part = (done.as_secs_f64() / time.as_secs_f64()).min(1.0);
    let filled = (part * 40.0) as usize;
    let _ = write!(
        out,
        "\r{} [{}{}] {:3.0} %  {} calls, {} attacks, {} MiB ",
        if hostile {
            "with hostile plugins   "
        } else {
            "without hostile plugins"
        },
        "#".repeat(filled),
        "-".repeat(40 - filled),
        part * 100.0,
        counts.honest.load(Ordering::Relaxed),
        counts.hostile.load(Ordering::Relaxed),
        resident().unwrap_or(0) >> 20,
    );
    let _ = out.flush();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_instances_for_a_while() {
    let _guard = alone().await;
    let seconds = std::env::var("OUTWIT_SOAK_SECONDS").ok();
    let seconds: u64 = seconds.map_or(8, |s| s.parse().expect("a number of seconds"));
    let apps = Arc::new(apps(&engine()));
    let (quiet, _) = phase(&apps, Duration::from_secs(seconds) / 4, false).await;
    let time = Duration::from_secs(seconds) * 3 / 4;
    let (noisy, warm) = phase(&apps, time, true).await;
    let after = resident();
    println!("\nwithout hostile plugins: {quiet}\nwith: {noisy}");
    println!("memory: {warm:?} when warm, {after:?} in the end");
    assert!(quiet.honest > 0 && noisy.honest > 0 && noisy.hostile > 0);
    if let Some((warm, after)) = warm.zip(after) {
        assert!(
            after < warm + warm / 4 + (32 << 20),
            "{warm} bytes when warm, {after} after"
        );
    }
}
