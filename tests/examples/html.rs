//! Is it good HTML, and do its links lead somewhere?

use html5ever::{ParseOpts, parse_document, tendril::TendrilSink, tree_builder::TreeBuilderOpts};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use std::collections::{BTreeMap, BTreeSet};

/// What a page has.
#[derive(Default)]
struct Page {
    ids: BTreeSet<String>,
    links: Vec<String>,
    problems: Vec<String>,
}

/// Fails if a page does not follow the HTML standard's grammar, repeats an id, lacks what every page
/// needs, or has a link to a file or place of the site that is not there.
pub fn check(files: &BTreeMap<String, String>) {
    let pages: BTreeMap<&str, Page> = files
        .iter()
        .filter(|(name, _)| name.ends_with(".html"))
        .map(|(name, text)| (name.as_str(), parse(text)))
        .collect();
    let mut problems = Vec::new();
    for (name, page) in &pages {
        problems.extend(page.problems.iter().map(|what| format!("{name}: {what}")));
        for link in &page.links {
            if !leads_somewhere(name, link, files, &pages) {
                problems.push(format!("{name}: the link {link} leads nowhere"));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn leads_somewhere(
    from: &str,
    link: &str,
    files: &BTreeMap<String, String>,
    pages: &BTreeMap<&str, Page>,
) -> bool {
    if link.starts_with("https://") || link.starts_with("http://") || link.starts_with("mailto:") {
        return true;
    }
    let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
    let target = if path.is_empty() {
        from.to_string()
    } else {
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
        for part in path.split('/') {
            match part {
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        parts.join("/")
    };
    match pages.get(target.as_str()) {
        Some(page) => fragment.is_empty() || page.ids.contains(fragment),
        None => files.contains_key(&target),
    }
}

fn parse(text: &str) -> Page {
    let options = ParseOpts {
        tree_builder: TreeBuilderOpts {
            exact_errors: true,
            ..TreeBuilderOpts::default()
        },
        ..ParseOpts::default()
    };
    let dom = parse_document(RcDom::default(), options).one(text);
    let mut page = Page::default();
    let errors = dom.errors.borrow();
    page.problems.extend(errors.iter().map(ToString::to_string));
    let mut names = BTreeSet::new();
    walk(&dom.document, &mut page, &mut names);
    for needed in ["title", "main", "nav", "h1"] {
        if !names.contains(needed) {
            page.problems.push(format!("there is no <{needed}>"));
        }
    }
    page
}

fn walk(node: &Handle, page: &mut Page, names: &mut BTreeSet<String>) {
    if let NodeData::Element { name, attrs, .. } = &node.data {
        names.insert(name.local.to_string());
        let attributes = attrs.borrow();
        let attribute = |wanted: &str| {
            let found = attributes.iter().find(|a| &*a.name.local == wanted);
            found.map(|a| a.value.to_string())
        };
        if let Some(id) = attribute("id")
            && !page.ids.insert(id.clone())
        {
            page.problems.push(format!("the id {id} is there twice"));
        }
        if &*name.local == "img" && attribute("alt").is_none() {
            page.problems
                .push("an image has no alternative".to_string());
        }
        page.links.extend(attribute("href"));
        page.links.extend(attribute("src"));
    }
    for child in node.children.borrow().iter() {
        walk(child, page, names);
    }
}
