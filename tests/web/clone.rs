//! `structuredClone`, and messages between ports.

use crate::harness::run;

#[tokio::test]
async fn values_are_copied_with_their_cycles_and_kinds() {
    let body = r#"
        const value = {
            nothing: undefined, none: null, yes: true, n: -5, f: 1.5, negative: -0, big: 12345678901234567890n, text: "ü€\u{1f600}", lone: "\ud800",
            array: [1, , 3], map: new Map([[1, { a: 1 }]]), set: new Set(["x"]), date: new Date(5), regexp: /a\/b/gi,
            bytes: new Uint8Array([1, 2, 3]).subarray(1), view: new DataView(new ArrayBuffer(4), 1), error: new RangeError("m", { cause: 1 }),
            wrapped: Object("s"), resizable: new ArrayBuffer(2, { maxByteLength: 4 }),
        };
        value.self = value;
        value.map.set("map", value.map);
        const copy = structuredClone(value);
        return JSON.stringify([
            copy !== value, copy.self === copy, "nothing" in copy, copy.none, copy.yes, copy.n, copy.f, Object.is(copy.negative, -0), `${copy.big}`, copy.text,
            copy.lone === "\ud800", copy.array, 1 in copy.array, copy.map.get(1), copy.map.get("map") === copy.map, [...copy.set], +copy.date, `${copy.regexp}`,
            [...copy.bytes], copy.bytes.buffer.byteLength, copy.view.byteLength, `${copy.error}`, copy.error instanceof RangeError, copy.error.cause,
            typeof copy.wrapped, `${copy.wrapped}`, copy.resizable.maxByteLength, Object.keys(copy).length,
        ]);
    "#;
    assert_eq!(
        run(&[], body).await,
        r#"[true,true,true,null,true,-5,1.5,true,"12345678901234567890","ü€😀",true,[1,null,3],false,{"a":1},true,["x"],5,"/a\\/b/gi",[2,3],3,3,"RangeError: m",true,1,"object","s",4,20]"#
    );
}

#[tokio::test]
async fn what_cannot_be_copied_is_refused() {
    let body = r#"
        const attempts = [() => {}, Symbol("s"), new WeakMap(), Promise.resolve(), new EventTarget(), new Proxy({}, {}), [].values(), globalThis];
        const names = attempts.map((value) => {
            try { structuredClone({ value }); return "fine"; } catch (error) { return error instanceof DOMException ? error.code : `${error}`; }
        });
        let deep = {};
        for (let i = 0; i < 10000; i++) deep = { deep };
        try { structuredClone(deep); } catch (error) { names.push(error.name); }
        return JSON.stringify(names);
    "#;
    assert_eq!(
        run(&[], body).await,
        r#"[25,25,25,25,25,25,25,25,"RangeError"]"#
    );
}

#[tokio::test]
async fn memory_and_ports_move_to_the_copy() {
    let body = r#"
        const buffer = new ArrayBuffer(8);
        const { port1, port2 } = new MessageChannel();
        const copy = structuredClone({ buffer, port: port1 }, { transfer: [buffer, port1] });
        const received = new Promise((resolve) => (copy.port.onmessage = (event) => resolve(event.data)));
        port2.postMessage({ hello: [1] });
        const twice = (() => { try { structuredClone(0, { transfer: [buffer] }); } catch (error) { return error.name; } })();
        return JSON.stringify([buffer.byteLength, copy.buffer.byteLength, await received, copy.port instanceof MessagePort, copy.port !== port1, twice]);
    "#;
    assert_eq!(
        run(&[], body).await,
        r#"[0,8,{"hello":[1]},true,true,"DataCloneError"]"#
    );
}

#[tokio::test]
async fn messages_arrive_in_order_after_the_code_that_sends_them() {
    let body = r#"
        const { port1, port2 } = new MessageChannel();
        const seen = [];
        const closed = new Promise((resolve) => (port2.onclose = resolve));
        port1.postMessage(1);
        port1.postMessage(2);
        port1.close();
        port2.onmessage = ({ data, ports }) => seen.push(data, ports.length);
        seen.push("sent");
        await closed;
        return JSON.stringify(seen);
    "#;
    assert_eq!(run(&[], body).await, r#"["sent",1,0,2,0]"#);
}
