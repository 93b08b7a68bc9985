//! The declarations of the web APIs, and which worlds have them. They follow `apis.rs` of the engine; a test compares the two.

use crate::world::World;
use wit_parser::WorldItem;

/// The interfaces whose import makes an API exist, as in the engine: `|` between those of which one is enough, `+` between those that are all needed.
const GLOBALS: &[(&str, &str)] = &[
    ("", include_str!("globals/always.d.ts")),
    ("", include_str!("globals/streams.d.ts")),
    ("", include_str!("globals/bodies.d.ts")),
    ("", include_str!("globals/url.d.ts")),
    ("", include_str!("globals/modules.d.ts")),
    ("", include_str!("globals/test.d.ts")),
    (
        "outwit:performance/clock",
        include_str!("globals/performance.d.ts"),
    ),
    ("outwit:console/log", include_str!("globals/console.d.ts")),
    (
        "outwit:crypto/entropy|outwit:subtle/keys",
        include_str!("globals/crypto.d.ts"),
    ),
    (
        "outwit:crypto/entropy",
        include_str!("globals/entropy.d.ts"),
    ),
    ("outwit:subtle/keys", include_str!("globals/subtle.d.ts")),
    (
        "outwit:timers/scheduler",
        include_str!("globals/timers.d.ts"),
    ),
    (
        "outwit:storage/local-storage",
        include_str!("globals/storage.d.ts"),
    ),
    (
        "outwit:messaging/broadcast",
        include_str!("globals/broadcast.d.ts"),
    ),
    ("outwit:messaging/ports", include_str!("globals/ports.d.ts")),
    (
        "outwit:keyvalue/store",
        include_str!("globals/keyvalue.d.ts"),
    ),
    ("outwit:locks/manager", include_str!("globals/locks.d.ts")),
    ("outwit:fetch/client", include_str!("globals/fetch.d.ts")),
    (
        "outwit:fetch/client+outwit:timers/scheduler",
        include_str!("globals/eventsource.d.ts"),
    ),
    (
        "outwit:websocket/client",
        include_str!("globals/websocket.d.ts"),
    ),
];

/// The declarations that a world has.
pub fn of(world: &World) -> impl Iterator<Item = &'static str> {
    let imports: Vec<String> = world
        .resolve
        .worlds
        .get(world.id)
        .into_iter()
        .flat_map(|world| &world.imports)
        .filter(|(_, item)| matches!(item, WorldItem::Interface { .. }))
        .map(|(key, _)| {
            let name = world.resolve.name_world_key(key);
            name.split('@').next().unwrap_or_default().to_owned()
        })
        .collect();
    GLOBALS
        .iter()
        .filter(move |(interface, _)| {
            let has = |one: &str| imports.iter().any(|import| import == one);
            interface.is_empty()
                || interface
                    .split('|')
                    .any(|enough| enough.split('+').all(has))
        })
        .map(|(_, text)| *text)
}
