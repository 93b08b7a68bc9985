// The parts of a page that lead elsewhere.

import { html } from './html.js';
import { folders, link, nameOf, pagePath } from './paths.js';

/** All pages, grouped by folder; the current one is marked. */
export function siteNavigation(site, page) {
    const here = pagePath(page.path);
    const groups = [];
    for (const entry of site.pages) {
        const folder = folders(entry.path).join('/');
        if (groups.length === 0 || groups[groups.length - 1].folder !== folder) {
            groups.push({ folder, entries: [] });
        }
        groups[groups.length - 1].entries.push(entry);
    }
    const item = (entry) => {
        const href = link(here, pagePath(entry.path));
        const current = entry.path === page.path && html` aria-current="page"`;
        return html`<li><a href="${href}"${current}>${entry.title}</a></li>\n`;
    };
    return groups.map(
        ({ folder, entries }) => html`${folder && html`<p class="folder">${nameOf(folder)}</p>\n`}<ul>
${entries.map(item)}</ul>
`,
    );
}

/** The sections of a page, as nested lists of links; nothing where there are fewer than two. */
export function tableOfContents(headings) {
    const sections = headings.filter(({ level }) => level === 2 || level === 3);
    if (sections.length < 2) {
        return undefined;
    }
    const entry = ({ id, text }) => html`<a href="#${id}">${text}</a>`;
    const items = [];
    for (const heading of sections) {
        if (heading.level === 2 || items.length === 0) {
            items.push({ heading, children: [] });
        } else {
            items[items.length - 1].children.push(heading);
        }
    }
    const nested = (children) =>
        children.length > 0 &&
        html`
<ul>
${children.map((child) => html`<li>${entry(child)}</li>\n`)}</ul>
`;
    return html`<ul>
${items.map(({ heading, children }) => html`<li>${entry(heading)}${nested(children)}</li>\n`)}</ul>`;
}

/** The pages before and after this one. */
export function neighbours(site, page) {
    const here = pagePath(page.path);
    const index = site.pages.findIndex(({ path }) => path === page.path);
    const step = (entry, rel, label) =>
        entry &&
        html`<a class="${rel}" rel="${rel}" href="${link(here, pagePath(entry.path))}"><span>${label}</span> ${entry.title}</a>
`;
    const previous = step(site.pages[index - 1], 'prev', 'Previous');
    const next = step(site.pages[index + 1], 'next', 'Next');
    return (previous || next) && html`<nav class="neighbours" aria-label="Neighbouring pages">
${previous}${next}</nav>`;
}
