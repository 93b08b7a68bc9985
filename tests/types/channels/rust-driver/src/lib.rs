//! Calls every function of `test:channels/api`.
#![allow(missing_docs, reason = "a test plugin")]

wit_bindgen::generate!({ path: "../wit", world: "drives" });

use exports::test::channels::driver::Guest;
use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use test::channels::api::{self, Line, Message, Thing};
use wit_bindgen::{StreamReader, spawn_local};

struct Plugin;
export!(Plugin);

/// Both at once.
async fn both<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut a_done, mut b_done) = (None, None);
    std::future::poll_fn(|context| {
        if a_done.is_none()
            && let Poll::Ready(value) = a.as_mut().poll(context)
        {
            a_done = Some(value);
        }
        if b_done.is_none()
            && let Poll::Ready(value) = b.as_mut().poll(context)
        {
            b_done = Some(value);
        }
        match (a_done.take(), b_done.take()) {
            (Some(a), Some(b)) => Poll::Ready((a, b)),
            (a, b) => {
                (a_done, b_done) = (a, b);
                Poll::Pending
            }
        }
    })
    .await
}

fn line(i: u32) -> Line {
    Line {
        text: format!("line {i}"),
        numbers: vec![1, 2, i],
        label: (i % 2 == 1).then(|| format!("odd {i}")),
    }
}

fn texts(texts: &[&str]) -> StreamReader<String> {
    let texts: Vec<String> = texts.iter().map(|text| text.to_string()).collect();
    let (mut writer, reader) = wit_stream::new();
    spawn_local(async move {
        writer.write_all(texts).await;
    });
    reader
}

fn checksum(bytes: &[u8]) -> String {
    let sum = bytes.iter().fold(1u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(*byte))
    });
    format!("{} bytes, checksum {sum}", bytes.len())
}

