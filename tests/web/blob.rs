//! `Blob`, `File`, `FormData`.

use crate::harness::run;

#[tokio::test]
async fn a_blob_holds_what_its_parts_were() {
    let body = r#"
        const bytes = new Uint8Array([65, 66]);
        const blob = new Blob(["é", bytes, new Blob(["!"]), bytes.buffer], { type: "Text/Plain" });
        bytes.fill(0);
        const part = blob.slice(2, -2, "x/y");
        const chunks = await Array.fromAsync(blob.stream(), (chunk) => chunk.constructor.name);
        return JSON.stringify([blob.size, blob.type, await blob.text(), await part.text(), part.type, [...await part.bytes()], chunks.length]);
    "#;
    assert_eq!(
        run(&[], body).await,
        r#"[7,"text/plain","éAB!AB","AB!","x/y",[65,66,33],4]"#
    );
}

#[tokio::test]
async fn line_endings_of_a_blob() {
    let body = r#"
        const texts = ["transparent", "native"].map((endings) => new Blob(["a\r\nb\rc\n"], { endings }).text());
        return JSON.stringify(await Promise.all(texts));
    "#;
    assert_eq!(run(&[], body).await, r#"["a\r\nb\rc\n","a\nb\nc\n"]"#);
}

#[tokio::test]
async fn a_form_keeps_its_order_and_wraps_blobs() {
    let body = r#"
        const form = new FormData();
        form.append("a", 1);
        form.append("b", new Blob(["x"], { type: "t/t" }));
        form.append("a", "2");
        form.set("a", "3");
        form.append("c", new File(["y"], "y.txt", { lastModified: 7 }), "z.txt");
        return JSON.stringify([...form].map(([name, value]) => [name, value.name ?? value, value.lastModified === 7]));
    "#;
    assert_eq!(
        run(&[], body).await,
        r#"[["a","3",false],["b","blob",false],["c","z.txt",true]]"#
    );
}

#[tokio::test]
async fn blobs_are_cloned_and_streams_transferred() {
    let body = r#"
        const file = new File(["ab", new Uint8Array([99])], "f.txt", { type: "t/t", lastModified: 5 });
        const { blob, copy } = structuredClone({ blob: new Blob(["x"]), copy: file });
        const source = ReadableStream.from([{ a: 1 }, "b"]);
        const received = structuredClone(source, { transfer: [source] });
        let again;
        try { structuredClone(source, { transfer: [source] }); } catch (error) { again = error.name; }
        const { locked } = source;
        const chunks = await Array.fromAsync(received);
        return JSON.stringify([
            await blob.text(), copy instanceof File, copy.name, copy.type, copy.lastModified, await copy.text(), locked, chunks, again,
        ]);
    "#;
    assert_eq!(
        run(&[], body).await,
        r#"["x",true,"f.txt","t/t",5,"abc",true,[{"a":1},"b"],"DataCloneError"]"#
    );
}
