//! Handles of resources that others define, in JavaScript: what can be done with them, and what not.
//!
//! The resources are the test's own, so that it sees how many there are.

use crate::dynamic::{Dynamic, State};
use outwit::Val;
use outwit_tests::{js, js_text};
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceType};

type Store<'a> = StoreContextMut<'a, State>;

struct Thing;
struct Other;
struct Sealed;

const THINGS: &str = "test:handles/things@0.1.0";
pub const TRIALS: &str = "test:handles/trials@0.1.0";

/// Defines `things`. The number of a thing is its rep; the store counts those that are alive.
fn link(linker: &mut Linker<State>) {
    type Borrowed = Resource<Thing>;
    let ended = |mut store: Store<'_>, _| {
        store.data_mut().count -= 1;
        Ok(())
    };
    let end = |mut store: Store<'_>, things: &[&Borrowed]| {
        assert!(things.iter().all(|thing| thing.owned()));
        store.data_mut().count -= things.len();
        Ok(())
    };
    let mut things = linker.instance(THINGS).unwrap();
    let thing = ResourceType::host::<Thing>();
    things.resource("thing", thing, ended).unwrap();
    let other = ResourceType::host::<Other>();
    things.resource("other", other, ended).unwrap();
    let sealed = ResourceType::host::<Sealed>();
    things.resource("sealed", sealed, ended).unwrap();
    things
        .func_wrap(
            "[constructor]thing",
            |mut store: Store<'_>, (n,): (u32,)| {
                store.data_mut().count += 1;
                Ok((Resource::<Thing>::new_own(n),))
            },
        )
        .unwrap();
    things
        .func_wrap("[constructor]other", |mut store: Store<'_>, (): ()| {
            store.data_mut().count += 1;
            Ok((Resource::<Other>::new_own(0),))
        })
        .unwrap();
    for name in ["[method]thing.number", "look"] {
        things
            .func_wrap(name, |_: Store<'_>, (thing,): (Borrowed,)| {
                Ok((thing.rep(),))
            })
            .unwrap();
    }
    things
        .func_wrap("take", move |store: Store<'_>, (thing,): (Borrowed,)| {
            end(store, &[&thing])
        })
        .unwrap();
    things
        .func_wrap(
            "take-two",
            move |store: Store<'_>, (a, b): (Borrowed, Borrowed)| end(store, &[&a, &b]),
        )
        .unwrap();
    things
        .func_wrap(
            "take-with-number",
            move |store: Store<'_>, (thing, _): (Borrowed, u8)| end(store, &[&thing]),
        )
        .unwrap();
    things
        .func_new("take-wrapped", |_, _, _, _| panic!("no case passes one"))
        .unwrap();
    for name in ["look-and-take", "take-and-look"] {
        things
            .func_new(name, |_, _, _, _| panic!("no case passes one"))
            .unwrap();
    }
    things
        .func_wrap_concurrent("look-later", |_, (thing,): (Borrowed,)| {
            Box::pin(async move {
                tokio::task::yield_now().await;
                Ok((thing.rep(),))
            })
        })
        .unwrap();
}

pub async fn start() -> Dynamic {
    let plugin = js(
        "types/handles/handles.js",
        "types/handles/handles.wit",
        "handles",
    );
    Dynamic::start(&plugin, link).await
}

async fn attempt(plugin: &mut Dynamic, function: &str, case: &str) -> String {
    let answer = plugin
        .call(Some(TRIALS), function, &[Val::String(case.into())])
        .await
        .unwrap_or_else(|error| panic!("{case}: {error:?}"));
    let Val::String(answer) = &answer[0] else {
        panic!("a string")
    };
    answer.clone()
}

