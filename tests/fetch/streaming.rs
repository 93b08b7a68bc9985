//! Bodies come and go in pieces, and what is given up really ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::Response;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Notify;

use crate::harness::Setup;
use crate::server::{Identity, Names, Server, full, network};

/// Writes a chunk when told to.
async fn step_server(step: Arc<Notify>) -> Server {
    Server::tcp(move |mut stream| {
        let step = step.clone();
        async move {
            let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
            stream.write_all(head.as_bytes()).await.unwrap();
            for chunk in ["1\r\na\r\n", "1\r\nb\r\n", "0\r\n\r\n"] {
                step.notified().await;
                stream.write_all(chunk.as_bytes()).await.unwrap();
            }
        }
    })
    .await
}

#[tokio::test]
async fn responses_arrive_as_they_are_sent() {
    let step = Arc::new(Notify::new());
    let server = step_server(step.clone()).await;
    let tell = Server::http(move |_| {
        step.notify_one();
        async { Response::new(full("")) }
    })
    .await;
    let script = r#"
        const [url, tell] = arg.split(" ");
        const { body: { content, end } } = await get(url);
        const chunks = content[Symbol.asyncIterator]();
        const seen = [];
        for (let i = 0; i < 3; i++) {
            await get(tell);
            const { value, done } = await chunks.next();
            seen.push(done ? "end" : String.fromCharCode(...value));
        }
        await end;
        return seen.join();
    "#;
    let arg = format!("{} {}", server.url("/"), tell.url("/"));
    assert_eq!(Setup::default().run(script, arg).await, "a,b,end");
}

#[tokio::test]
async fn requests_leave_as_they_are_made() {
    let server = Server::http(|request| async move {
        let chunked = request.headers().contains_key("transfer-encoding");
        let body = request.into_body().collect().await;
        Response::new(full(match body {
            Ok(body) => format!("{chunked} {}", body.to_bytes().len()),
            Err(error) => format!("error {error}"),
        }))
    })
    .await;
    let script = r#"
        async function* chunks() { for (let i = 0; i < 50; i++) yield new Uint8Array(10_000).fill(i); }
        const { body } = await send({
            method: "POST", url: arg, headers: [],
            body: { content: chunks(), end: undefined },
        });
        return text(body);
    "#;
    assert_eq!(
        Setup::default().run(script, server.url("/")).await,
        "true 500000"
    );
}

#[tokio::test]
async fn a_body_that_fails_is_not_a_short_one() {
    let ended = Arc::new(AtomicUsize::new(0));
    let whole = ended.clone();
    let server = Server::http(move |request| {
        let whole = whole.clone();
        async move {
            if request.into_body().collect().await.is_ok() {
                whole.fetch_add(1, Ordering::SeqCst);
            }
            Response::new(full(""))
        }
    })
    .await;
    let script = r#"
        async function* chunks() { yield new Uint8Array(10); }
        const error = Object.assign(new Error("broken"), {});
        const failed = Promise.reject(new ComponentError({ tag: "body-failed" }));
        const post = (body) => failure(send({ method: "POST", url: arg, headers: [], body }));
        return [
            await post({ content: chunks(), end: failed }),
            await post({ content: chunks(), end: undefined, length: 11n }),
            await post({ content: chunks(), end: undefined, length: 9n }),
            await post({ content: chunks(), end: undefined, length: 10n }),
        ].join();
    "#;
    let said = Setup::default().run(script, server.url("/")).await;
    assert_eq!(said, "body-failed,body-failed,body-failed,no error");
    assert_eq!(ended.load(Ordering::SeqCst), 1);
}

/// Says when the other side has gone away, having answered the beginning of a response or nothing.
async fn watching(answer: &'static str, gone: Arc<Notify>, asked: Arc<Notify>) -> Server {
    Server::tcp(move |mut stream| {
        let (gone, asked) = (gone.clone(), asked.clone());
        async move {
            let mut buffer = [0; 1024];
            let _ = stream.read(&mut buffer).await;
            let _ = stream.write_all(answer.as_bytes()).await;
            asked.notify_one();
            while !matches!(stream.read(&mut buffer).await, Ok(0) | Err(_)) {}
            gone.notify_one();
        }
    })
    .await
}

