//! Every attack of the list in `docs/attacks.md`, one after the other: the row says who attacks and how,
//! the run says what came of it. After each, the neighbour answers with the state it had, and the
//! attacker can be called again.
//!
//! `OUTWIT_BLESS=1 cargo test -p outwit-tests --test evil table` writes the page anew.

mod guests;
mod network;
mod rows;

use crate::arena::{Arena, alone, evil, hasty, impatient, javascript, limits, native, resident};
use crate::files::Place;
use outwit::{
    App, Capability, Error, Grants, Host, Limits, Plugin, PluginConfig, Val, audit, console,
    storage,
};
use outwit_tests::{engine, js};
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

/// One attack.
pub struct Row {
    /// Its number, or a few that one guest covers.
    number: &'static str,
    attack: &'static str,
    guest: Guest,
    /// What the plugin is given.
    given: Given,
    expected: Expected,
}

/// Who attacks.
enum Guest {
    /// A function of `attacker.js`, with the way to attack.
    JavaScript(&'static str, &'static str),
    /// A way of `tricks.js`, which tells what it found.
    Trick(&'static str),
    /// A way of `armed.js`, which has capabilities.
    Armed(&'static str),
    /// A way of `native/`.
    Rust(&'static str),
    /// A way of `files/`, which has some folders and tells what it got beyond them.
    Files(&'static str),
    /// A component in the text format, with `attack` and `count`.
    Wat(fn() -> String),
    /// The same, of which not even `count` works.
    Hopeless(fn() -> String),
    /// Another test shows it: its file and name.
    Test(&'static str, &'static str),
}

#[derive(Clone, Copy)]
enum Given {
    /// The default of 50 ms to compute.
    Cpu,
    /// 400 ms to live.
    Wall,
    /// All defaults, and time enough to reach them.
    Defaults,
}

impl Given {
    fn limits(self) -> Limits {
        match self {
            Given::Cpu => hasty(),
            Given::Wall => impatient(),
            Given::Defaults => limits(),
        }
    }

    fn text(self) -> &'static str {
        match self {
            Given::Cpu => "50 ms to compute",
            Given::Wall => "400 ms to end",
            Given::Defaults => "the other defaults",
        }
    }
}

/// What must come of it.
#[derive(Clone, Copy)]
enum Expected {
    /// [`Error::Limit`] with this limit.
    Limit(outwit::LimitKind),
    Trap,
    Exception,
    /// The component does not even load.
    Refused,
    /// Any end that has a type, or none: how far it gets depends on the engine.
    Contained,
    /// It does what it wants, and that is no harm; this is what it tells.
    Told(&'static str),
    /// What the other test shows.
    Shown(&'static str),
}

/// What came of it.
struct Outcome {
    fits: bool,
    text: String,
}

impl Outcome {
    fn of(result: &outwit::Result<Vec<Val>>, expected: Expected) -> Outcome {
        let (fits, text) = match (result, expected) {
            (Err(Error::Limit { limit, .. }), expected) => (
                matches!(expected, Expected::Limit(e) if e == *limit),
                format!("`Error::Limit`: {limit}"),
            ),
            (Err(Error::Trap { reason, .. }), expected) => (
                matches!(expected, Expected::Trap),
                format!("`Error::Trap`: {reason}"),
            ),
            (Err(Error::Exception { message, .. }), expected) => (
                matches!(expected, Expected::Exception),
                format!("`Error::Exception`: {message}"),
            ),
            (Err(Error::InvalidComponent { .. }), expected) => (
                matches!(expected, Expected::Refused),
                "`Error::InvalidComponent`".to_string(),
            ),
            (Err(Error::Compile { message, .. }), _) => (false, message.clone()),
            (Err(other), _) => (false, format!("{other:?}")),
            (Ok(values), Expected::Told(expected)) => match values.as_slice() {
                [] => (expected.is_empty(), "nothing".to_string()),
                [Val::String(text)] if text.is_empty() => {
                    (expected.is_empty(), "nothing was got".to_string())
                }
                [Val::String(text)] => (text == expected, format!("no harm: {text}")),
                other => (false, format!("{other:?}")),
            },
            (Ok(values), _) => match values.as_slice() {
                [] => (false, "nothing".to_string()),
                [Val::String(text)] => (false, format!("no harm: {text}")),
                other => (false, format!("{other:?}")),
            },
        };
        let contained = matches!(expected, Expected::Contained)
            && matches!(
                result,
                Ok(_)
                    | Err(Error::InvalidComponent { .. }
                        | Error::Limit { .. }
                        | Error::Trap { .. }
                        | Error::Exception { .. })
            );
        Outcome {
            fits: fits || contained,
            text,
        }
    }
}

/// The records of what armed plugins did.
struct Recorded(Arc<audit::Ring>);

fn plugin(bytes: Vec<u8>) -> outwit::Result<Plugin> {
    let plugin = Plugin::from_bytes(&engine(), crate::arena::EVIL, bytes)?;
    plugin.compile()?;
    Ok(plugin)
}

fn tricks() -> Plugin {
    static BYTES: LazyLock<Vec<u8>> =
        LazyLock::new(|| js("evil/tricks.js", "evil/tricks.wit", "tricks"));
    evil(&BYTES)
}

fn armed(limits: Limits) -> (Arena, Recorded) {
    static BYTES: LazyLock<Vec<u8>> =
        LazyLock::new(|| js("evil/armed.js", "evil/armed.wit", "armed"));
    let ring = Arc::new(audit::Ring::new(100_000));
    let host = Host::system()
        .with_console(Arc::new(console::Capture::default()))
        .with_audit(ring.clone());
    let grants = Grants::none()
        .with_console()
        .with_crypto()
        .with_storage(storage::Grant::default())
        .with_timers();
    let mut limits = limits;
    // Here it is the other limits that are looked at.
    limits.host_calls = u64::MAX;
    for capability in Capability::ALL {
        limits.rates.insert(capability, u64::MAX);
    }
    let config = PluginConfig::new().limits(limits).grants(grants);
    let app = App::builder(&engine()).host(host);
    (Arena::of(app.plugin(evil(&BYTES), config)), Recorded(ring))
}

async fn attack(row: &Row) -> Outcome {
    let limits = row.given.limits();
    let how = |how: &str| vec![Val::String(how.into())];
    let (mut arena, function, args, recorded) = match &row.guest {
        Guest::JavaScript(function, way) => {
            (Arena::new(&javascript(), limits), *function, how(way), None)
        }
        Guest::Trick(way) => (Arena::new(&tricks(), limits), "attack", how(way), None),
        Guest::Rust(way) => (Arena::new(&native(), limits), "attack", how(way), None),
        Guest::Files(way) => return files(way, row.expected).await,
        Guest::Armed(way) => {
            let (arena, recorded) = armed(limits);
            (arena, "attack", how(way), Some(recorded))
        }
        Guest::Wat(text) | Guest::Hopeless(text) => {
            let bytes = wat::parse_str(text());
            let bytes = bytes.unwrap_or_else(|error| panic!("{}: {error}", row.attack));
            let arena = plugin(bytes).and_then(|plugin| {
                let config = PluginConfig::new().limits(limits);
                Arena::try_of(App::builder(&engine()).plugin(plugin, config))
            });
            match arena {
                Ok(arena) => (arena, "attack", vec![], None),
                Err(error) => return Outcome::of(&Err(error), row.expected),
            }
        }
        Guest::Test(file, name) => {
            let path = outwit_tests::root().join("..").join(file);
            let text = std::fs::read_to_string(path).unwrap_or_default();
            let Expected::Shown(shown) = row.expected else {
                panic!("{}: what does the other test show?", row.attack);
            };
            return Outcome {
                fits: text.contains(&format!("fn {name}(")),
                text: shown.to_string(),
            };
        }
    };
    let counts = !matches!(row.guest, Guest::Hopeless(_));
    arena.ask_neighbour().await;
    if counts {
        assert_eq!(arena.count().await, 1, "{}", row.attack);
    }
    let result = arena.call(function, &args).await;
    arena.ask_neighbour().await;
    if counts {
        // A plugin that did no harm is still there; of one that did, nothing is left.
        let expected = if result.is_ok() { 2 } else { 1 };
        assert_eq!(arena.count().await, expected, "{}", row.attack);
    }
    if let Some(Recorded(ring)) = recorded {
        let entries = ring.entries();
        assert!(!entries.is_empty(), "{}: nothing is on record", row.attack);
        assert!(entries.iter().all(|e| e.plugin == crate::arena::EVIL));
    }
    arena
        .check_nothing_is_left(row.attack, result.is_err())
        .await;
    Outcome::of(&result, row.expected)
}

/// An attack on files, in a place of its own; what lies beside the folders is as it was, and what was tried is on
/// record.
async fn files(way: &str, expected: Expected) -> Outcome {
    let place = Place::new();
    let ring = Arc::new(audit::Ring::new(1000));
    let mut arena = place.arena(ring.clone());
    arena.ask_neighbour().await;
    assert_eq!(arena.count().await, 1, "{way}");
    place.race(way);
    let result = arena.call("attack", &[Val::String(way.into())]).await;
    arena.ask_neighbour().await;
    assert_eq!(arena.count().await, if result.is_ok() { 2 } else { 1 });
    place.check(way);
    let entries = ring.entries();
    assert!(!entries.is_empty(), "{way}: nothing is on record");
    assert!(entries.iter().all(|e| e.plugin == crate::arena::EVIL));
    arena.check_nothing_is_left(way, result.is_err()).await;
    Outcome::of(&result, expected)
}

const HEAD: &str = "\
# Attacks

What hostile plugins try, and what comes of it. The tests run every row of this table and write it; a row that comes out otherwise fails them
(`cargo test -p outwit-tests --test evil`). After each attack a neighbour in the same process answers with the state it had; the attacker can be called
again and has nothing left of its old state; its fault is counted, and what it did with capabilities is on record; no handle and no stream is left; its instance, when it
ends, gives back all of its memory; and the memory of the host is back where it was.

";

/// The numbers are in turn, each attack ends as it has to, and the page says so.
#[tokio::test]
async fn the_table_of_attacks() {
    let _guard = alone().await;
    let (mut page, mut wrong, mut attacks) = (HEAD.to_string(), String::new(), 0);
    let mut before = None;
    for is_second in [false, true] {
        if is_second {
            // What is kept for later use is there after the first time.
            before = resident();
            page = HEAD.to_string();
            attacks = 0;
        }
        for (title, rows) in rows::SECTIONS {
            writeln!(
                page,
                "## {title}\n\n| | Attack | By | With | Ends in |\n|---|---|---|---|---|"
            )
            .unwrap();
            for row in *rows {
                let Outcome { fits, text } = attack(row).await;
                attacks += 1;
                let (by, with) = match &row.guest {
                    Guest::JavaScript(..) | Guest::Trick(_) => {
                        ("JavaScript".to_string(), row.given.text())
                    }
                    Guest::Files(_) => ("Rust with folders".to_string(), row.given.text()),
                    Guest::Armed(_) => {
                        ("JavaScript with capabilities".to_string(), row.given.text())
                    }
                    Guest::Rust(_) => ("Rust".to_string(), row.given.text()),
                    Guest::Wat(_) | Guest::Hopeless(_) => {
                        ("WebAssembly text".to_string(), row.given.text())
                    }
                    Guest::Test(file, name) => (format!("`{name}` in `{file}`"), ""),
                };
                let text = text.replace(['\n', '|'], " ");
                writeln!(
                    page,
                    "| {} | {} | {by} | {with} | {text} |",
                    row.number, row.attack
                )
                .unwrap();
                if !fits {
                    writeln!(wrong, "{} {}: {text}", row.number, row.attack).unwrap();
                }
            }
            page.push('\n');
        }
    }
    writeln!(page, "{attacks} attacks.").unwrap();
    assert!(wrong.is_empty(), "\n{wrong}");
    if let Some((before, after)) = before.zip(resident()) {
        assert!(
            after < before + (64 << 20),
            "{before} bytes before, {after} after"
        );
    }
    let path = outwit_tests::root().join("../docs/attacks.md");
    if std::env::var_os("OUTWIT_BLESS").is_some() {
        std::fs::write(&path, &page).expect("the page can be written");
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == page,
        "docs/attacks.md is not what the run showed; `cargo xtask bless --attacks` writes it anew"
    );
}
