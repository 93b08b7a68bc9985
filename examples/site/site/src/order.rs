//! The order of pages in the navigation.

use crate::bindings::demo::site::theme::Page;
use std::{cmp::Ordering, collections::BTreeMap};

/// Sorts pages: the files of a folder before its subfolders, `README.md` first, then in the order in
/// which that `README.md` links to them, then by name.
pub fn sort(pages: &mut [Page]) {
    let readmes: BTreeMap<String, String> = pages
        .iter()
        .filter(|page| name(&page.path) == "README.md")
        .map(|page| (folder(&page.path).to_string(), page.source.clone()))
        .collect();
    let rank = |page: &Page| {
        if name(&page.path) == "README.md" {
            return 0;
        }
        let link = format!("]({}", name(&page.path));
        let place = readmes
            .get(folder(&page.path))
            .and_then(|source| source.find(&link));
        place.map_or(usize::MAX, |place| place + 1)
    };
    pages.sort_by(|a, b| {
        folder(&a.path)
            .cmp(folder(&b.path))
            .then_with(|| rank(a).cmp(&rank(b)))
            .then_with(|| name_order(&a.path, &b.path))
    });
}

fn name_order(a: &str, b: &str) -> Ordering {
    name(a).to_lowercase().cmp(&name(b).to_lowercase())
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::{Page, sort};

    #[test]
    fn readmes_lead_and_decide() {
        let page = |path: &str, source: &str| Page {
            path: path.to_string(),
            source: source.to_string(),
        };
        let mut pages = [
            page("docs/a.md", ""),
            page("docs/z.md", ""),
            page("docs/README.md", "[last first](z.md), [then](a.md#x)"),
            page("b.md", ""),
            page("README.md", "# Home"),
        ];
        sort(&mut pages);
        let paths: Vec<_> = pages.iter().map(|page| page.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "README.md",
                "b.md",
                "docs/README.md",
                "docs/z.md",
                "docs/a.md"
            ]
        );
    }
}
