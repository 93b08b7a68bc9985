//! URLs, hosts and queries: what the standard says, and that nothing panics. The Web Platform Tests hold them against the standard in full.

use outwit_quickjs_web::data_url::DataUrl;
use outwit_quickjs_web::mime::Mime;
use outwit_quickjs_web::url::{Part, Url, form};
use outwit_quickjs_web::{base64, url};
use proptest::prelude::*;

fn normalize(text: &[u32]) -> Vec<u32> {
    let chars = text.iter().filter_map(|c| char::from_u32(*c));
    let normalizer = icu_normalizer::ComposingNormalizerBorrowed::new_nfc();
    normalizer.normalize_iter(chars).map(u32::from).collect()
}

fn parse(input: &str) -> Option<String> {
    Some(Url::parse(input, None, normalize)?.serialize().href)
}

fn resolve(input: &str, base: &str) -> Option<String> {
    let base = Url::parse(base, None, normalize)?;
    let url = Url::parse(input, Some(&base), normalize)?;
    Some(url.serialize().href)
}

fn set(href: &str, part: Part, value: &str) -> Option<String> {
    let mut url = Url::parse(href, None, normalize)?;
    url.set(part, value, normalize)?;
    Some(url.serialize().href)
}

#[test]
fn urls_are_written_down_in_one_form() {
    for (input, expected) in [
        (
            " HTTP://User:P%40ss@EXAMPLE.com:80/a/./b/../c?q#f ",
            "http://User:P%40ss@example.com/a/c?q#f",
        ),
        ("https:\\\\example.com\\a b", "https://example.com/a%20b"),
        ("file:///C|/x/../..", "file:///C:/"),
        ("data:text/plain, x #y", "data:text/plain, x%20#y"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://[1:0::0:2]/", "http://[1::2]/"),
        ("http://faß.de/", "http://xn--fa-hia.de/"),
        ("http://xn--fa-hia.de/", "http://xn--fa-hia.de/"),
        ("web+x:/.//y", "web+x:/.//y"),
    ] {
        assert_eq!(parse(input).as_deref(), Some(expected), "{input}");
    }
    for input in [
        "",
        "x",
        "http://",
        "http://a b/",
        "http://[1::2::3]/",
        "http://256.1.1.1/",
        "http://a:65536/",
        "http://%00/",
        "http://xn--a/",
        "http://\u{ad}/",
        "http://a\u{5d0}b.\u{627}c/",
        "https://user@/",
    ] {
        assert_eq!(parse(input), None, "{input}");
    }
}

#[test]
fn what_is_relative_is_resolved() {
    let base = "https://example.com/a/b?c#d";
    for (input, expected) in [
        ("", "https://example.com/a/b?c"),
        ("x", "https://example.com/a/x"),
        ("/x", "https://example.com/x"),
        ("//other/x", "https://other/x"),
        ("?x", "https://example.com/a/b?x"),
        ("#x", "https://example.com/a/b?c#x"),
        ("../../x", "https://example.com/x"),
        ("https:x", "https://example.com/a/x"),
    ] {
        assert_eq!(resolve(input, base).as_deref(), Some(expected), "{input}");
    }
    assert_eq!(resolve("x", "mailto:a@b"), None);
}

#[test]
fn a_part_changes_as_far_as_it_can() {
    let href = "https://example.com:8080/a?b#c";
    let unknown = "web+x://host/a";
    for (part, value, expected) in [
        (
            Part::Protocol,
            "http:ignored",
            "http://example.com:8080/a?b#c",
        ),
        (Part::Protocol, "web+x", href),
        (Part::Host, "other:1", "https://other:1/a?b#c"),
        (Part::Hostname, "1.2", "https://1.0.0.2:8080/a?b#c"),
        (Part::Port, "443x", "https://example.com/a?b#c"),
        (
            Part::Pathname,
            "x?y#z",
            "https://example.com:8080/x%3Fy%23z?b#c",
        ),
        (Part::Search, "", "https://example.com:8080/a#c"),
        (Part::Hash, "#x y", "https://example.com:8080/a?b#x%20y"),
        (
            Part::Username,
            "a:b",
            "https://a%3Ab@example.com:8080/a?b#c",
        ),
    ] {
        assert_eq!(
            set(href, part, value).as_deref(),
            Some(expected),
            "{part:?} {value}"
        );
    }
    assert_eq!(set(href, Part::Hostname, "a b"), None);
    assert_eq!(set(href, Part::Port, "x"), None);
    assert_eq!(
        set(unknown, Part::Hostname, "").as_deref(),
        Some("web+x:///a")
    );
    assert_eq!(set("mailto:a@b", Part::Pathname, "x"), None);
}

#[test]
fn data_urls_are_opened() {
    let open = |url: &str| DataUrl::parse(url).map(|data| (data.mime, data.bytes));
    let plain = "text/plain;charset=US-ASCII".to_owned();
    assert_eq!(open("data:,a%20b#c"), Some((plain, b"a b".to_vec())));
    assert_eq!(
        open("data:;charset=x;base64,YQ"),
        Some(("text/plain;charset=x".to_owned(), b"a".to_vec()))
    );
    assert_eq!(
        open("data:Image/PNG; x=\"a;b\" ;BASE64 ,"),
        Some(("image/png;x=\"a;b\"".to_owned(), Vec::new()))
    );
    assert_eq!(
        open("data:a/b; base64,Y Q = ="),
        Some(("a/b".to_owned(), b"a".to_vec()))
    );
    assert_eq!(open("data:a/b;base64,Y"), None);
    assert_eq!(open("data:no comma"), None);
}

proptest! {
    #[test]
    fn what_is_written_down_is_read_again(input in "(https?|file|web\\+x|data):[/\\\\]{0,3}[a-z0-9.:@%?#\\[\\]|/ é\u{5d0}-]{0,24}") {
        if let Some(url) = Url::parse(&input, None, normalize) {
            let href = url.serialize().href;
            prop_assert!(href.is_ascii());
            prop_assert_eq!(Url::parse(&href, None, normalize), Some(url));
        }
    }

    #[test]
    fn nothing_panics(input: String, base: String, part in 0usize..9, value: String) {
        let _ = resolve(&input, &base);
        let mut url = Url::parse("web+x://a/b", None, normalize).expect("a URL");
        let _ = url.set(Part::ALL[part], &value, normalize);
        let mut url = Url::parse("https://a/b", None, normalize).expect("a URL");
        let _ = url.set(Part::ALL[part], &value, normalize);
        let _ = parse(&format!("https://{value}/"));
        let _ = parse(&format!("https://xn--{value}/"));
        let _ = Mime::parse(&value).map(|mime| mime.serialize());
        let _ = DataUrl::parse(&format!("data:{value},{input}"));
    }

    #[test]
    fn queries_are_read_as_they_were_written(pairs in prop::collection::vec((".+", ".*"), 0..4)) {
        let mut query = String::new();
        for (name, value) in &pairs {
            if !query.is_empty() {
                query.push('&');
            }
            form::serialize(name, &mut query);
            query.push('=');
            form::serialize(value, &mut query);
        }
        let flat: Vec<String> = pairs.into_iter().flat_map(|(name, value)| [name, value]).collect();
        prop_assert_eq!(form::parse(&query), flat);
    }

    #[test]
    fn base64_goes_both_ways(bytes: Vec<u8>) {
        prop_assert_eq!(base64::decode(base64::encode(&bytes).as_bytes()), Some(bytes.clone()));
        prop_assert_eq!(base64::decode_url(base64::encode_url(&bytes).as_bytes()), Some(bytes.clone()));
        let _ = base64::decode(&bytes);
        let _ = url::percent_decode(&bytes);
    }
}
