//! Text encodings. Each encoding is held against a reference in the crate of the decoders; here is what JavaScript sees.

use crate::harness::run;

#[tokio::test]
async fn text_goes_to_bytes_and_back() {
    let body = r#"
        const encoder = new TextEncoder();
        const bytes = encoder.encode("a€\ud83d\ude00\ud800");
        const into = new Uint8Array(6);
        const counts = encoder.encodeInto("a€\ud83d\ude00", into);
        return JSON.stringify([
            [...bytes], counts, [...into], new TextDecoder().decode(bytes),
            new TextDecoder().decode(bytes.subarray(1, 3)), new TextDecoder().decode(new DataView(bytes.buffer, 1, 3)),
            new TextDecoder().decode(bytes.buffer.slice(0, 1)), new TextDecoder().decode(),
        ]);
    "#;
    assert_eq!(
        run(&[], body).await,
        "[[97,226,130,172,240,159,152,128,239,191,189],{\"read\":2,\"written\":4},[97,226,130,172,0,0],\"a€😀\u{fffd}\",\
         \"\u{fffd}\",\"€\",\"a\",\"\"]"
    );
}

#[tokio::test]
async fn pieces_of_text_are_one_text_until_it_ends() {
    let body = r#"
        const decoder = new TextDecoder("Shift_JIS");
        const pieces = [[0x93], [0xfa, 0x96], [0x7b], []].map((piece, i) => decoder.decode(new Uint8Array(piece), { stream: i < 3 }));
        const cut = new TextDecoder("utf-16");
        const cutPieces = [cut.decode(new Uint8Array([0xff, 0xfe, 0x61]), { stream: true }), cut.decode()];
        return JSON.stringify([decoder.encoding, pieces, cut.encoding, cutPieces]);
    "#;
    assert_eq!(
        run(&[], body).await,
        "[\"shift_jis\",[\"\",\"日\",\"本\",\"\"],\"utf-16le\",[\"\",\"\u{fffd}\"]]"
    );
}

#[tokio::test]
async fn what_cannot_be_is_an_error_that_says_so() {
    let body = r#"
        const fatal = new TextDecoder("utf-8", { fatal: true });
        const attempts = [
            () => new TextDecoder("utf-7"),
            () => new TextDecoder("iso-2022-kr"),
            () => fatal.decode(new Uint8Array([0x61, 0xff])),
            () => fatal.decode(new Uint8Array([0xe2, 0x82]), { stream: true }) + fatal.decode(),
            () => fatal.decode(new Uint8Array([0x61])),
            () => new TextDecoder().decode("text"),
        ];
        return attempts.map((attempt) => { try { return `fine: ${attempt()}`; } catch (error) { return String(error); } }).join("\n");
    "#;
    assert_eq!(
        run(&[], body).await,
        "RangeError: TextDecoder: there is no encoding 'utf-7'\n\
         RangeError: TextDecoder: there is no encoding 'iso-2022-kr'\n\
         TypeError: The bytes are not utf-8\n\
         TypeError: The bytes are not utf-8\n\
         fine: a\n\
         TypeError: TextDecoder.decode: input: not an ArrayBuffer, typed array or DataView"
    );
}
