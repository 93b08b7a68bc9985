//! Answers every function of `test:channels/api`.
#![allow(missing_docs, reason = "a test plugin")]

wit_bindgen::generate!({ path: "../wit", world: "provider" });

use exports::test::channels::api::{Guest, GuestThing, Line, Message, Thing};
use std::cell::RefCell;
use wit_bindgen::{FutureReader, StreamReader, StreamResult, spawn_local};

struct Plugin;
export!(Plugin);

thread_local! {
    static NOTES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn note(note: &str) {
    NOTES.with_borrow_mut(|notes| notes.push(note.to_owned()));
}

/// Notes the end of what holds it.
struct Cancelled;

impl Drop for Cancelled {
    fn drop(&mut self) {
        note("forever: AbortError");
    }
}

fn upper(mut texts: StreamReader<String>) -> StreamReader<String> {
    let (mut writer, reader) = wit_stream::new();
    spawn_local(async move {
        while let Some(text) = texts.next().await {
            if writer.write_one(text.to_uppercase()).await.is_some() {
                return;
            }
        }
    });
    reader
}

struct Number(u32);

impl GuestThing for Number {
    fn new(number: u32) -> Number {
        Number(number)
    }

    fn number(&self) -> u32 {
        self.0
    }
}

impl Guest for Plugin {
    type Thing = Number;

    async fn things(n: u32) -> StreamReader<Thing> {
        let (mut writer, reader) = wit_stream::new();
        spawn_local(async move {
            let things = (0..n).map(|n| Thing::new(Number(n))).collect();
            writer.write_all(things).await;
        });
        reader
    }

    async fn sum_things(mut things: StreamReader<Thing>, n: u32) -> u32 {
        let mut sum = 0;
        for _ in 0..n {
            match things.next().await {
                Some(thing) => sum += thing.get::<Number>().0,
                None => break,
            }
        }
        sum
    }

    async fn sum(mut numbers: StreamReader<u32>) -> u64 {
        let mut sum = 0;
        let mut buffer = Vec::with_capacity(100);
        loop {
            let (result, read) = numbers.read(buffer).await;
            buffer = read;
            sum += buffer.drain(..).map(u64::from).sum::<u64>();
            if !matches!(result, StreamResult::Complete(_)) {
                return sum;
            }
        }
    }

    async fn collect_bytes(bytes: StreamReader<u8>) -> Vec<u8> {
        bytes.collect().await
    }

    async fn collect_lines(lines: StreamReader<Line>) -> Vec<Line> {
        lines.collect().await
    }

    async fn count_units(units: StreamReader<()>) -> u32 {
        units.collect().await.len() as u32
    }

    async fn sum_first(mut numbers: StreamReader<u32>, n: u32) -> u64 {
        let mut sum = 0;
        for _ in 0..n {
            match numbers.next().await {
                Some(number) => sum += u64::from(number),
                None => break,
            }
        }
        sum
    }

    async fn count_to(n: u32) -> StreamReader<u32> {
        let (mut writer, reader) = wit_stream::new();
        spawn_local(async move {
            for n in 0..n {
                if writer.write_one(n).await.is_some() {
                    return;
                }
            }
        });
        reader
    }

    async fn count() -> StreamReader<u32> {
        let (mut writer, reader) = wit_stream::new();
        spawn_local(async move {
            for n in 0.. {
                if writer.write_one(n).await.is_some() {
                    return note("count has ended");
                }
            }
        });
        reader
    }

    async fn bytes(n: u32) -> StreamReader<u8> {
        let (mut writer, reader) = wit_stream::new();
        spawn_local(async move {
            let bytes: Vec<u8> = (0..n).map(|i| (i * 7) as u8).collect();
            for chunk in bytes.chunks(1000) {
                if !writer.write_all(chunk.to_vec()).await.is_empty() {
                    return;
                }
            }
        });
        reader
    }

    async fn lines(n: u32) -> StreamReader<Line> {
        let (mut writer, reader) = wit_stream::new();
        spawn_local(async move {
            let line = |i| Line {
                text: format!("line {i}"),
                numbers: vec![1, 2, i],
                label: (i % 2 == 1).then(|| format!("odd {i}")),
            };
            writer.write_all((0..n).map(line).collect()).await;
        });
        reader
    }

    async fn units(n: u32) -> StreamReader<()> {
        let (mut writer, reader) = wit_stream::new();
        spawn_local(async move {
            writer.write_all(vec![(); n as usize]).await;
        });
        reader
    }

    async fn pass(bytes: StreamReader<u8>) -> StreamReader<u8> {
        bytes
    }

    async fn upper(texts: StreamReader<String>) -> StreamReader<String> {
        upper(texts)
    }

    async fn upper_all(
        mut streams: StreamReader<StreamReader<String>>,
    ) -> StreamReader<StreamReader<String>> {
        let (mut writer, reader) = wit_stream::new();
        spawn_local(async move {
            while let Some(texts) = streams.next().await {
                if writer.write_one(upper(texts)).await.is_some() {
                    return;
                }
            }
        });
        reader
    }

    async fn double(value: FutureReader<u32>) -> FutureReader<u32> {
        let (writer, reader) = wit_future::new(|| 0);
        spawn_local(async move {
            let _ = writer.write(value.await * 2).await;
        });
        reader
    }

    async fn pass_future(value: FutureReader<u32>) -> FutureReader<u32> {
        value
    }

    async fn when(signal: FutureReader<()>) -> String {
        signal.await;
        "now".to_owned()
    }

    async fn turn(value: FutureReader<Result<String, u32>>) -> FutureReader<Result<u32, String>> {
        let (writer, reader) = wit_future::new(|| Ok(0));
        spawn_local(async move {
            let turned = match value.await {
                Ok(text) => Err(text),
                Err(number) => Ok(number),
            };
            let _ = writer.write(turned).await;
        });
        reader
    }

    async fn exchange(request: Message) -> Result<Message, String> {
        if request.headers.is_empty() {
            return Err("no headers".to_owned());
        }
        let body = request.body.map(|mut bytes| {
            let (mut writer, reader) = wit_stream::new();
            spawn_local(async move {
                while let Some(byte) = bytes.next().await {
                    if writer.write_one(byte.wrapping_add(1)).await.is_some() {
                        return;
                    }
                }
            });
            reader
        });
        let (writer, trailers) = wit_future::new(|| Ok(0));
        spawn_local(async move {
            let value = request.trailers.await.map(|value| value + 1);
            let _ = writer.write(value).await;
        });
        Ok(Message {
            headers: request.headers.into_iter().rev().collect(),
            body,
            trailers,
        })
    }

    async fn forever(mut never: StreamReader<u8>) -> String {
        let _cancelled = Cancelled;
        never.next().await;
        "what?".to_owned()
    }

    async fn notes() -> Vec<String> {
        NOTES.take()
    }
}
