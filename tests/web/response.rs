//! `Request`, `Response` and their bodies, without any network.

use crate::harness::run;

#[tokio::test]
async fn a_body_is_read_as_what_is_wanted() {
    let body = r#"
        const stream = () => new ReadableStream({ start(c) { c.enqueue(new TextEncoder().encode('{"a":')); c.enqueue(new TextEncoder().encode("1}")); c.close(); } });
        const response = new Response(stream(), { headers: { "content-type": "Text/JSON" } });
        const copy = response.clone();
        const blob = await new Response(stream(), { headers: { "content-type": "Text/JSON" } }).blob();
        const results = [await response.json(), await copy.text(), blob.type, blob.size, response.bodyUsed];
        results.push(await response.text().catch((error) => error.message));
        return JSON.stringify(results);
    "#;
    assert_eq!(
        run(&[], body).await,
        r#"[{"a":1},"{\"a\":1}","text/json",7,true,"Response: its body has been read, or is being read"]"#
    );
}

#[tokio::test]
async fn forms_go_through_a_body() {
    let body = r#"
        const form = new FormData();
        form.append("a", "1\n2");
        form.append("file", new File(["xyz"], 'q"uote.txt', { type: "t/t" }));
        const request = new Request("http://x.test/", { method: "post", body: form });
        const read = [...await request.formData()].map(([name, value]) => [name, value.name ?? value, value.size]);
        const query = await new Response(new URLSearchParams({ a: "é &", b: "" })).formData();
        return JSON.stringify([request.method, request.headers.get("content-type").split(";")[0], read, [...query]]);
    "#;
    assert_eq!(
        run(&[], body).await,
        r#"["POST","multipart/form-data",[["a","1\r\n2",null],["file","q\"uote.txt",3]],[["a","é &"],["b",""]]]"#
    );
}

#[tokio::test]
async fn what_cannot_be_a_message_is_refused() {
    let body = r#"
        const attempts = [
            () => new Request("/relative"),
            () => new Request("http://user:word@x.test/"),
            () => new Request("http://x.test/", { body: "x" }),
            () => new Request("http://x.test/", { method: "TRACE" }),
            () => new Response("x", { status: 204 }),
            () => new Response("x", { status: 99 }),
            () => Response.redirect("http://x.test/", 200),
        ];
        return attempts.map((attempt) => { try { attempt(); return "fine"; } catch (error) { return String(error); } }).join("\n");
    "#;
    assert_eq!(
        run(&[], body).await,
        "TypeError: Request: input: '/relative' is not a URL\n\
         TypeError: Request: input: the URL has a user name or a password\n\
         TypeError: Request: a request with the method 'GET' has no body\n\
         TypeError: Request: init.method: 'TRACE' is forbidden\n\
         TypeError: Response: a response with status 204 has no body\n\
         RangeError: Response: init.status: 99 is not between 200 and 599\n\
         RangeError: Response.redirect: status: 200 is not one of a redirect"
    );
}
