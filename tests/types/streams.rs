//! Streams between a JavaScript plugin and its host, in plain wasmtime.

use crate::plain::{Plain, Through, Valve, collect};
use wasmtime::component::{StreamReader, TypedFunc};

type Bytes = StreamReader<u8>;

fn pattern(n: usize) -> Vec<u8> {
    (0..n).map(|i| (i * 7) as u8).collect()
}

/// Lets everything happen that can.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_million_bytes_out() {
    let mut plain = Plain::new("provider", "provider").await;
    let function: TypedFunc<(u32,), (Bytes,)> = plain.function("api", "bytes");
    let bytes = plain.store.run_concurrent(async |accessor| {
        let (stream,) = function
            .call_concurrent(accessor, (1_000_000,))
            .await
            .unwrap();
        let all = accessor.with(|store| collect(store, stream, usize::MAX));
        all.await.unwrap()
    });
    let bytes = bytes.await.unwrap();
    assert!(bytes == pattern(1_000_000));
}

#[tokio::test]
async fn a_million_bytes_in() {
    let mut plain = Plain::new("provider", "provider").await;
    let stream = Bytes::new(&mut plain.store, pattern(1_000_000)).unwrap();
    let (bytes,): (Vec<u8>,) = plain.call("api", "collect-bytes", (stream,)).await.unwrap();
    assert!(bytes == pattern(1_000_000));
}

#[tokio::test]
async fn strings_through() {
    let mut plain = Plain::new("provider", "provider").await;
    let texts = vec!["a".to_owned(), String::new(), "é".to_owned()];
    let stream = StreamReader::new(&mut plain.store, texts).unwrap();
    let function: TypedFunc<(StreamReader<String>,), (StreamReader<String>,)> =
        plain.function("api", "upper");
    let texts = plain.store.run_concurrent(async |accessor| {
        let (stream,) = function.call_concurrent(accessor, (stream,)).await.unwrap();
        let all = accessor.with(|store| collect(store, stream, usize::MAX));
        all.await.unwrap()
    });
    assert_eq!(texts.await.unwrap(), ["A", "", "É"]);
}

#[tokio::test]
async fn a_slow_reader_holds_back_the_plugin() {
    let mut plain = Plain::new("local", "locals").await;
    let endless: TypedFunc<(), (Bytes,)> = plain.function("local", "endless");
    let pulled: TypedFunc<(), (u32,)> = plain.function("local", "pulled");
    let run = plain.store.run_concurrent(async |accessor| {
        let valve = Valve::default();
        let (stream,) = endless.call_concurrent(accessor, ()).await.unwrap();
        accessor.with(|store| stream.pipe(store, Through(valve.clone())).unwrap());
        for (open, expected) in [(0, 1), (1, 2), (100, 102)] {
            valve.open(open);
            settle().await;
            let (pulled,) = pulled.call_concurrent(accessor, ()).await.unwrap();
            assert_eq!(pulled, expected, "one chunk waits to be taken");
        }
        assert_eq!(valve.passed(), 101);
    });
    run.await.unwrap();
}

#[tokio::test]
async fn a_slow_plugin_holds_back_the_writer() {
    let mut plain = Plain::new("local", "locals").await;
    let valve = Valve::default();
    valve.open(1000);
    let stream = Bytes::new(&mut plain.store, Through(valve.clone())).unwrap();
    let (bytes,): (Vec<u8>,) = plain
        .call("local", "read-some", (stream, 5u32))
        .await
        .unwrap();
    assert_eq!(bytes, [0, 1, 2, 3, 4]);
    assert_eq!(valve.passed(), 5, "nothing is read that was not asked for");
    assert!(!valve.is_gone());
}

/// A stream that has been read a little is passed on, and goes on where it was.
#[tokio::test]
async fn the_rest_of_a_stream_is_passed_on() {
    let mut plain = Plain::new("local", "locals").await;
    let stream = Bytes::new(&mut plain.store, pattern(100)).unwrap();
    let read: TypedFunc<(Bytes, u32), (Vec<u8>,)> = plain.function("local", "read-some");
    let kept: TypedFunc<(), (Bytes,)> = plain.function("local", "kept");
    let run = plain.store.run_concurrent(async |accessor| {
        let (first,) = read.call_concurrent(accessor, (stream, 3)).await.unwrap();
        let (stream,) = kept.call_concurrent(accessor, ()).await.unwrap();
        let rest = accessor.with(|store| collect(store, stream, usize::MAX));
        [first, rest.await.unwrap()].concat()
    });
    assert!(run.await.unwrap() == pattern(100));
}

