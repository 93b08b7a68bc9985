//! Streams that begin and end in the plugin.

use crate::harness::run;

#[tokio::test]
async fn a_chain_of_streams() {
    let body = r#"
        const source = ReadableStream.from(["a", "b", "c"]);
        const double = new TransformStream({
            transform(chunk, controller) { controller.enqueue(chunk); controller.enqueue(chunk.toUpperCase()); },
            flush(controller) { controller.enqueue("."); },
        });
        const seen = [];
        const sink = new WritableStream({ write(chunk) { seen.push(chunk); }, close() { seen.push("closed"); } });
        await source.pipeThrough(double).pipeTo(sink);
        return seen.join("");
    "#;
    assert_eq!(run(&[], body).await, "aAbBcC.closed");
}

#[tokio::test]
async fn a_slow_reader_holds_back_the_source() {
    let body = r#"
        let pulled = 0;
        const source = new ReadableStream({ pull(controller) { controller.enqueue(++pulled); } }, { highWaterMark: 3 });
        const reader = source.getReader();
        await 0; await 0; await 0; await 0; await 0; await 0;
        const before = pulled;
        const { value } = await reader.read();
        return JSON.stringify([before, value]);
    "#;
    assert_eq!(run(&[], body).await, "[3,1]");
}

#[tokio::test]
async fn errors_and_cancelling_reach_the_other_end() {
    let body = r#"
        const seen = [];
        const source = (cancel) => new ReadableStream({ start(c) { c.enqueue(1); }, cancel(reason) { seen.push(`cancelled: ${reason}`); } });
        const sink = new WritableStream({ write() { throw "full"; } });
        await source().pipeTo(sink).catch((error) => seen.push(`failed: ${error}`));
        const controller = new AbortController();
        const endless = new WritableStream({ abort(reason) { seen.push(`aborted: ${reason.name}`); } });
        const pipe = source().pipeTo(endless, { signal: controller.signal });
        controller.abort();
        await pipe.catch((error) => seen.push(`failed: ${error.name}`));
        for await (const chunk of source()) break;
        return seen.join("\n");
    "#;
    assert_eq!(
        run(&[], body).await,
        "cancelled: full\n\
         failed: full\n\
         aborted: AbortError\n\
         cancelled: AbortError: The operation was aborted\n\
         failed: AbortError\n\
         cancelled: undefined"
    );
}

#[tokio::test]
async fn a_reader_brings_its_own_buffer() {
    let body = r#"
        const source = new ReadableStream({
            type: "bytes",
            pull(controller) {
                const { view } = controller.byobRequest;
                view.fill(7, 0, 2);
                controller.byobRequest.respond(2);
            },
        });
        const reader = source.getReader({ mode: "byob" });
        const buffer = new ArrayBuffer(8);
        const { value } = await reader.read(new Uint8Array(buffer, 1, 4), { min: 4 });
        return JSON.stringify([buffer.detached, value.byteOffset, value.length, [...value]]);
    "#;
    assert_eq!(run(&[], body).await, "[true,1,4,[7,7,7,7]]");
}

#[tokio::test]
async fn both_branches_of_a_tee_have_all_of_it() {
    let body = r#"
        const [a, b] = ReadableStream.from([1, 2, 3]).tee();
        return JSON.stringify(await Promise.all([a, b].map((branch) => Array.fromAsync(branch))));
    "#;
    assert_eq!(run(&[], body).await, "[[1,2,3],[1,2,3]]");
}

/// What a plugin does to the built-in classes does not disturb the streams.
#[tokio::test]
async fn streams_survive_what_is_done_to_the_language() {
    let body = r#"
        const { then } = Promise.prototype;
        const evil = () => { throw new Error("called"); };
        const stream = new ReadableStream({ start(c) { c.enqueue("x"); c.enqueue("y"); c.close(); } });
        const result = [];
        const sink = new WritableStream({ write(chunk) { result[result.length] = chunk; } });
        const saved = [Promise.resolve, Array.prototype.push];
        Promise.prototype.then = evil; Promise.resolve = evil; Array.prototype.push = evil;
        const define = (name) => Object.defineProperty(Object.prototype, name, { get: evil, set: evil, configurable: true });
        for (const name of ["highWaterMark", "pull", "state", "reader", "head"]) define(name);
        try {
            const [kept, other] = stream.tee();
            other.cancel();
            await kept.pipeTo(sink);
        } finally {
            Promise.prototype.then = then;
            [Promise.resolve, Array.prototype.push] = saved;
            for (const name of ["highWaterMark", "pull", "state", "reader", "head"]) delete Object.prototype[name];
        }
        const text = result.join("");
        return text;
    "#;
    assert_eq!(run(&[], body).await, "xy");
}

#[tokio::test]
async fn a_plugin_that_mentions_no_stream_has_them_all_the_same() {
    let body = r#"
        const name = ["Readable", "Stream"].join("");
        const stream = globalThis[name].from([1]);
        return JSON.stringify([stream instanceof globalThis[name], (await stream.getReader().read()).value]);
    "#;
    assert_eq!(run(&[], body).await, "[true,1]");
}
