// From the paths of Markdown files to the paths of pages, and links between pages.

/** `docs/README.md` becomes `docs/index.html`, `docs/limits.md` becomes `docs/limits.html`. */
export function pagePath(path) {
    return path.replace(/\.md$/, '.html').replace(/(^|\/)README\.html$/, '$1index.html');
}

/** The folders that `path` is in. */
export function folders(path) {
    return path.split('/').slice(0, -1);
}

/** How the page `from` refers to the file `to`, both relative to the root of the site. */
export function link(from, to) {
    const here = folders(from);
    const there = to.split('/');
    let shared = 0;
    while (shared < here.length && shared < there.length - 1 && here[shared] === there[shared]) {
        shared += 1;
    }
    const up = here.slice(shared).map(() => '..');
    return [...up, ...there.slice(shared)].map(encodeURIComponent).join('/');
}

/** `docs/getting-started.md` becomes `Getting started`. */
export function nameOf(path) {
    const name = path.split('/').pop().replace(/\.md$/, '').replace(/[-_]+/g, ' ').trim();
    return name.charAt(0).toUpperCase() + name.slice(1);
}