pub const CASES: &[(&str, &str)] = &[
    (
        "disposed",
        "TypeError: `this` of `number` of Thing of test:handles/things@0.1.0: this Thing has been disposed of",
    ),
    ("disposed twice", "fine"),
    (
        "disposed argument",
        "TypeError: argument 1 (\"thing\"): this Thing has been disposed of",
    ),
    (
        "given away",
        "TypeError: `this` of `number` of Thing of test:handles/things@0.1.0: this Thing was given away by an earlier call",
    ),
    ("disposed after it was given away", "fine"),
    (
        "given away twice",
        "TypeError: argument 1 (\"thing\"): this Thing was given away by an earlier call",
    ),
    (
        "given away twice at once",
        "TypeError: argument 2 (\"b\"): this Thing is being given away already",
    ),
    (
        "lent and given away at once",
        "TypeError: argument 2 (\"take\"): this Thing cannot be given away while a call borrows it",
    ),
    (
        "given away and lent at once",
        "TypeError: argument 2 (\"look\"): this Thing is being given away already",
    ),
    (
        "kept when a later argument is wrong",
        "argument 2 (\"number\"): expected u8, got 256; 5",
    ),
    (
        "kept when a later argument throws",
        "argument 1 (\"wrapped\"), field \"wrapped.items[1]\": expected Thing of test:handles/things@0.1.0, got null; 6",
    ),
    ("an error of a getter", "RangeError: from the getter"),
    (
        "disposed by a getter of a later argument",
        "TypeError: this Thing cannot be disposed of while a call takes it",
    ),
    (
        "a value where an object belongs",
        "TypeError: argument 1 (\"thing\"): expected Thing of test:handles/things@0.1.0, got 5",
    ),
    (
        "an object of another class",
        "TypeError: argument 1 (\"thing\"): expected Thing of test:handles/things@0.1.0, got an object of Other",
    ),
    (
        "an object with the right prototype",
        "TypeError: argument 1 (\"thing\"): expected Thing of test:handles/things@0.1.0, got an object",
    ),
    (
        "a proxy",
        "TypeError: argument 1 (\"thing\"): expected Thing of test:handles/things@0.1.0, got an object",
    ),
    (
        "a method of another object",
        "TypeError: `this` of `number` of Thing of test:handles/things@0.1.0: expected Thing of test:handles/things@0.1.0, got an object",
    ),
    (
        "a method of nothing",
        "TypeError: `this` of `number` of Thing of test:handles/things@0.1.0: expected Thing of test:handles/things@0.1.0, got undefined",
    ),
    (
        "dispose of another object",
        "TypeError: [Symbol.dispose]: `this` is not a resource of an imported interface",
    ),
    (
        "a constructor without new",
        "TypeError: must be called with new",
    ),
    (
        "a class without a constructor",
        "TypeError: Sealed of test:handles/things@0.1.0 has no constructor: objects of it come from functions",
    ),
    (
        "a wrong argument of a constructor",
        "TypeError: argument 1 (\"number\"): expected u32, got -1",
    ),
    ("nothing to see", "0 {} true Thing"),
    ("a class that extends", "42 21 true"),
];

#[tokio::test]
async fn javascript_cannot_misuse_a_handle() {
    let mut plugin = start().await;
    for (case, expected) in CASES {
        assert_eq!(
            attempt(&mut plugin, "attempt", case).await,
            *expected,
            "{case}"
        );
    }
    assert_eq!(plugin.store.data().count, 0, "every thing has ended");
}

#[tokio::test]
async fn a_call_that_waits_keeps_what_it_borrows() {
    let mut plugin = start().await;
    for (case, expected) in [
        (
            "given away while lent",
            "argument 1 (\"thing\"): this Thing cannot be given away while a call borrows it; \
             this Thing cannot be disposed of while a call borrows it; 3",
        ),
        ("used while lent", "4 4 4"),
        (
            "a wrong argument",
            "TypeError: argument 1 (\"thing\"): expected Thing of test:handles/things@0.1.0, got an object",
        ),
    ] {
        assert_eq!(
            attempt(&mut plugin, "attempt-later", case).await,
            expected,
            "{case}"
        );
    }
    assert_eq!(plugin.store.data().count, 0);
}

/// A thing of the test's own, lent to the plugin.
async fn lend(plugin: &mut Dynamic, function: &str, number: u32) -> wasmtime::Result<Vec<Val>> {
    let thing = Resource::<Thing>::new_own(number);
    let any = thing.try_into_resource_any(&mut plugin.store)?;
    let result = plugin
        .call(Some(TRIALS), function, &[Val::Resource(any)])
        .await;
    if result.is_ok() {
        any.resource_drop_async(&mut plugin.store).await?;
    }
    result
}

#[tokio::test]
async fn a_borrowed_handle_expires_with_the_call() {
    let mut plugin = start().await;
    for function in ["keep", "keep-later"] {
        assert_eq!(lend(&mut plugin, function, 7).await.unwrap(), [Val::U32(7)]);
        assert_eq!(
            attempt(&mut plugin, "attempt", "expired").await,
            "TypeError: `this` of `number` of Thing of test:handles/things@0.1.0: this Thing was \
             borrowed for a call that has ended"
        );
        assert_eq!(
            attempt(&mut plugin, "attempt", "expired argument").await,
            "TypeError: argument 1 (\"thing\"): this Thing was borrowed for a call that has ended"
        );
    }
    for function in ["pass-on", "pass-on-later", "drop-early"] {
        let got = lend(&mut plugin, function, 8).await;
        assert_eq!(got.unwrap(), [Val::U32(8)], "{function}");
    }
    assert_eq!(plugin.store.data().count, 0);
}

