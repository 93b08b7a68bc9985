//! `Headers`.

use crate::harness::run;

#[tokio::test]
async fn headers_are_sorted_combined_and_case_is_nothing() {
    let body = r#"
        const headers = new Headers({ "X-B": "1", "x-a": " 2 " });
        headers.append("X-b", "3");
        headers.append("Set-Cookie", "a=1");
        headers.append("Set-Cookie", "b=2");
        return JSON.stringify([[...headers], headers.get("x-B"), headers.getSetCookie(), headers.has("nothing")]);
    "#;
    assert_eq!(
        run(&[], body).await,
        r#"[[["set-cookie","a=1"],["set-cookie","b=2"],["x-a","2"],["x-b","1, 3"]],"1, 3",["a=1","b=2"],false]"#
    );
}

#[tokio::test]
async fn what_is_no_header_is_refused() {
    let body = r#"
        const attempts = [
            () => new Headers({ "a b": "1" }),
            () => new Headers({ a: "1\r\nb: 2" }),
            () => new Headers([["a"]]),
            () => new Headers({ a: "\u0100" }),
            () => Headers.prototype.get.call({}, "a"),
        ];
        return attempts.map((attempt) => { try { attempt(); return "fine"; } catch (error) { return String(error); } }).join("\n");
    "#;
    assert_eq!(
        run(&[], body).await,
        "TypeError: Headers: 'a b' is not a header name\n\
         TypeError: Headers: the value has a line break or a NUL\n\
         TypeError: Headers: init[0]: not a name and a value\n\
         TypeError: Headers: init: the character at index 0 is above U+00FF\n\
         TypeError: Illegal invocation"
    );
}