async fn is_told(notify: &Notify) {
    let told = tokio::time::timeout(Duration::from_secs(10), notify.notified());
    told.await.expect("the other side goes away");
}

#[tokio::test]
async fn dropping_the_body_ends_the_exchange() {
    let (gone, asked) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\nbeginning";
    let server = watching(answer, gone.clone(), asked).await;
    let script = r#"
        const { body: { content } } = await get(arg);
        const chunks = content[Symbol.asyncIterator]();
        const { value } = await chunks.next();
        await chunks.return();
        return String.fromCharCode(...value);
    "#;
    let mut instance = Setup::default().start(script).await.unwrap();
    assert_eq!(
        crate::harness::call(&mut instance, server.url("/")).await,
        "beginning"
    );
    is_told(&gone).await;
}

#[tokio::test]
async fn a_call_that_ends_takes_its_exchanges_with_it() {
    let (gone, asked) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let server = watching("", gone.clone(), asked.clone()).await;
    let mut instance = Setup::default()
        .start("return failure(get(arg));")
        .await
        .unwrap();
    let call = instance.call_typed::<_, (String,)>(None, "run", (server.url("/"),));
    tokio::select! {
        _ = call => panic!("nobody answers"),
        () = is_told(&asked) => {}
    }
    drop(instance);
    is_told(&gone).await;
}

#[tokio::test]
async fn a_reader_that_is_slow_holds_back_the_sender() {
    let sent = Arc::new(AtomicUsize::new(0));
    let count = sent.clone();
    let server = Server::tcp(move |mut stream| {
        let count = count.clone();
        async move {
            let mut head = [0; 1024];
            let _ = stream.read(&mut head).await;
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 10000000\r\n\r\n";
            let _ = stream.write_all(answer.as_bytes()).await;
            let chunk = [b'x'; 10_000];
            for _ in 0..1000 {
                if stream.write_all(&chunk).await.is_err() {
                    return;
                }
                count.fetch_add(chunk.len(), Ordering::SeqCst);
            }
        }
    })
    .await;
    let script = r#"
        const { body: { content, end } } = await get(arg);
        const chunks = content[Symbol.asyncIterator]();
        let { value: chunk } = await chunks.next();
        await new Promise((done) => setTimeout(done, 500));
        let size = 0;
        for (; chunk !== undefined; chunk = (await chunks.next()).value) size += chunk.length;
        await end;
        return `${size}`;
    "#;
    let mut instance = Setup::default().start(script).await.unwrap();
    let held = async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        sent.load(Ordering::SeqCst)
    };
    let (size, held) = tokio::join!(crate::harness::call(&mut instance, server.url("/")), held);
    assert_eq!(size, "10000000");
    assert!(
        held < 9_000_000,
        "{held} bytes were sent to somebody who does not read"
    );
}

#[tokio::test]
async fn large_bodies_over_http_2() {
    let identity = Identity::of(&["api.test"]);
    let server = Server::https(&identity, &["h2"], |request| async move {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        Response::new(full(body))
    })
    .await;
    let names = Arc::new(Names::default().with("api.test", &["127.0.0.1"]));
    let setup = Setup {
        network: network(&names, &[&identity]),
        ..Setup::default()
    };
    let script = r#"
        const content = new Uint8Array(3_000_000).map((_, i) => i * 7);
        const { body } = await send({
            method: "POST", url: arg, headers: [], body: { content, end: undefined, length: 3_000_000n },
        });
        let at = 0, same = true;
        for await (const chunk of body.content) for (const byte of chunk) same &&= byte === content[at++];
        await body.end;
        return `${at} ${same}`;
    "#;
    let url = format!("https://api.test:{}/", server.port());
    assert_eq!(setup.run(script, url).await, "3000000 true");
}