#[tokio::test]
async fn a_borrowed_handle_cannot_outlive_the_call() {
    for function in ["give-away", "leave-lent"] {
        let mut plugin = start().await;
        assert!(lend(&mut plugin, function, 9).await.is_err(), "{function}");
    }
}

#[tokio::test]
async fn objects_that_are_collected_drop_their_handles() {
    let mut plugin = start().await;
    attempt(&mut plugin, "attempt", "drop").await;
    assert_eq!(plugin.store.data().count, 0);
    attempt(&mut plugin, "attempt", "drop cycles").await;
    let left = plugin.store.data().count;
    assert!(left < 10_000, "{left} things in cycles are left");
}

/// An own handle that comes in and goes out again is the same thing.
#[tokio::test]
async fn a_handle_goes_through() {
    let mut plugin = start().await;
    for number in 0..1000 {
        let thing = Resource::<Thing>::new_own(number);
        let any = thing.try_into_resource_any(&mut plugin.store).unwrap();
        let got = plugin
            .call(Some(TRIALS), "hand-through", &[Val::Resource(any)])
            .await
            .unwrap();
        let [Val::Resource(any)] = got[..] else {
            panic!("a resource")
        };
        let thing = Resource::<Thing>::try_from_resource_any(any, &mut plugin.store).unwrap();
        assert_eq!((thing.rep(), thing.owned()), (number, true));
    }
    assert_eq!(plugin.store.data().count, 0);
}

/// Objects that come from an interface other than their class's, which the plugin never mentions.
#[tokio::test]
async fn an_object_has_its_methods_wherever_it_comes_from() {
    let plugin = js_text(
        "import { make } from 'a:b/maker';
         export const run = () => {
             using thing = make();
             return thing.number() + thing.constructor.double(4);
         };",
        "package a:b;
         interface things {
             resource thing { number: func() -> u32; double: static func(n: u32) -> u32; }
         }
         interface maker { use things.{thing}; make: func() -> thing; }
         world w { import maker; export run: func() -> u32; }",
    )
    .unwrap();
    let define = |linker: &mut Linker<State>| {
        let mut things = linker.instance("a:b/things").unwrap();
        let thing = ResourceType::host::<Thing>();
        things.resource("thing", thing, |_, _| Ok(())).unwrap();
        let number = |_: Store<'_>, (thing,): (Resource<Thing>,)| Ok((thing.rep(),));
        things.func_wrap("[method]thing.number", number).unwrap();
        let double = |_: Store<'_>, (n,): (u32,)| Ok((n * 2,));
        things.func_wrap("[static]thing.double", double).unwrap();
        let make = |_: Store<'_>, (): ()| Ok((Resource::<Thing>::new_own(34),));
        let mut maker = linker.instance("a:b/maker").unwrap();
        maker.func_wrap("make", make).unwrap();
    };
    let mut plugin = Dynamic::start(&plugin, define).await;
    let got = plugin.call(None, "run", &[]).await.unwrap();
    assert_eq!(got, [Val::U32(42)]);
}

/// A resource of the world itself.
#[tokio::test]
async fn a_world_may_have_resources_of_its_own() {
    let plugin = js_text(
        "import { Local, twice } from '$root';
         export const run = () => {
             using local = new Local(20);
             return twice(local) + local.more();
         };",
        "package a:b;
         world w {
             resource local { constructor(n: u32); more: func() -> u32; }
             import twice: func(l: borrow<local>) -> u32;
             export run: func() -> u32;
         }",
    )
    .unwrap();
    let define = |linker: &mut Linker<State>| {
        let mut root = linker.root();
        let local = ResourceType::host::<Thing>();
        root.resource("local", local, |_, _| Ok(())).unwrap();
        let new = |_: Store<'_>, (n,): (u32,)| Ok((Resource::<Thing>::new_own(n),));
        root.func_wrap("[constructor]local", new).unwrap();
        let more = |_: Store<'_>, (local,): (Resource<Thing>,)| Ok((local.rep() / 10,));
        root.func_wrap("[method]local.more", more).unwrap();
        let twice = |_: Store<'_>, (local,): (Resource<Thing>,)| Ok((local.rep() * 2,));
        root.func_wrap("twice", twice).unwrap();
    };
    let mut plugin = Dynamic::start(&plugin, define).await;
    let got = plugin.call(None, "run", &[]).await.unwrap();
    assert_eq!(got, [Val::U32(42)]);
}
