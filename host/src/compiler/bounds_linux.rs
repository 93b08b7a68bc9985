//! What a child may use, on Linux.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, Signal, setrlimit};

/// Memory beyond the limit that no single step of a compilation can get: stacks of threads, and what
/// the allocator holds back.
const SLACK: u64 = 128 << 20;
/// How often the memory in use is looked at.
const PERIOD: Duration = Duration::from_millis(5);

/// What holds from the start: the child ends with its parent, and leaves nothing on the disk.
pub(super) fn begin() {
    let _ = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
    limit(Resource::Core, 0);
    limit(Resource::Fsize, 0);
}

/// Sets the limits before anything of a stranger is looked at.
///
/// The memory in use is watched, so that `over` can tell how much it was. An allocation beyond the
/// limit altogether fails at once, which ends the process.
pub(super) fn set(memory: u64, seconds: u64, over: impl Fn(u64) + Send + 'static) {
    limit(Resource::Data, memory.saturating_add(SLACK));
    // The parent counts the time; this is for a child whose parent cannot any more.
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    limit(
        Resource::Cpu,
        seconds.saturating_mul(threads).saturating_add(5),
    );
    let watch = move || {
        loop {
            match in_use() {
                Some(used) if used > memory => over(used),
                Some(_) => {}
                // Then there is only the limit above.
                None => return,
            }
            std::thread::sleep(PERIOD);
        }
    };
    let _ = std::thread::Builder::new()
        .name("outwit-compile-watch".into())
        .spawn(watch);
}

fn limit(resource: Resource, most: u64) {
    // One that is lower already stays.
    let limits = rustix::process::getrlimit(resource);
    let most = limits.maximum.map_or(most, |maximum| maximum.min(most));
    let _ = setrlimit(
        resource,
        Rlimit {
            current: Some(most),
            maximum: Some(most),
        },
    );
}

/// The memory in use that is this process's own, in bytes.
fn in_use() -> Option<u64> {
    #[allow(clippy::disallowed_methods)] // the kernel's account of this process
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let mut fields = statm.split(' ').skip(1);
    let mut pages = || fields.next()?.parse::<u64>().ok();
    let (resident, shared) = (pages()?, pages()?);
    Some(resident.saturating_sub(shared) * rustix::param::page_size() as u64)
}

/// How long a process has computed, all its threads together; this one if none is named. None if it is gone.
pub(super) fn computed(process: Option<u32>) -> Option<Duration> {
    let name = process.map_or("self".to_string(), |id| id.to_string());
    #[allow(clippy::disallowed_methods)] // the kernel's account of a process
    let stat = std::fs::read_to_string(format!("/proc/{name}/stat")).ok()?;
    // What comes before is the name of the program, whatever is in it.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut ticks = fields.split_whitespace().skip(11);
    let mut next = || ticks.next()?.parse::<u64>().ok();
    let (by_itself, by_the_system) = (next()?, next()?);
    let millis = by_itself.saturating_add(by_the_system).saturating_mul(1000);
    Some(Duration::from_millis(
        millis / rustix::param::clock_ticks_per_second().max(1),
    ))
}
