//! URLs, their queries, and patterns of them.

use crate::harness::run;

#[tokio::test]
async fn a_url_has_parts_that_can_be_changed() {
    let body = r#"
        const url = new URL("../b?c=1#d", "https://user:pass@EXAMPLE.com:8080/x/a/");
        const { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash } = url;
        const before = [href, origin, protocol, username, password, host, hostname, port, pathname, search, hash];
        url.host = "bücher.example:443";
        url.username = url.password = "";
        url.pathname = "/ä";
        url.hash = "";
        url.protocol = "nonsense";
        return JSON.stringify([before, url, URL.parse("x"), URL.canParse("x", "y:/z"), String(new URL("http://0x7f.1/"))]);
    "#;
    assert_eq!(
        run(&[], body).await,
        r##"[["https://user:pass@example.com:8080/x/b?c=1#d","https://example.com:8080","https:","user","pass","example.com:8080","example.com","8080","/x/b","?c=1","#d"],"https://xn--bcher-kva.example/%C3%A4?c=1",null,true,"http://127.0.0.1/"]"##
    );
}

#[tokio::test]
async fn a_query_and_its_url_change_together() {
    let body = r#"
        const url = new URL("https://example.com/?b=2&a=1&b=3");
        const { searchParams } = url;
        searchParams.append("c d", "é&");
        searchParams.sort();
        const first = url.search;
        url.search = "x=%zz+y";
        const pairs = [...searchParams];
        searchParams.delete("x");
        return JSON.stringify([
            first, pairs, url.href, searchParams === url.searchParams, String(new URLSearchParams({ a: "1", b: "2" })),
            String(new URLSearchParams([["a", 1], ["a", 2]])), new URLSearchParams("?a=1&a=2").getAll("a"),
        ]);
    "#;
    assert_eq!(
        run(&[], body).await,
        r#"["?a=1&b=2&b=3&c+d=%C3%A9%26",[["x","%zz y"]],"https://example.com/",true,"a=1&b=2","a=1&a=2",["1","2"]]"#
    );
}

#[tokio::test]
async fn a_pattern_matches_and_says_what_its_names_stand_for() {
    let body = r#"
        const pattern = new URLPattern("https://*.example.com/:kind/{:id}?", undefined);
        const { hostname, pathname } = pattern.exec("https://shop.example.com/books/7");
        const digits = new URLPattern({ pathname: "/:id(\\d+)" }, { ignoreCase: true });
        return JSON.stringify([
            pattern.pathname, hostname, pathname, pattern.test("http://shop.example.com/books/7"), digits.test({ pathname: "/12" }),
            digits.test({ pathname: "/x" }), digits.hasRegExpGroups, pattern.exec("nonsense"),
            new URLPattern({ protocol: ":name" }).exec({ protocol: "foo" }).protocol.groups,
        ]);
    "#;
    assert_eq!(
        run(&[], body).await,
        r#"["/:kind/{:id}?",{"groups":{"0":"shop"},"input":"shop.example.com"},{"groups":{"kind":"books","id":"7"},"input":"/books/7"},false,true,false,true,null,{"name":"foo"}]"#
    );
}

#[tokio::test]
async fn what_is_no_url_is_an_error_that_says_so() {
    let body = r#"
        const attempts = [
            () => new URL("x"),
            () => new URL("x", "y"),
            () => new URL(),
            () => { new URL("a:b").href = "c"; },
            () => new URLSearchParams([["a"]]),
            () => new URLPattern("/a"),
            () => new URLPattern({ pathname: "/:a/:a" }),
            () => new URLPattern({ pathname: "/(" }),
            () => new URLPattern({ hostname: "a b" }),
        ];
        return attempts.map((attempt) => { try { return `fine: ${attempt()}`; } catch (error) { return String(error); } }).join("\n");
    "#;
    assert_eq!(
        run(&[], body).await,
        "TypeError: URL: 'x' is no URL\n\
         TypeError: URL: 'x' is no URL relative to 'y'\n\
         TypeError: URL: 1 argument required, 0 given\n\
         TypeError: URL.href: 'c' is no URL\n\
         TypeError: URLSearchParams: init[0]: not a pair of a name and a value\n\
         TypeError: URLPattern: input: a pattern without a protocol needs a base URL\n\
         TypeError: URLPattern: '/:a/:a' has the name 'a' twice\n\
         TypeError: URLPattern: '/(': this is no regular expression at index 1\n\
         TypeError: URLPattern: hostname: 'a b' cannot be in a URL"
    );
}
