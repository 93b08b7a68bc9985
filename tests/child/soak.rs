//! A thousand instances of twenty plugins, one in ten hostile, for a while: nothing crashes, nothing leaks,
//! and the others go on.
//!
//! A process of its own, since memory is that of a process. The test takes a minute of it, while other tests run;
//! `cargo xtask soak` takes ten, alone, and says what it measured.

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

/// Works for a time. After a third of it, when everything has been used, it notes the memory in use.
async fn phase(
    apps: &Arc<Vec<App>>,
    bar: &ProgressBar,
    time: Duration,
    hostile: bool,
) -> Result<(Phase, Option<u64>), String> {
    let counts = Arc::new(Counts::default());
    let tasks: Vec<_> = (0..TASKS)
        .map(|i| tokio::spawn(work(apps.clone(), counts.clone(), i as u64 + 1, hostile)))
        .collect();
    let (started, before) = (Instant::now(), bar.position());
    let mut warm = None;
    while started.elapsed() < time {
        tokio::time::sleep(time / 200).await;
        let elapsed = started.elapsed();
        if warm.is_none() && elapsed > time / 3 {
            warm = resident();
        }
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
    let mut times = Vec::new();
    for task in tasks {
        times.extend(
            task.await
                .map_err(|failed| format!("a call failed: {failed}"))?,
        );
    }
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or(0);
    let phase = Phase {
        honest: counts.honest.load(Ordering::Relaxed),
        hostile: counts.hostile.load(Ordering::Relaxed),
        elapsed,
        median: at(50),
        p99: at(99),
    };
    Ok((phase, warm))
}

/// What was measured with the hostile plugins, or without them.
struct Phase {
    honest: u64,
    hostile: u64,
    elapsed: Duration,
    /// In microseconds.
    median: u64,
    p99: u64,
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
    let (quiet, _) = phase(&apps, &bar, time / 4, false).await?;
    bar.set_prefix("with attacks   ");
    let (noisy, warm) = phase(&apps, &bar, time * 3 / 4, true).await?;
    let after = resident();
    bar.finish_and_clear();
    print(&apps, &quiet, &noisy, (warm, after));
    if quiet.honest == 0 || noisy.honest == 0 || noisy.hostile == 0 {
        return Err("it took too long for anything to happen".to_string());
    }
    match warm.zip(after) {
        Some((warm, after)) if after > warm + warm / 8 + (32 << 20) => Err(format!(
            "memory leaks: {warm} bytes when warm, {after} after"
        )),
        _ => Ok(()),
    }
}

fn print(apps: &[App], quiet: &Phase, noisy: &Phase, memory: (Option<u64>, Option<u64>)) {
    let (mut live, mut started, mut faults) = (0, 0, 0);
    for app in apps {
        for plugin in app.metrics().plugins.values() {
            live += plugin.live;
            started += plugin.started;
        }
        faults += app.health().iter().map(|health| health.faults).sum::<u64>();
    }
    let mib = |bytes: Option<u64>| {
        bytes.map_or("?".to_string(), |b| {
            format!("{:.1} MiB", b as f64 / 1048576.0)
        })
    };
    println!("{:<34}{:>16}{:>16}", "", "without attacks", "with attacks");
    let row = |name: &str, of: fn(&Phase) -> String| {
        println!("{name:<34}{:>16}{:>16}", of(quiet), of(noisy));
    };
    row("duration", |phase| {
        format!("{:.0} s", phase.elapsed.as_secs_f64())
    });
    row("calls of honest plugins", |phase| phase.honest.to_string());
    row("attacks", |phase| phase.hostile.to_string());
    row("honest call, median", |phase| {
        format!("{} µs", phase.median)
    });
    row("honest call, 99 of 100 within", |phase| {
        format!("{} µs", phase.p99)
    });
    println!("crashes of the host               0");
    println!("instances: {live} live, {started} started; {faults} faults, each contained");
    println!(
        "resident memory: {} when warm, {} in the end",
        mib(memory.0),
        mib(memory.1)
    );
}