#[tokio::test]
async fn the_reader_goes_away_halfway() {
    let mut plain = Plain::new("local", "locals").await;
    let endless: TypedFunc<(), (Bytes,)> = plain.function("local", "endless");
    let ended: TypedFunc<(), (u32,)> = plain.function("local", "ended");
    let run = plain.store.run_concurrent(async |accessor| {
        for round in 1..=3 {
            let (stream,) = endless.call_concurrent(accessor, ()).await.unwrap();
            let some = accessor.with(|store| collect(store, stream, 10));
            assert_eq!(some.await.unwrap().len(), 10);
            settle().await;
            let (ended,) = ended.call_concurrent(accessor, ()).await.unwrap();
            assert_eq!(ended, round);
        }
        // and one that nobody ever read
        let (mut stream,) = endless.call_concurrent(accessor, ()).await.unwrap();
        accessor.with(|store| stream.close(store).unwrap());
        settle().await;
        let (ended,) = ended.call_concurrent(accessor, ()).await.unwrap();
        assert_eq!(ended, 4);
    });
    run.await.unwrap();
}

#[tokio::test]
async fn a_stream_that_is_forgotten_is_dropped() {
    let mut plain = Plain::new("local", "locals").await;
    let valve = Valve::default();
    let stream = Bytes::new(&mut plain.store, Through(valve.clone())).unwrap();
    let () = plain.call("local", "ignore", (stream,)).await.unwrap();
    assert!(valve.is_gone());
}

/// A synchronous function can give a stream. What fills it goes on in later calls.
#[tokio::test]
async fn a_stream_out_of_a_synchronous_function() {
    let mut plain = Plain::new("local", "locals").await;
    let at_once: TypedFunc<(Vec<u8>,), (Bytes,)> = plain.function("local", "at-once");
    let pulled: TypedFunc<(), (u32,)> = plain.function("local", "pulled");
    let run = plain.store.run_concurrent(async |accessor| {
        let (stream,) = at_once
            .call_concurrent(accessor, (pattern(9),))
            .await
            .unwrap();
        let mut all = accessor.with(|store| collect(store, stream, usize::MAX));
        settle().await;
        assert!(
            all.try_recv().is_err(),
            "nothing of the plugin runs that could end it"
        );
        pulled.call_concurrent(accessor, ()).await.unwrap();
        all.await.unwrap()
    });
    assert_eq!(run.await.unwrap(), pattern(9));
}

/// A synchronous function can take a stream, for an asynchronous one to read.
#[tokio::test]
async fn a_stream_into_a_synchronous_function() {
    let mut plain = Plain::new("local", "locals").await;
    let stream = Bytes::new(&mut plain.store, pattern(9)).unwrap();
    let () = plain.call("local", "keep", (stream,)).await.unwrap();
    let kept: TypedFunc<(), (Bytes,)> = plain.function("local", "kept");
    let run = plain.store.run_concurrent(async |accessor| {
        let (stream,) = kept.call_concurrent(accessor, ()).await.unwrap();
        let all = accessor.with(|store| collect(store, stream, usize::MAX));
        all.await.unwrap()
    });
    assert_eq!(run.await.unwrap(), pattern(9));
}

/// A synchronous function can read what is there, and cannot wait for more.
#[tokio::test]
async fn reading_in_a_synchronous_function() {
    let mut plain = Plain::new("local", "locals").await;
    let stream = Bytes::new(&mut plain.store, pattern(9)).unwrap();
    let (bytes,): (Vec<u8>,) = plain
        .call("local", "read-at-once", (stream,))
        .await
        .unwrap();
    assert_eq!(bytes, pattern(9));

    let stream = Bytes::new(&mut plain.store, Through(Valve::default())).unwrap();
    let called = plain.call::<_, (Vec<u8>,)>("local", "read-at-once", (stream,));
    assert!(called.await.is_err());
}

/// Where the plugin mentions `ReadableStream`, it is what streams are.
#[tokio::test]
async fn readable_streams() {
    let mut plain = Plain::new("readable", "readables").await;
    let stream = Bytes::new(&mut plain.store, pattern(3)).unwrap();
    let described: (String,) = plain.call("readable", "describe", (stream,)).await.unwrap();
    assert_eq!(described.0, "true false true 0,7,14");

    let valve = Valve::default();
    let stream = Bytes::new(&mut plain.store, Through(valve.clone())).unwrap();
    let pass: TypedFunc<(Bytes,), (Bytes,)> = plain.function("readable", "pass");
    let make: TypedFunc<(u32,), (Bytes,)> = plain.function("readable", "make");
    let cancelled: TypedFunc<(), (u32,)> = plain.function("readable", "cancelled");
    let run = plain.store.run_concurrent(async |accessor| {
        let (stream,) = pass.call_concurrent(accessor, (stream,)).await.unwrap();
        valve.open(5);
        let some = accessor.with(|store| collect(store, stream, 5));
        assert_eq!(some.await.unwrap(), [0, 1, 2, 3, 4]);
        assert!(valve.is_gone());

        let (stream,) = make.call_concurrent(accessor, (5,)).await.unwrap();
        let all = accessor.with(|store| collect(store, stream, usize::MAX));
        assert_eq!(all.await.unwrap(), [5, 4, 3, 2, 1]);
        let (stream,) = make.call_concurrent(accessor, (5,)).await.unwrap();
        let some = accessor.with(|store| collect(store, stream, 2));
        assert_eq!(some.await.unwrap(), [5, 4]);
        settle().await;
        cancelled.call_concurrent(accessor, ()).await.unwrap().0
    });
    assert_eq!(run.await.unwrap(), 1);
}

