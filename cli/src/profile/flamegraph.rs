//! A flamegraph as SVG, without anything from elsewhere: the outermost functions at the bottom, the wider the longer. As wide as the window; a
//! click on a function shows it alone, with those that it called.

use super::stacks::Stacks;
use std::collections::BTreeMap;
use std::fmt::Write as _;

const ROW: usize = 18;
/// Above the functions are the title, the buttons and what the mouse is on.
const HEAD: usize = 62;
/// Narrower than this is not drawn, in percent.
const NARROWEST: f64 = 0.02;
/// Deeper than this is not drawn.
const DEEPEST: usize = 200;

/// A function on one stack, with those that it called.
#[derive(Default)]
struct Node<'a> {
    time: u64,
    inner: BTreeMap<&'a str, Node<'a>>,
}

impl Node<'_> {
    fn depth(&self) -> usize {
        self.inner
            .values()
            .map(|node| node.depth() + 1)
            .max()
            .unwrap_or(0)
    }
}

pub fn draw(stacks: &Stacks, title: &str) -> String {
    let mut root = Node::default();
    for (stack, time) in stacks.iter() {
        root.time += time;
        let mut node = &mut root;
        for name in stack.iter().take(DEEPEST) {
            node = node.inner.entry(name).or_default();
            node.time += time;
        }
    }
    let height = (root.depth() + 1) * ROW + HEAD + 4;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100%\" height=\"{height}\" role=\"img\" aria-label=\"Flamegraph of {title}\">\n\
         <style>\n{style}</style>\n<rect class=\"back\" width=\"100%\" height=\"100%\"/>\n\
         <text x=\"8\" y=\"18\" font-size=\"14\">{title}</text>\n",
        title = escape(title),
        style = include_str!("flamegraph.css"),
    );
    if root.time == 0 {
        svg.push_str(
            "<text x=\"8\" y=\"38\">no samples: the calls took less than a millisecond</text>\n</svg>\n",
        );
        return svg;
    }
    // Without scripts there is nothing to press.
    svg.push_str(
        "<text id=\"search\" class=\"button\" x=\"8\" y=\"38\" tabindex=\"0\" role=\"button\" style=\"display: none\">search</text>\n\
         <text id=\"reset\" class=\"button\" x=\"70\" y=\"38\" tabindex=\"0\" role=\"button\" style=\"display: none\">show all</text>\n\
         <text id=\"matched\" x=\"150\" y=\"38\"/>\n<text id=\"line\" class=\"faint\" x=\"8\" y=\"55\"/>\n",
    );
    let all = root.time;
    bar(&mut svg, "all", &root, (0, 0), all, height);
    let script = include_str!("flamegraph.js");
    let _ = writeln!(svg, "<script><![CDATA[\n{script}]]></script>\n</svg>");
    svg
}

/// Draws a function that begins after so much time, in its row from below.
fn bar(
    svg: &mut String,
    name: &str,
    node: &Node<'_>,
    (at, row): (u64, usize),
    all: u64,
    height: usize,
) {
    let percent = |time: u64| time as f64 / all as f64 * 100.0;
    let (x, width) = (percent(at), percent(node.time));
    if width < NARROWEST {
        return;
    }
    let (class, shade) = look(name);
    // A picture of its own cuts off what does not fit.
    let _ = writeln!(
        svg,
        "<svg class=\"bar {class}\" style=\"--n:{shade}\" x=\"{x:.4}%\" y=\"{y}\" width=\"{width:.4}%\" height=\"{h}\" \
         data-x=\"{x:.6}\" data-w=\"{width:.6}\" data-row=\"{row}\" data-time=\"{time}\"><title>{name}: {time} ms, {width:.1} %</title>\
         <rect width=\"100%\" height=\"100%\"/><text x=\"4\" y=\"13\">{name}</text></svg>",
        y = height - (row + 1) * ROW - 4,
        h = ROW,
        name = escape(name),
        time = node.time,
    );
    let mut at = at;
    for (name, inner) in &node.inner {
        bar(svg, name, inner, (at, row + 1), all, height);
        at += inner.time;
    }
}

/// What a function is written in, as far as its name tells: a script, what was compiled, something else; and a shade, the same for the same name.
fn look(name: &str) -> (char, u32) {
    let hash = name.bytes().fold(5381u32, |hash, byte| {
        hash.wrapping_mul(33) ^ u32::from(byte)
    });
    let place = name
        .strip_suffix(')')
        .and_then(|name| name.rsplit_once('('));
    let class = match place {
        Some((_, place)) if place.rsplit_once(':').is_some() => 's',
        Some((_, "native")) => 'o',
        _ if name == "all" || name.ends_with(':') => 'o',
        _ => 'r',
    };
    (class, hash % 4)
}

fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            // XML has no way to write them
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out() {
        let mut stacks = Stacks::default();
        stacks.add(vec!["<script>".into(), "a\"&b\u{1}".into()], 5);
        let svg = draw(&stacks, "x < y");
        assert!(
            svg.contains("&lt;script&gt;: 5 ms, 100.0 %") && svg.contains("a&quot;&amp;b\u{fffd}"),
            "{svg}"
        );
        // Only ours.
        assert_eq!(svg.matches("<script").count(), 1, "{svg}");
        assert!(draw(&Stacks::default(), "").contains("no samples"));
    }
}
