//! Compressed streams. What they make is held against other implementations in the crate of the codecs; here is what JavaScript sees.

use crate::harness::run;

const PIPE: &str = r#"
    const pipe = async (stream, ...chunks) => {
        const writer = stream.writable.getWriter();
        const written = Promise.all([...chunks.map((chunk) => writer.write(chunk)), writer.close()]);
        written.catch(() => {});
        const bytes = [];
        for await (const chunk of stream.readable) bytes.push(...chunk);
        await written;
        return new Uint8Array(bytes);
    };
    const formats = ["gzip", "deflate", "deflate-raw", "brotli"];
"#;

#[tokio::test]
async fn what_is_compressed_is_smaller_and_comes_back() {
    let body = r#"
        const text = "to be or not to be, that is the question; ".repeat(200);
        const bytes = new TextEncoder().encode(text);
        const results = [];
        for (const format of formats) {
            const packed = await pipe(new CompressionStream(format), bytes.subarray(0, 5000), bytes.subarray(5000));
            const unpacked = await pipe(new DecompressionStream(format), packed.subarray(0, 7), packed.subarray(7));
            results.push([packed.length < bytes.length / 20, new TextDecoder().decode(unpacked) === text]);
        }
        return JSON.stringify(results);
    "#;
    assert_eq!(
        run(&[], &format!("{PIPE}{body}")).await,
        "[[true,true],[true,true],[true,true],[true,true]]"
    );
}

#[tokio::test]
async fn what_is_not_of_the_format_fails_the_stream() {
    let body = r#"
        const results = [];
        for (const format of formats) {
            const packed = await pipe(new CompressionStream(format), new Uint8Array(100));
            for (const wrong of [packed.subarray(0, -1), new Uint8Array([...packed, 0])]) {
                results.push(await pipe(new DecompressionStream(format), wrong).then(() => "fine", (error) => error.name));
            }
        }
        results.push(await pipe(new CompressionStream("gzip"), "text").then(() => "fine", String));
        try { new CompressionStream("zip"); } catch (error) { results.push(String(error)); }
        return results.join(" ");
    "#;
    assert_eq!(
        run(&[], &format!("{PIPE}{body}")).await,
        "TypeError TypeError TypeError TypeError TypeError TypeError TypeError TypeError \
         TypeError: CompressionStream: chunk: not an ArrayBuffer, typed array or DataView \
         TypeError: CompressionStream: format: 'zip' is not a value of CompressionFormat"
    );
}

#[tokio::test]
async fn text_streams_join_what_chunks_cut() {
    let body = r#"
        const bytes = await pipe(new TextEncoderStream(), "a\ud83d", "\ude00b", "\ud800");
        const decoder = new TextDecoderStream("utf-8");
        const writer = decoder.writable.getWriter();
        for (const byte of bytes) writer.write(new Uint8Array([byte]));
        writer.close();
        let text = "";
        for await (const chunk of decoder.readable) text += chunk;
        return JSON.stringify([bytes.length, text]);
    "#;
    assert_eq!(
        run(&[], &format!("{PIPE}{body}")).await,
        "[9,\"a😀b\u{fffd}\"]"
    );
}