#[tokio::test]
async fn what_readable_streams_can_do() {
    let mut plain = Plain::new("readable", "readables").await;
    let bytes = |plain: &mut Plain, n| Bytes::new(&mut plain.store, pattern(n)).unwrap();
    let stream = bytes(&mut plain, 3);
    let (brought,): (Vec<u8>,) = plain.call("readable", "bring", (stream,)).await.unwrap();
    assert_eq!(brought, [0, 7, 14]);
    let stream = bytes(&mut plain, 3);
    let (twice,): (String,) = plain.call("readable", "twice", (stream,)).await.unwrap();
    assert_eq!(twice, "0,7,14 0,7,14");

    let through: TypedFunc<(Bytes,), (Bytes,)> = plain.function("readable", "through");
    let rest: TypedFunc<(Bytes,), (Bytes,)> = plain.function("readable", "rest");
    let doubled = bytes(&mut plain, 300_000);
    let cut = bytes(&mut plain, 65_536 + 2);
    let run = plain.store.run_concurrent(async |accessor| {
        let (stream,) = through.call_concurrent(accessor, (doubled,)).await.unwrap();
        let all = accessor.with(|store| collect(store, stream, usize::MAX));
        let doubled = all.await.unwrap();
        let (stream,) = rest.call_concurrent(accessor, (cut,)).await.unwrap();
        let all = accessor.with(|store| collect(store, stream, usize::MAX));
        (doubled, all.await.unwrap())
    });
    let (doubled, rest) = run.await.unwrap();
    let expected: Vec<u8> = pattern(300_000)
        .iter()
        .map(|byte| byte.wrapping_mul(2))
        .collect();
    assert!(doubled == expected);
    assert_eq!(rest, pattern(65_538)[65_536..]);

    let broken: TypedFunc<(), (Bytes,)> = plain.function("readable", "broken");
    let run = plain.store.run_concurrent(async |accessor| {
        let (stream,) = broken.call_concurrent(accessor, ()).await.unwrap();
        let all = accessor.with(|store| collect(store, stream, usize::MAX));
        all.await
    });
    assert!(run.await.is_err(), "a stream has no place for errors");
}

/// As many calls leave nothing behind: no memory, no handles.
#[tokio::test]
async fn calls_leave_nothing_behind() {
    let mut plain = Plain::new("provider", "provider").await;
    let bytes: TypedFunc<(u32,), (Bytes,)> = plain.function("api", "bytes");
    let take: TypedFunc<(Bytes,), (Vec<u8>,)> = plain.function("api", "collect-bytes");
    let upper: TypedFunc<(StreamReader<String>,), (StreamReader<String>,)> =
        plain.function("api", "upper");
    let mut marks = vec![];
    for round in [5_000, 30_000] {
        let run = plain.store.run_concurrent(async |accessor| {
            for i in 0..round {
                let (stream,) = bytes.call_concurrent(accessor, (10,)).await.unwrap();
                // every third is dropped halfway
                let most = if i % 3 == 0 { 5 } else { usize::MAX };
                let some = accessor.with(|store| collect(store, stream, most));
                some.await.unwrap();
                let stream = accessor.with(|store| Bytes::new(store, vec![1, 2, 3]).unwrap());
                take.call_concurrent(accessor, (stream,)).await.unwrap();
                let texts = vec!["one".to_owned(), "two".to_owned()];
                let stream = accessor.with(|store| StreamReader::new(store, texts).unwrap());
                let (stream,) = upper.call_concurrent(accessor, (stream,)).await.unwrap();
                let all = accessor.with(|store| collect(store, stream, usize::MAX));
                all.await.unwrap();
            }
            settle().await;
        });
        run.await.unwrap();
        let handles = plain.store.concurrent_state_table_size();
        marks.push((plain.store.data().memory, handles));
    }
    assert_eq!(marks[0], marks[1]);
}