impl Guest for Plugin {
    async fn check(name: String) -> String {
        match name.as_str() {
            "sum" => {
                let (mut writer, reader) = wit_stream::new();
                let write = async move {
                    for start in (0..1000).step_by(100) {
                        let left = writer.write_all((start..start + 100).collect()).await;
                        assert!(left.is_empty());
                    }
                };
                both(api::sum(reader), write).await.0.to_string()
            }
            "collect" => {
                let (mut writer, reader) = wit_stream::new();
                let bytes: Vec<u8> = (0..1_000_000u32).map(|i| (i * 7) as u8).collect();
                let write = async move {
                    assert!(writer.write_all(bytes).await.is_empty());
                };
                checksum(&both(api::collect_bytes(reader), write).await.0)
            }
            "collect-lines" => {
                let (mut writer, reader) = wit_stream::new();
                let write = async move {
                    assert!(
                        writer
                            .write_all((0..100).map(line).collect())
                            .await
                            .is_empty()
                    );
                };
                let (lines, ()) = both(api::collect_lines(reader), write).await;
                let is_same = |(i, got): (usize, &Line)| {
                    let want = line(i as u32);
                    got.text == want.text && got.numbers == want.numbers && got.label == want.label
                };
                assert!(lines.iter().enumerate().all(is_same));
                format!("{} lines", lines.len())
            }
            "count-units" => {
                let (mut writer, reader) = wit_stream::new();
                let write = async move {
                    assert!(writer.write_all(vec![(); 10]).await.is_empty());
                };
                both(api::count_units(reader), write).await.0.to_string()
            }
            "sum-first" => {
                let (mut writer, reader) = wit_stream::new();
                let write = async move {
                    let mut written = 0;
                    while writer.write_one(written).await.is_none() {
                        written += 1;
                    }
                    written
                };
                let (sum, written) = both(api::sum_first(reader, 5), write).await;
                format!("{sum} of {written}")
            }
            "count-to" => {
                let numbers = api::count_to(1000).await.collect().await;
                assert_eq!(numbers, (0..1000).collect::<Vec<u32>>());
                format!("{} numbers", numbers.len())
            }
            "count" => {
                let mut numbers = api::count().await;
                let mut sum = 0;
                for _ in 0..10 {
                    sum += numbers.next().await.unwrap();
                }
                drop(numbers);
                let mut notes = vec![];
                while notes.is_empty() {
                    // leaves the other plugin some time
                    api::units(1).await.collect().await;
                    notes = api::notes().await;
                }
                format!("{sum}, {}", notes.join(", "))
            }
            "bytes" => checksum(&api::bytes(1_000_000).await.collect().await),
            "lines" => {
                let lines = api::lines(100).await.collect().await;
                lines.iter().map(|line| &*line.text).collect::<Vec<_>>()[97..].join(", ")
            }
            "units" => api::units(7).await.collect().await.len().to_string(),
            "pass" => {
                let (mut writer, reader) = wit_stream::new();
                let write = async move {
                    assert!(writer.write_all(vec![1, 2, 3]).await.is_empty());
                };
                let read = async { api::pass(reader).await.collect().await };
                format!("{:?}", both(read, write).await.0)
            }
            "upper" => {
                let all = api::upper(texts(&["a", "é", ""])).await.collect().await;
                format!("{all:?}")
            }
            "upper-all" => {
                let (mut writer, reader) = wit_stream::new();
                spawn_local(async move {
                    for pair in [["a", "b"], ["c", "d"]] {
                        writer.write_one(texts(&pair)).await;
                    }
                });
                let mut streams = api::upper_all(reader).await;
                let mut all = vec![];
                while let Some(stream) = streams.next().await {
                    all.push(stream.collect().await);
                }
                format!("{all:?}")
            }
            "things" => {
                let mut things = api::things(5).await;
                let mut sum = 0;
                while let Some(thing) = things.next().await {
                    sum += thing.number();
                }
                sum.to_string()
            }
            "sum-things" => {
                let mut sums = vec![];
                for n in [5, 2, 0] {
                    let (mut writer, reader) = wit_stream::new();
                    let write = async move {
                        let things = (1..=5).map(Thing::new).collect();
                        let left = writer.write_all(things).await;
                        left.iter().map(Thing::number).sum::<u32>()
                    };
                    let (sum, left) = both(api::sum_things(reader, n), write).await;
                    sums.push(format!("{sum} and {left}"));
                }
                sums.join(", ")
            }
            "double" => {
                let (writer, reader) = wit_future::new(|| 0);
                let doubled = api::double(reader).await;
                let write = async { writer.write(21).await.unwrap() };
                both(doubled.into_future(), write).await.0.to_string()
            }
            "pass-future" => {
                let (writer, reader) = wit_future::new(|| 0);
                let passed = api::pass_future(reader).await;
                let write = async { writer.write(7).await.unwrap() };
                both(passed.into_future(), write).await.0.to_string()
            }
            "when" => {
                let (writer, reader) = wit_future::new(|| ());
                let write = async { writer.write(()).await.unwrap() };
                both(api::when(reader), write).await.0
            }
            "turn" => {
                let mut all = vec![];
                for value in [Ok("fine".to_owned()), Err(5)] {
                    let (writer, reader) = wit_future::new(|| Err(0));
                    let turned = api::turn(reader).await;
                    let write = async { writer.write(value).await.unwrap() };
                    all.push(both(turned.into_future(), write).await.0);
                }
                format!("{all:?}")
            }
            "exchange" => {
                let (mut body_writer, body) = wit_stream::new();
                let (trailers_writer, trailers) = wit_future::new(|| Ok(0));
                let request = Message {
                    headers: vec!["one".into(), "two".into()],
                    body: Some(body),
                    trailers,
                };
                let answer = api::exchange(request).await.unwrap();
                let write = async move {
                    assert!(body_writer.write_all(vec![1, 2, 3]).await.is_empty());
                    drop(body_writer);
                    trailers_writer.write(Err("late".into())).await.unwrap();
                };
                let read = async {
                    let body = answer.body.unwrap().collect().await;
                    (body, answer.trailers.await)
                };
                let ((body, trailers), ()) = both(read, write).await;
                format!("{:?}, {body:?}, {trailers:?}", answer.headers)
            }
            "exchange-nothing" => {
                let (_, trailers) = wit_future::new(|| Ok(0));
                let request = Message {
                    headers: vec![],
                    body: None,
                    trailers,
                };
                api::exchange(request).await.err().unwrap()
            }
            "forever" => {
                let (_writer, never) = wit_stream::new();
                {
                    let mut call = pin!(api::forever(never));
                    for _ in 0..3 {
                        std::future::poll_fn(|context| {
                            assert!(call.as_mut().poll(context).is_pending());
                            Poll::Ready(())
                        })
                        .await;
                        wit_bindgen::yield_async().await;
                    }
                }
                api::notes().await.join(", ")
            }
            other => panic!("there is no check {other}"),
        }
    }
}
