//! A flamegraph as SVG, without anything from elsewhere: the outermost functions at the bottom, the wider the longer.

use super::stacks::Stacks;
use std::collections::BTreeMap;
use std::fmt::Write as _;

const WIDTH: f64 = 1200.0;
const ROW: f64 = 18.0;
/// Narrower than this is not drawn, in pixels.
const NARROWEST: f64 = 0.3;
/// A character is about so wide, in pixels.
const CHARACTER: f64 = 6.6;
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
    let height = (root.depth() as f64 + 1.0) * ROW + 40.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"monospace\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"8\" y=\"20\" font-size=\"14\">{}</text>\n",
        escape(title)
    );
    if root.time == 0 {
        svg.push_str(
            "<text x=\"8\" y=\"40\">no samples: the calls took less than a millisecond</text>\n",
        );
    } else {
        let all = root.time;
        bar(&mut svg, "all", &root, (0.0, height - ROW - 4.0), all);
    }
    svg.push_str("</svg>\n");
    svg
}

fn bar(svg: &mut String, name: &str, node: &Node<'_>, (x, y): (f64, f64), all: u64) {
    let width = node.time as f64 / all as f64 * WIDTH;
    if width < NARROWEST {
        return;
    }
    let share = node.time as f64 / all as f64 * 100.0;
    let shown: String = name.chars().take((width / CHARACTER) as usize).collect();
    let shown = if shown.chars().count() < 3 {
        String::new()
    } else {
        shown
    };
    let _ = writeln!(
        svg,
        "<g><title>{name}: {time} ms, {share:.1} %</title><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{h}\" \
         fill=\"{color}\" stroke=\"#fff\" stroke-width=\"0.5\"/><text x=\"{tx:.1}\" y=\"{ty:.1}\">{shown}</text></g>",
        name = escape(name),
        time = node.time,
        h = ROW - 1.0,
        color = color(name),
        tx = x + 3.0,
        ty = y + ROW - 6.0,
        shown = escape(&shown),
    );
    let mut at = x;
    for (name, inner) in &node.inner {
        bar(svg, name, inner, (at, y - ROW), all);
        at += inner.time as f64 / all as f64 * WIDTH;
    }
}

/// A warm color, the same for the same name.
fn color(name: &str) -> String {
    let hash = name.bytes().fold(5381u32, |hash, byte| {
        hash.wrapping_mul(33) ^ u32::from(byte)
    });
    format!(
        "hsl({}, {}%, {}%)",
        hash % 50,
        65 + hash / 50 % 25,
        65 + hash / 1250 % 12
    )
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
        assert!(!svg.contains("<script"), "{svg}");
        assert!(draw(&Stacks::default(), "").contains("no samples"));
    }
}
