//! Markdown events to HTML.

use crate::{Document, Heading, links, slugs::Slugs};
use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html};

/// Renders a document.
pub fn render(source: &str) -> Document {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS;
    let events: Vec<Event> = Parser::new_ext(source, options).collect();
    let mut headings = Vec::new();
    let mut slugs = Slugs::default();
    let mut out = Vec::with_capacity(events.len());
    let mut input = events.into_iter();
    while let Some(event) = input.next() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                let inner: Vec<Event> = input
                    .by_ref()
                    .take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))))
                    .collect();
                let heading = Heading {
                    level: number(level),
                    text: plain_text(&inner),
                    id: String::new(),
                };
                let id = slugs.make(&heading.text);
                let mut opening = format!("<{level} id=\"");
                escape_into(&mut opening, &id);
                opening.push_str("\">");
                out.push(Event::Html(opening.into()));
                out.extend(inner.into_iter().map(inline));
                let mut closing = String::from(" <a class=\"anchor\" href=\"#");
                escape_into(&mut closing, &id);
                closing.push_str("\" aria-label=\"Link to “");
                escape_into(&mut closing, &heading.text);
                closing.push_str(&format!("”\">#</a></{level}>\n"));
                out.push(Event::Html(closing.into()));
                headings.push(Heading { id, ..heading });
            }
            // A table that is wider than the page scrolls by itself, also with the keyboard.
            Event::Start(Tag::Table(alignments)) => {
                let wrapper =
                    "<div class=\"table\" role=\"region\" aria-label=\"Table\" tabindex=\"0\">";
                out.push(Event::Html(wrapper.into()));
                out.push(Event::Start(Tag::Table(alignments)));
            }
            Event::End(TagEnd::Table) => {
                out.push(Event::End(TagEnd::Table));
                out.push(Event::Html("</div>\n".into()));
            }
            // HTML blocks become paragraphs of text.
            Event::Start(Tag::HtmlBlock) => out.push(Event::Start(Tag::Paragraph)),
            Event::End(TagEnd::HtmlBlock) => out.push(Event::End(TagEnd::Paragraph)),
            other => out.push(inline(other)),
        }
    }
    let mut page = String::with_capacity(source.len() * 3 / 2);
    html::push_html(&mut page, out.into_iter());
    Document {
        html: page,
        headings,
    }
}

/// What may stand in a line: markup becomes text, links point to pages.
fn inline(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Html(markup) | Event::InlineHtml(markup) => Event::Text(markup),
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Link {
            dest_url: page_url(link_type, dest_url),
            link_type,
            title,
            id,
        }),
        Event::Start(Tag::Image {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Image {
            dest_url: page_url(link_type, dest_url),
            link_type,
            title,
            id,
        }),
        other => other,
    }
}

fn page_url<'a>(link_type: LinkType, url: CowStr<'a>) -> CowStr<'a> {
    match link_type {
        // The renderer puts `mailto:` in front.
        LinkType::Email => url,
        _ => links::to_page(&url).unwrap_or_default().into(),
    }
}

fn plain_text(events: &[Event<'_>]) -> String {
    let mut text = String::new();
    for event in events {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(part),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    text
}

fn number(level: HeadingLevel) -> u8 {
    level as u8
}

fn escape_into(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::render;

    #[test]
    fn headings_are_listed_and_linked() {
        let document = render("# One `two`\n\ntext\n\n## A < B\n");
        let found: Vec<_> = document
            .headings
            .iter()
            .map(|heading| (heading.level, heading.id.as_str(), heading.text.as_str()))
            .collect();
        assert_eq!(found, [(1, "one-two", "One two"), (2, "a--b", "A < B")]);
        assert!(
            document
                .html
                .contains("<h2 id=\"a--b\">A &lt; B <a class=\"anchor\"")
        );
    }

    #[test]
    fn markup_in_the_source_is_text() {
        let document =
            render("a <b onclick=\"x()\">b</b>\n\n<script>alert(1)</script>\n\n## <i>x</i>\n");
        assert!(!document.html.contains("<script"), "{}", document.html);
        assert!(!document.html.contains("<b onclick"), "{}", document.html);
        assert!(!document.html.contains("<i>"), "{}", document.html);
        assert!(document.html.contains("&lt;script&gt;"));
    }

    #[test]
    fn links_lead_to_pages() {
        let html = render("[a](docs/README.md#x) [b](javascript:alert(1)) ![c](c.png)").html;
        assert!(html.contains("href=\"docs/index.html#x\""), "{html}");
        assert!(!html.contains("javascript"), "{html}");
        assert!(html.contains("<img src=\"c.png\" alt=\"c\""), "{html}");
    }

    #[test]
    fn tables_scroll() {
        let html = render("|a|b|\n|-|-|\n|1|2|\n").html;
        assert!(html.contains("tabindex=\"0\"><table>"), "{html}");
        assert!(html.contains("</table>\n</div>"), "{html}");
    }
}
